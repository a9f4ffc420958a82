import { join } from "node:path";
import { FieldValue, Firestore } from "firebase-admin/firestore";
import { Webhook } from "standardwebhooks";
import { TOTAL_FIELDS } from "../../src/domain/totals.ts";
import { verifySignature } from "../../src/http/signature.ts";
import { startFirestoreAlone } from "../local/firestore-emulator.ts";
import { FUNCTIONS } from "../cli/paths.ts";
import { PROJECT_ID } from "../cli/ports.ts";
import { serveFunction } from "../local/served-function.ts";
import { localKeys, signedHeaders } from "../cli/signing.ts";
import type { Report } from "./report.ts";
import { type Action, CLIENTS, load, median, newRecord, nextPath, type Round, send, withSpread } from "./measure.ts";

const ROUNDS = 7;
/** The emulator's JVM needs thousands of requests to warm up. */
const WARM_UP = 2_000;

interface Variant {
  action: Action;
  pid?: number | undefined;
}

/** Latency and throughput of a first golden record, compared with a bare commit, an empty function and a naive port. */
export async function benchRecord(report: Report): Promise<void> {
  const emulator = await startFirestoreAlone();
  const { address } = emulator;
  const baselines = join(FUNCTIONS, "tools/bench/baselines.js");
  const [record, unsigned, empty, naive] = await Promise.all([
    serveFunction("recordTransaction", address),
    serveFunction("recordTransaction", address, { env: { ALLOW_UNSIGNED_WRITES: "true" } }),
    serveFunction("empty", address, { source: baselines }),
    serveFunction("naive", address, { source: baselines }),
  ]);
  process.env["FIRESTORE_EMULATOR_HOST"] = address;
  const database = new Firestore({ projectId: PROJECT_ID });

  const post =
    (url: string, isSigned = false) =>
    async (): Promise<void> => {
      await send("POST", `${url}${nextPath()}`, { body: JSON.stringify(newRecord()), isSigned });
    };
  const variants: Record<string, Variant> = {
    "bare create()": {
      action: async () => {
        const golden = newRecord();
        const path = nextPath().replace("/api/", "");
        await database.doc(`${path}/${golden.stripePaymentId}`).create({ ...golden, createdAt: new Date() });
      },
    },
    "bare commit of the same": { action: () => commitSameWrites(database) },
    "empty function": { action: post(empty.url), pid: empty.pid },
    "naive port, set()": { action: post(naive.url), pid: naive.pid },
    "recordTransaction, unsigned": { action: post(unsigned.url), pid: unsigned.pid },
    recordTransaction: { action: post(record.url, true), pid: record.pid },
  };
  for (const { action } of Object.values(variants)) await load(action, 8, WARM_UP);

  report.section("A first golden record");
  benchSignature(report);
  report.note(
    `100 franchisees in turn; medians of ${ROUNDS} rounds, minimum–maximum. Function, emulator and client are CPU milliseconds per request.`,
  );
  for (const { clients, requests } of CLIENTS) {
    const rounds = new Map<string, Round[]>(Object.keys(variants).map((name) => [name, []]));
    // Alternates variants, so that a busy moment affects all.
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [name, { action, pid }] of Object.entries(variants)) {
        const pids = { function: pid, emulator: emulator.pid, client: process.pid };
        rounds.get(name)?.push(await load(action, clients, requests, pids));
      }
    }
    reportRounds(report, clients, rounds);
  }
  await Promise.all([record, unsigned, empty, naive, emulator].map((service) => service.stop()));
}

/** The writes of a first golden record, including totals, without the decision. */
async function commitSameWrites(database: Firestore): Promise<void> {
  const { stripePaymentId, ...golden } = newRecord();
  const transactions = database.collection(nextPath().replace("/api/", ""));
  const totals = { cad: Object.fromEntries(TOTAL_FIELDS.map((name) => [name, FieldValue.increment(1)])) };
  const batch = database.batch();
  batch.create(transactions.doc(stripePaymentId), { ...golden, golden, createdAt: new Date() });
  const { parent: franchisee } = transactions;
  if (!franchisee) throw new Error("The collection has no franchisee.");
  batch.set(franchisee, { totals, reconciliation: { expected: FieldValue.increment(1) } }, { merge: true });
  const month = franchisee.collection("revenue").doc("2025-11");
  batch.set(month, { totals, days: { "2025-11-14": totals } }, { merge: true });
  batch.set(month.collection("workshops").doc("a-workshop"), { totals }, { merge: true });
  await batch.commit();
}

function benchSignature(report: Report): void {
  const rawBody = Buffer.from(JSON.stringify(newRecord()));
  const target = nextPath();
  const signed = Object.entries(signedHeaders("POST", { target }, rawBody.toString()));
  const headers = Object.fromEntries(signed.map(([name, value]) => [name, [value]]));
  const keys = localKeys().map((key) => new Webhook(key));
  const rounds = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    for (let count = 0; count < 1_000; count += 1) verifySignature({ method: "POST", target, headers, rawBody }, keys);
    return performance.now() - start;
  });
  report.note(`Verifying the signature of a golden record takes ${withSpread(rounds, 0)} µs and reads nothing.`);
}

function reportRounds(report: Report, clients: number, rounds: Map<string, Round[]>): void {
  const of = (name: string, figure: (round: Round) => number): number[] => (rounds.get(name) ?? []).map(figure);
  const rows = [[`${clients} at a time`, "p50 ms", "p99 ms", "per second", "function", "emulator", "client"]];
  for (const name of rounds.keys()) {
    const cpu = (who: string): string => {
      const milliseconds = median(of(name, (round) => round.cpu[who] ?? NaN));
      return Number.isNaN(milliseconds) ? "–" : milliseconds.toFixed(2);
    };
    const p50 = of(name, (round) => round.p50);
    const p99 = of(name, (round) => round.p99);
    const perSecond = of(name, (round) => round.perSecond);
    const cells = [withSpread(p50, 2), withSpread(p99, 1), withSpread(perSecond, 0)];
    rows.push([name, ...cells, cpu("function"), cpu("emulator"), cpu("client")]);
  }
  report.table(rows);

  const p50 = (name: string): number => median(of(name, (round) => round.p50));
  const rate = (name: string): number => median(of(name, ({ perSecond }) => perSecond));
  const times = (bare: string): string => (p50("recordTransaction") / (p50(bare) + p50("empty function"))).toFixed(2);
  report.note(
    `p50 / (bare commit of the same + empty function): ${times("bare commit of the same")}; with a bare create(): ${times("bare create()")}; ` +
      `throughput / naive port's: ${(rate("recordTransaction") / rate("naive port, set()")).toFixed(2)}`,
  );
}
