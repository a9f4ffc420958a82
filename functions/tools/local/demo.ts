import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { majorUnits } from "../../src/domain/currencies.ts";
import { dayOf, monthOf } from "../../src/domain/calendar.ts";
import { CliError } from "../cli/cli-error.ts";
import { controlLocalStripe, payLocally, resultSchema } from "../../testing/fake-stripe/control.ts";
import { ADDRESS, PROJECT_ID } from "../cli/ports.ts";
import { SAMPLE_FRANCHISEE, samplePayment } from "./sample-payment.ts";
import { printable } from "../cli/terminal.ts";
import { projectSettings } from "../cli/project-settings.ts";
import { signedHeaders } from "../cli/signing.ts";
import { retryUnavailable } from "./until-available.ts";
import sample from "./sample-golden-record.json" with { type: "json" };

const TRANSACTIONS = `/api/franchisees/${SAMPLE_FRANCHISEE}/transactions`;

export async function showPayment(): Promise<void> {
  step("The orchestrator sends the golden record of a payment");
  await call("POST", TRANSACTIONS, sample);
  step("It sends the same record again, as after a timeout");
  await call("POST", TRANSACTIONS, sample);
  step("A record with different amounts for the same payment is rejected");
  await call("POST", TRANSACTIONS, { ...sample, amount_franchisee_net: 508534 }, 409);
  step("The franchisee's transactions");
  await call("GET", `${TRANSACTIONS}?limit=1`);
  step("The document in Firestore, which the portal listens to");
  await showDocument(`franchisees/${SAMPLE_FRANCHISEE}/transactions/${sample.stripePaymentId}`);
  step("Health");
  await call("GET", "/health");
}

const STATE_TIMEOUT_MS = 120_000;

export async function showWebhooks(): Promise<void> {
  step("A payment succeeds in Stripe, but its golden record is lost (npm run local -- pay --withhold)");
  const { stripePaymentId: payment } = await payLocally(samplePayment({ amount: 12_345, mode: "direct", ago: 0 }));
  const path = `franchisees/${SAMPLE_FRANCHISEE}/transactions/${payment}`;
  console.log(`${payment}: CA$123.45`);
  step("Stripe's webhook imports it");
  await waitForState(path, () => true);
  await showDocument(path, "source", "reconciliation");

  step("Part of it is refunded in Stripe's dashboard (npm run local -- refund)");
  await controlLocalStripe("refund", { payment, amount: 2_345 });
  console.log(`${payment}: CA$23.45 refunded`);
  const refunded = (fields: Fields) => snapshotFields(fields)["amountRefunded"]?.["integerValue"] === "2345";
  const { amountRefunded } = snapshotFields(await waitForState(path, refunded));
  console.log(`${path}\n  stripe.amountRefunded: ${String(amountRefunded?.["integerValue"])}`);
}

export async function showSync(): Promise<void> {
  step("For the next payment the webhook is lost as well (npm run local -- pay --withhold --silent)");
  const payment = samplePayment({ amount: 6_789, mode: "destination", ago: 120 });
  const { stripePaymentId } = await payLocally({ ...payment, silent: true });
  const path = `franchisees/${SAMPLE_FRANCHISEE}/transactions/${stripePaymentId}`;
  console.log(`${stripePaymentId}: CA$67.89`);
  step("The scheduled sync imports it from Stripe");
  await triggerSync();
  await waitForState(path, () => true);
  await showDocument(path, "source", "reconciliation");
}

export async function showDeposit(): Promise<void> {
  step("Stripe pays out the franchisee's balance (npm run local -- payout)");
  const { id, amount } = resultSchema.parse(await controlLocalStripe("payout", { account: SAMPLE_FRANCHISEE }));
  console.log(`${id}: CA$${majorUnits(amount, "cad")}`);
  step("Stripe's webhook explains the deposit: its content adds up to its amount");
  const path = `franchisees/${SAMPLE_FRANCHISEE}/payouts/${id}`;
  await waitForState(path, ({ explained }) => mapSchema.safeParse(explained).success);
  await call("GET", `/api/${path}?limit=1`);
}

const A_WHILE_AGO_MS = 3_600_000;

export async function showRevenue(): Promise<void> {
  step("The totals, updated in the same commits");
  const { REPORTING_TIME_ZONE: timeZone = "" } = projectSettings(PROJECT_ID);
  // The payments above may belong to last month.
  const [from, to] = [A_WHILE_AGO_MS, 0].map((ago) => monthOf(dayOf(new Date(Date.now() - ago), timeZone)));
  await call("GET", `/api/franchisees/${SAMPLE_FRANCHISEE}/revenue?from=${from}&to=${to}`);
}

async function waitForState(path: string, isExpected: (fields: Fields) => boolean): Promise<Fields> {
  const giveUpAt = Date.now() + STATE_TIMEOUT_MS;
  for (;;) {
    const fields = await readDocument(path);
    if (fields && isExpected(fields)) return fields;
    if (Date.now() > giveUpAt)
      throw new CliError(`${path} does not have the expected state. See .local/emulators.log.`);
    await sleep(200);
  }
}

export function snapshotFields(fields: Fields): Fields {
  return mapSchema.safeParse(fields["stripe"]).data?.mapValue.fields ?? {};
}

/** Runs what Cloud Scheduler runs. */
export async function triggerSync(): Promise<void> {
  const url = `http://${ADDRESS.functions}/functions/projects/${PROJECT_ID}/triggers/us-central1-syncStripe-0`;
  const response = await fetch(url, { method: "POST" });
  if (!response.ok) throw new CliError(`The scheduled sync failed (${response.status}). See .local/emulators.log.`);
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
  const request = {
    method,
    headers: { ...signature, ...(sent !== undefined && { "Content-Type": "application/json" }) },
    ...(sent !== undefined && { body: sent }),
  };
  const response = await retryUnavailable(() => fetch(url, request));
  const text = await response.text();
  if (response.status !== expected) {
    throw new CliError(`${method} ${path} returned ${response.status}: ${text}`);
  }
  console.log(indent(`${response.status} ${JSON.stringify(JSON.parse(text), null, 2)}`, "< "));
}

/** The lines that differ from the previous body, to keep the output short. */
function difference(body: string): string {
  const before = lastBody.split("\n");
  lastBody = body;
  const changed = body.split("\n").filter((line) => !before.includes(line));
  if (changed.length === 0) return "(same body)";
  return before.length > 1 ? `(same body, except)\n${changed.join("\n")}` : body;
}

export type Fields = Record<string, Record<string, unknown>>;
const documentSchema = z.object({ fields: z.record(z.string(), z.record(z.string(), z.unknown())) });

/** The fields in the format of the REST API; undefined if the document does not exist. */
export async function readDocument(path: string): Promise<Fields | undefined> {
  const url = `http://${ADDRESS.firestore}/v1/projects/${PROJECT_ID}/databases/(default)/documents/${path}`;
  const response = await fetch(url, { headers: { Authorization: "Bearer owner" } });
  if (response.status === 404) return undefined;
  if (!response.ok) throw new CliError(`Firestore responded ${response.status} for ${path}.`);
  return documentSchema.parse(await response.json()).fields;
}

const SHOWN = ["amount_total", "amount_franchisee_net", "currency", "status", "createdAt", "revision"];

async function showDocument(path: string, ...more: string[]): Promise<void> {
  const fields = await readDocument(path);
  if (!fields) throw new CliError(`Firestore has no document at ${path}.`);
  console.log(path);
  for (const name of [...SHOWN, ...more]) console.log(`  ${name}: ${printable(valueOf(fields[name]))}`);
}

export const mapSchema = z.object({ mapValue: documentSchema });

/** The value of a field; the status of a map. */
function valueOf(field: Record<string, unknown> | undefined): string {
  const map = mapSchema.safeParse(field);
  return String(Object.values((map.success ? map.data.mapValue.fields["status"] : field) ?? {})[0]);
}

function indent(text: string, prefix: string): string {
  return text.replaceAll(/^/gm, prefix);
}
