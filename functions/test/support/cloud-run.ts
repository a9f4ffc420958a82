/** What surrounds a function in Cloud Run: requests come in, and log lines go out. Imported before anything that logs. */
import { lines } from "./captured-log.ts";
import { once } from "node:events";
import type { Server } from "node:http";
import { http } from "@google-cloud/functions-framework";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import type { HttpsFunction } from "firebase-functions/v2/https";
import { z } from "zod";

const servers: Server[] = [];
afterAll(() => servers.forEach((server) => server.close()));

/** Serves a function in this process, and returns its URL. */
export async function serve(name: string, handler: HttpsFunction): Promise<string> {
  http(name, (request, response) =>
    handler(Object.assign(request, { rawBody: request.rawBody ?? Buffer.alloc(0) }), response),
  );
  const server = getTestServer(name).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return `http://127.0.0.1:${z.object({ port: z.int() }).parse(server.address()).port}`;
}

const payloadSchema = z.looseObject({ severity: z.string(), message: z.string() });

/** What Cloud Logging makes of the lines that a function of this name has written since the last look. */
export function entriesOf(service: string): object[] {
  return lines.splice(0).map((line) => {
    const { severity, ...jsonPayload } = payloadSchema.parse(JSON.parse(line));
    return { severity, jsonPayload, resource: { type: "cloud_run_revision", labels: { service_name: service } } };
  });
}
