import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { Firestore } from "firebase-admin/firestore";
import { Webhook } from "standardwebhooks";
import { verifySignature } from "../../src/http/signature.ts";
import { PROJECT_ID } from "../emulators.ts";
import { startFirestoreAlone } from "../firestore-emulator.ts";
import { FUNCTIONS } from "../paths.ts";
import { freePort } from "../ports.ts";
import sample from "../sample-golden-record.json" with { type: "json" };
import { serveFunction } from "../served-function.ts";
import { localKeys, signedHeaders } from "../signing.ts";
import { median, quantile, withSpread } from "./statistics.ts";
import { table } from "../table.ts";

const ROUNDS = 7;
/** Requests of each kind before anything is measured: the emulator runs on a JVM, which takes thousands to get going. */
const WARM_UP = 2_000;
const CLIENTS = [
  { clients: 1, requests: 150 },
  { clients: 32, requests: 960 },
] as const;

type Action = () => Promise<void>;

interface Round {
  p50: number;
  p99: number;
  perSecond: number;
}

/** Latency and throughput of a first golden record, beside the bare commit, the empty function and the naive port. */
export async function benchRecord(): Promise<void> {
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  await startFirestoreAlone(port);
  const baselines = join(FUNCTIONS, "dev/bench/baselines.js");
  const [record, unsigned, empty, naive] = await Promise.all([
    serveFunction("recordTransaction", address),
    serveFunction("recordTransaction", address, { env: { ALLOW_UNSIGNED_WRITES: "true" } }),
    serveFunction("empty", address, { source: baselines }),
    serveFunction("naive", address, { source: baselines }),
  ]);
  process.env["FIRESTORE_EMULATOR_HOST"] = address;
  const transactions = new Firestore({ projectId: PROJECT_ID }).collection("franchisees/acct_bench/transactions");

  const variants: Record<string, Action> = {
    "bare create()": async () => {
      const golden = newRecord();
      await transactions.doc(golden.stripePaymentId).create({ ...golden, createdAt: new Date() });
    },
    "empty function": () => post(empty.url, false),
    "naive port, set()": () => post(naive.url, false),
    "recordTransaction, unsigned": () => post(unsigned.url, false),
    recordTransaction: () => post(record.url),
  };
  for (const action of Object.values(variants)) await load(action, 8, WARM_UP);

  benchSignature();
  for (const { clients, requests } of CLIENTS) {
    const rounds = new Map<string, Round[]>(Object.keys(variants).map((name) => [name, []]));
    // Round by round, so that a busy moment of the machine falls on all of them alike.
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [name, action] of Object.entries(variants)) {
        rounds.get(name)?.push(await load(action, clients, requests));
      }
    }
    print(clients, requests, rounds);
  }
}

/** The check of a golden record's signature by itself, in this process. */
function benchSignature(): void {
  const rawBody = Buffer.from(JSON.stringify(newRecord()));
  const target = "/api/franchisees/acct_bench/transactions";
  const signed = Object.entries(signedHeaders("POST", { target }, rawBody.toString()));
  const headers = Object.fromEntries(signed.map(([name, value]) => [name, [value]]));
  const keys = localKeys().map((key) => new Webhook(key));
  const rounds = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    for (let count = 0; count < 1_000; count += 1) verifySignature({ method: "POST", target, headers, rawBody }, keys);
    return performance.now() - start;
  });
  console.log(`\nThe signature of a golden record is checked in ${withSpread(rounds, 0)} µs; it reads nothing.`);
}

function print(clients: number, requests: number, rounds: Map<string, Round[]>): void {
  const of = (name: string, figure: keyof Round): number[] => (rounds.get(name) ?? []).map((round) => round[figure]);
  const rows = [...rounds.keys()].map((name) => [
    name,
    withSpread(of(name, "p50"), 2),
    withSpread(of(name, "p99"), 1),
    withSpread(of(name, "perSecond"), 0),
  ]);
  console.log(
    `\nA first golden record, ${clients} at a time (median of ${ROUNDS} rounds of ${requests}, least–most)\n`,
  );
  console.log(table([["", "p50 ms", "p99 ms", "per second"], ...rows]));

  const p50 = (name: string): number => median(of(name, "p50"));
  const bare = p50("bare create()") + p50("empty function");
  const rate = median(of("recordTransaction", "perSecond")) / median(of("naive port, set()", "perSecond"));
  console.log(`\n  p50 / (bare create() + empty function): ${(p50("recordTransaction") / bare).toFixed(2)}`);
  console.log(`  throughput / naive port's: ${rate.toFixed(2)}`);
}

/** So many requests, so many of them at the same time. */
async function load(action: Action, clients: number, requests: number): Promise<Round> {
  const latencies: number[] = [];
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
  return { p50: median(latencies), p99: quantile(latencies, 0.99), perSecond: latencies.length / seconds };
}

function newRecord() {
  return { ...sample, stripePaymentId: `pi_${randomBytes(9).toString("hex")}` };
}

const agent = new Agent({ keepAlive: true });

async function post(url: string, signed = true): Promise<void> {
  const body = JSON.stringify(newRecord());
  const target = `${url}/api/franchisees/acct_bench/transactions`;
  const headers = {
    ...(signed && signedHeaders("POST", target, body)),
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
  };
  const sent = request(target, { method: "POST", agent, headers });
  const answered = new Promise<number | undefined>((resolve, reject) => {
    sent.once("error", reject);
    sent.once("response", (response) => {
      response.resume();
      once(response, "end").then(() => resolve(response.statusCode), reject);
    });
  });
  sent.end(body);
  const status = await answered;
  if (status !== 200) throw new Error(`${url} answered ${status}.`);
}
