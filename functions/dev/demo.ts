import { z } from "zod";
import { PROJECT_ID } from "./emulators.ts";
import { Failure } from "./failure.ts";
import { ADDRESS } from "./ports.ts";
import { signedHeaders } from "./signing.ts";
import sample from "./sample-golden-record.json" with { type: "json" };

const FRANCHISEE = "acct_1SPg6y2LSUVFKuLN";
const TRANSACTIONS = `/api/franchisees/${FRANCHISEE}/transactions`;

/** Sends the sample golden record through the HTTP API and prints what goes in and what comes out. */
export async function showPayment(): Promise<void> {
  step("The orchestrator posts the golden record of a payment");
  await call("POST", TRANSACTIONS, sample);
  step("It posts the same again, as it does after a timeout");
  await call("POST", TRANSACTIONS, sample);
  step("A record that names other money for the same payment is refused");
  await call("POST", TRANSACTIONS, { ...sample, amount_franchisee_net: 508534 }, 409);
  step("The franchisee's transactions");
  await call("GET", `${TRANSACTIONS}?limit=1`);
  step("The same document in Firestore, where the portal's listeners see it");
  await showDocument(`franchisees/${FRANCHISEE}/transactions/${sample.stripePaymentId}`);
  step("Health");
  await call("GET", "/health");
}

function step(title: string): void {
  console.log(`\n— ${title}`);
}

let lastBody = "";

async function call(method: "GET" | "POST", path: string, body?: object, expected = 200): Promise<void> {
  console.log(`${method} ${path}`);
  const sent = body && JSON.stringify(body, null, 2);
  const url = `http://${ADDRESS.hosting}${path}`;
  const signature = path.startsWith("/api/") ? signedHeaders(method, url, sent ?? "") : {};
  for (const [name, value] of Object.entries(signature)) console.log(indent(`${name}: ${value}`, "> "));
  if (sent !== undefined) console.log(indent(difference(sent), "> "));
  const response = await fetch(url, {
    method,
    headers: { ...signature, ...(sent !== undefined && { "Content-Type": "application/json" }) },
    ...(sent !== undefined && { body: sent }),
  });
  const text = await response.text();
  if (response.status !== expected) {
    throw new Failure(`${method} ${path} was answered with ${response.status}: ${text}`);
  }
  console.log(indent(`${response.status} ${JSON.stringify(JSON.parse(text), null, 2)}`, "< "));
}

/** The lines in which a body differs from the one sent before it, so that the transcript stays short. */
function difference(body: string): string {
  const before = lastBody.split("\n");
  lastBody = body;
  const changed = body.split("\n").filter((line) => !before.includes(line));
  if (changed.length === 0) return "(the same body)";
  return before.length > 1 ? `(the same body, but for)\n${changed.join("\n")}` : body;
}

const documentSchema = z.object({ fields: z.record(z.string(), z.record(z.string(), z.unknown())) });

async function showDocument(path: string): Promise<void> {
  const url = `http://${ADDRESS.firestore}/v1/projects/${PROJECT_ID}/databases/(default)/documents/${path}`;
  const response = await fetch(url, { headers: { Authorization: "Bearer owner" } });
  if (!response.ok) throw new Failure(`Firestore has no document at ${path}: ${response.status}`);
  const { fields } = documentSchema.parse(await response.json());
  console.log(path);
  for (const name of ["amount_total", "amount_franchisee_net", "currency", "status", "createdAt", "revision"]) {
    console.log(indent(`${name}: ${String(Object.values(fields[name] ?? {})[0])}`, "  "));
  }
}

function indent(text: string, prefix: string): string {
  return text.replaceAll(/^/gm, prefix);
}
