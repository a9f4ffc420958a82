import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import Stripe from "stripe";
import { ENDPOINT_EVENTS } from "../../ops/webhook-endpoints.ts";

const page = readFileSync(join(__dirname, "../../../docs/webhooks.md"), "utf8");

const platform = ENDPOINT_EVENTS.platform.toSorted();
const connect = ENDPOINT_EVENTS.connect.toSorted();

test("the table in docs/webhooks.md lists every subscribed event, with its endpoints", () => {
  const rows = page
    .split("\n")
    .filter((line) => line.startsWith("| `") && /\|\s+(×|\s)\s+\|\s+(×|\s)\s+\|$/.test(line));
  const typesOn = (column: number) =>
    rows
      .filter((row) => row.split("|")[column]?.trim() === "×")
      .flatMap((row) => [...row.matchAll(/`([a-z_.]+)`/g)].map(([, type]) => type));
  expect(typesOn(2).toSorted()).toEqual(platform);
  expect(typesOn(3).toSorted()).toEqual(connect);
});

test("its commands create the two endpoints", async () => {
  const requests: { path: string | undefined; key: string; params: URLSearchParams }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      const key = Buffer.from(request.headers.authorization?.replace("Basic ", "") ?? "", "base64").toString();
      requests.push({ path: request.url, key, params: new URLSearchParams(body) });
      response.end("{}");
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const commands = /```bash\n(payments=.*?)```/s.exec(page)?.[1] ?? "";
  const env = {
    ...process.env,
    STRIPE_API_BASE: `http://127.0.0.1:${port}`,
    STRIPE_API_KEY: "sk_test_local",
    PORTAL: "https://portal.example",
  };
  await promisify(execFile)("bash", ["-euo", "pipefail", "-c", commands], { env });
  server.close();
  expect(requests.map(({ path, key }) => [path, key])).toEqual([
    ["/v1/webhook_endpoints", "sk_test_local:"],
    ["/v1/webhook_endpoints", "sk_test_local:"],
  ]);
  const names = ["connect", "url", "api_version"];
  expect(requests.map(({ params }) => names.map((name) => params.get(name)))).toEqual([
    ["false", "https://portal.example/api/stripe/webhook", Stripe.API_VERSION],
    ["true", "https://portal.example/api/stripe/webhook", Stripe.API_VERSION],
  ]);
  expect(requests.map(({ params }) => params.getAll("enabled_events[]").toSorted())).toEqual([platform, connect]);
});
