import { lines } from "./captured-log.ts";
import { once } from "node:events";
import type { Server } from "node:http";
import { http } from "@google-cloud/functions-framework";
import { getTestServer } from "@google-cloud/functions-framework/testing";
import type { HttpsFunction } from "firebase-functions/v2/https";
import { z } from "zod";

/** Serves a function in this process as Cloud Run does. */
export async function serve(name: string, handler: HttpsFunction): Promise<{ url: string; server: Server }> {
  http(name, (request, response) =>
    handler(Object.assign(request, { rawBody: request.rawBody ?? Buffer.alloc(0) }), response),
  );
  const server = getTestServer(name).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = z.object({ port: z.int() }).parse(server.address());
  return { url: `http://127.0.0.1:${port}`, server };
}

const payloadSchema = z.looseObject({ severity: z.string(), message: z.string() });

/** Returns the lines written since the last call, as Cloud Logging stores them for a function of this name. */
export function takeEntries(service: string): object[] {
  return lines.splice(0).map((line) => {
    const { severity, ...jsonPayload } = payloadSchema.parse(JSON.parse(line));
    return { severity, jsonPayload, resource: { type: "cloud_run_revision", labels: { service_name: service } } };
  });
}
