import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { Agent, type IncomingMessage, request } from "node:http";
import { cpus } from "node:os";
import { text } from "node:stream/consumers";
import Stripe from "stripe";
import { codeOf } from "../../src/errors.ts";
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
  /** The share of this machine's processors that all other processes used. */
  others: number;
}

/** Sends requests from concurrent clients; `pids` are the measured processes, by name. */
export async function load(
  action: Action,
  clients: number,
  requests: number,
  pids: Record<string, number | undefined> = {},
): Promise<Round> {
  const latencies: number[] = [];
  const before = Object.values(pids).map(threadTimes);
  const machineBefore = machineTimes();
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
  const machine = machineTimes();
  const used = Object.entries(pids).map(
    ([name, pid], index) => [name, cpuMs(before[index], threadTimes(pid))] as const,
  );
  const ours = used.reduce((sum, [, milliseconds]) => sum + (milliseconds || 0), 0);
  return {
    p50: median(latencies),
    p99: quantile(latencies, 0.99),
    perSecond: latencies.length / seconds,
    cpu: Object.fromEntries(used.map(([name, milliseconds]) => [name, milliseconds / latencies.length])),
    others: (machine.busy - machineBefore.busy - ours) / (machine.all - machineBefore.all),
  };
}

/** The milliseconds of all processors together. */
function machineTimes(): { busy: number; all: number } {
  const times = cpus().map(({ times: { idle, ...busy } }) => {
    const sum = Object.values(busy).reduce((total, one) => total + one, 0);
    return { busy: sum, all: sum + idle };
  });
  const total = (of: (one: { busy: number; all: number }) => number) => times.reduce((sum, one) => sum + of(one), 0);
  return { busy: total(({ busy }) => busy), all: total(({ all }) => all) };
}

type ThreadTimes = ReadonlyMap<string, number>;

/** The CPU nanoseconds of each thread; undefined if unavailable. `/proc/PID/stat` counts in steps of 10 ms. */
function threadTimes(pid: number | undefined): ThreadTimes | undefined {
  if (process.platform !== "linux" || pid === undefined) return undefined;
  const folder = `/proc/${pid}/task`;
  return new Map(readdirSync(folder).flatMap((thread) => timeOf(`${folder}/${thread}/schedstat`, thread)));
}

function timeOf(file: string, thread: string): [thread: string, nanoseconds: number][] {
  try {
    return [[thread, Number(readFileSync(file, "utf8").split(" ", 1)[0])]];
  } catch (error) {
    // The thread has ended.
    if (codeOf(error) !== "ENOENT" && codeOf(error) !== "ESRCH") throw error;
    return [];
  }
}

/** The CPU time of a process since its start; NaN if unavailable. */
export function totalCpuMs(pid: number | undefined): number {
  return cpuMs(new Map(), threadTimes(pid));
}

/** NaN if unavailable. */
export function residentMegabytes(pid: number | undefined): number {
  if (process.platform !== "linux" || pid === undefined) return NaN;
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) / 1000;
}

/** Without the last moments of threads that have ended in between. */
function cpuMs(before: ThreadTimes | undefined, after: ThreadTimes | undefined): number {
  if (!before || !after) return NaN;
  const used = [...after].map(([thread, nanoseconds]) => nanoseconds - (before.get(thread) ?? 0));
  return used.reduce((sum, one) => sum + one, 0) / 1e6;
}

/** All have the same length. */
export function newPaymentId(): string {
  return `pi_${randomBytes(9).toString("hex")}`;
}

export function newRecord() {
  return { ...sample, stripePaymentId: newPaymentId() };
}

export const FRANCHISEES = 100;

let turn = 0;

/** All have the same length. */
export function nextFranchisee(): string {
  turn += 1;
  return `acct_bench${String(turn % FRANCHISEES).padStart(2, "0")}`;
}

/** The transactions of the next franchisee. */
export function nextPath(): string {
  return `/api/franchisees/${nextFranchisee()}/transactions`;
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

/** A figure of a variant in a round. Throws if the variant was not measured. */
export function figureOf<T>(round: ReadonlyMap<string, T>, name: string, figure: (measured: T) => number): number {
  const measured = round.get(name);
  if (measured === undefined) throw new Error(`${name} was not measured.`);
  return figure(measured);
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

/** Delivers a signed event, and returns the body of the response. Throws if it is rejected. */
export async function deliver(url: string, event: StoredEvent): Promise<string> {
  const payload = JSON.stringify(event);
  const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret: SECRET });
  const length = Buffer.byteLength(payload);
  const headers = { "Content-Type": "application/json", "Content-Length": length, "Stripe-Signature": signature };
  // Costs the client less than `fetch`.
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { method: "POST", agent, headers }).once("error", reject).once("response", resolve).end(payload);
  });
  const result = await text(response);
  if (response.statusCode !== 200) throw new Error(`The webhook responded ${response.statusCode}: ${result}`);
  return result;
}
