import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import Stripe from "stripe";
import sample from "../local/sample-golden-record.json" with { type: "json" };
import { signedHeaders } from "../cli/signing.ts";
import type { StoredEvent } from "../../testing/fake-stripe/objects.ts";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";

export type Action = () => Promise<void>;

export interface Round {
  p50: number;
  p99: number;
  perSecond: number;
  /** CPU milliseconds per request, by process; NaN if unavailable. */
  cpu: Record<string, number>;
}

export const CLIENTS = [
  { clients: 1, requests: 150 },
  { clients: 8, requests: 480 },
  { clients: 32, requests: 960 },
  { clients: 128, requests: 1_280 },
] as const;

/** Sends requests from concurrent clients; `pids` are the measured processes, by name. */
export async function load(
  action: Action,
  clients: number,
  requests: number,
  pids: Record<string, number | undefined> = {},
): Promise<Round> {
  const latencies: number[] = [];
  const before = Object.values(pids).map(cpuMs);
  const start = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (let sent = 0; sent < requests / clients; sent += 1) {
        const sentAt = performance.now();
        await action();
        latencies.push(performance.now() - sentAt);
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  const used = Object.entries(pids).map(([name, pid], index) => {
    return [name, (cpuMs(pid) - (before[index] ?? NaN)) / latencies.length] as const;
  });
  return {
    p50: median(latencies),
    p99: quantile(latencies, 0.99),
    perSecond: latencies.length / seconds,
    cpu: Object.fromEntries(used),
  };
}

/** The unit of CPU time in Linux. */
const TICK_MS = 10;

function cpuMs(pid: number | undefined): number {
  if (process.platform !== "linux" || pid === undefined) return NaN;
  // Skips the second field, the name in parentheses, which may contain spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return TICK_MS * (Number(fields[11]) + Number(fields[12]));
}

export function newRecord() {
  return { ...sample, stripePaymentId: `pi_${randomBytes(9).toString("hex")}` };
}

const FRANCHISEES = 100;

let turn = 0;

/** The transactions of the next franchisee. */
export function nextPath(): string {
  turn += 1;
  return `/api/franchisees/acct_bench${turn % FRANCHISEES}/transactions`;
}

/** Closes idle connections before the server can close them during a request. */
const agent = new Agent({ keepAlive: true, timeout: 2_000 });

/** A 503 response. */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
}

/** Sends a signed request. Returns the body of a 200; throws for any other status. */
export async function send(
  method: "GET" | "POST",
  url: string,
  { body = "", isSigned = true }: { body?: string; isSigned?: boolean } = {},
): Promise<string> {
  const headers = {
    ...(isSigned && signedHeaders(method, url, body)),
    ...(body !== "" && { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) }),
  };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { method, agent, headers }).once("error", reject).once("response", resolve).end(body);
  });
  const result = await text(response);
  if (response.statusCode === 503) throw new UnavailableError();
  if (response.statusCode !== 200) throw new Error(`${url} responded ${response.statusCode}: ${result}`);
  return result;
}

/** The value below which this share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The median and the range. */
export function withSpread(rounds: readonly number[], digits: number): string {
  return `${median(rounds).toFixed(digits)} (${Math.min(...rounds).toFixed(digits)}–${Math.max(...rounds).toFixed(digits)})`;
}

const SECRET = "whsec_benchbenchbenchbenchbenchbench";

export function webhookSettings({ url }: FakeStripe): NodeJS.ProcessEnv {
  return { STRIPE_API_BASE: url.origin, STRIPE_WEBHOOK_SECRET: "none", STRIPE_CONNECT_WEBHOOK_SECRET: SECRET };
}

/** Delivers a signed event. Throws if it is rejected. */
export async function deliver(url: string, event: StoredEvent): Promise<void> {
  const payload = JSON.stringify(event);
  const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret: SECRET });
  const headers = { "Content-Type": "application/json", "Stripe-Signature": signature };
  const response = await fetch(url, { method: "POST", body: payload, headers });
  const result = await response.text();
  if (!response.ok) throw new Error(`The webhook responded ${response.status}: ${result}`);
}
