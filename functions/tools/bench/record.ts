import { join } from "node:path";
import { Firestore } from "firebase-admin/firestore";
import { Webhook } from "standardwebhooks";
import { verifySignature } from "../../src/http/signature.ts";
import { testEnvironment } from "../local/emulators.ts";
import { startFirestoreAlone } from "../local/firestore-emulator.ts";
import { FUNCTIONS } from "../cli/paths.ts";
import { PROJECT_ID } from "../cli/ports.ts";
import { serveFunction } from "../local/served-function.ts";
import { localKeys, signedHeaders } from "../cli/signing.ts";
import { BareCommit } from "./bare-commit.ts";
import type { Report } from "./report.ts";
import {
  type Action,
  figureOf,
  FRANCHISEES,
  load,
  median,
  newRecord,
  nextFranchisee,
  nextPath,
  type Round,
  send,
  withSpread,
} from "./measure.ts";

const ROUNDS = 19;
const CLIENTS = [
  { clients: 1, requests: 150 },
  { clients: 32, requests: 480 },
] as const;
/** The emulator's JVM needs thousands of requests to warm up. */
const WARM_UP = 1_000;

const CREATE = "bare create()";
const COMMIT = "bare commit of the same 4 documents";
const COMMIT_OF_3 = "bare commit without the lifetime document";
const EMPTY = "empty function";
const NAIVE = "naive port, set()";
const RECORD = "recordTransaction";

interface Variant {
  action: Action;
  pid?: number | undefined;
}

/** The rounds of one number of clients: each variant's. */
type Rounds = readonly ReadonlyMap<string, Round>[];

/** Latency and throughput of a first golden record, compared with bare commits, an empty function and a naive port. */
export async function benchRecord(report: Report): Promise<void> {
  const emulator = await startFirestoreAlone();
  const { address } = emulator;
  const port = join(FUNCTIONS, "tools/bench/naive.js");
  const [record, empty, naive] = await Promise.all([
    serveFunction("recordTransaction", address),
    serveFunction("empty", address, { source: join(FUNCTIONS, "tools/bench/empty.js") }),
    serveFunction("naive", address, { source: port }),
  ]);
  Object.assign(process.env, testEnvironment(address));
  const database = new Firestore({ projectId: PROJECT_ID });
  const commit = await BareCommit.connect(address, { hasLifetime: true });
  const commitOf3 = await BareCommit.connect(address, { hasLifetime: false });

  const post =
    (url: string, isSigned = false) =>
    async (): Promise<void> => {
      await send("POST", `${url}${nextPath()}`, { body: JSON.stringify(newRecord()), isSigned });
    };
  const variants: Record<string, Variant> = {
    [CREATE]: {
      action: async () => {
        const golden = newRecord();
        const path = `franchisees/${nextFranchisee()}/transactions/${golden.stripePaymentId}`;
        await database.doc(path).create({ ...golden, createdAt: new Date() });
      },
    },
    [COMMIT_OF_3]: { action: () => commitOf3.run() },
    [COMMIT]: { action: () => commit.run() },
    [EMPTY]: { action: post(empty.url), pid: empty.pid },
    [NAIVE]: { action: post(naive.url), pid: naive.pid },
    [RECORD]: { action: post(record.url, true), pid: record.pid },
  };
  for (const { action } of Object.values(variants)) await load(action, 8, WARM_UP);

  report.section("A first golden record");
  benchSignature(report);
  report.note(
    `${FRANCHISEES} franchisees in turn; medians of ${ROUNDS} rounds, minimum–maximum. Function, emulator and client are CPU milliseconds per ` +
      "request. A bare commit is one gRPC call with an encoded request.",
  );
  const pidsOf = ({ pid }: Variant) => ({ function: pid, emulator: emulator.pid, client: process.pid });
  const measured = new Map<number, Rounds>();
  for (const { clients, requests } of CLIENTS) {
    const rounds: Map<string, Round>[] = [];
    // Alternates variants, so that a busy moment affects all, and their order, because one leaves work for the next.
    for (let number = 0; number < ROUNDS; number += 1) {
      const round = new Map<string, Round>();
      const order = number % 2 === 0 ? Object.entries(variants) : Object.entries(variants).toReversed();
      for (const [name, variant] of order) {
        round.set(name, await load(variant.action, clients, requests, pidsOf(variant)));
      }
      rounds.push(round);
    }
    measured.set(clients, rounds);
    reportRounds(report, clients, rounds, Object.keys(variants));
  }
  reportRatios(report, measured);
  commit.close();
  commitOf3.close();
  await Promise.all([record, empty, naive, emulator].map((service) => service.stop()));
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

function reportRounds(report: Report, clients: number, rounds: Rounds, names: readonly string[]): void {
  const rows = names.map((name) => {
    const cell = (figure: (round: Round) => number, digits: number): string =>
      withSpread(
        rounds.map((round) => figureOf(round, name, figure)),
        digits,
      );
    const cpu = (who: string): string => {
      const milliseconds = median(rounds.map((round) => figureOf(round, name, ({ cpu: used }) => used[who] ?? NaN)));
      return Number.isNaN(milliseconds) ? "–" : milliseconds.toFixed(2);
    };
    const latency = [cell(({ p50 }) => p50, 2), cell(({ p99 }) => p99, 1), cell(({ perSecond }) => perSecond, 0)];
    return [name, ...latency, cpu("function"), cpu("emulator"), cpu("client")];
  });
  report.table([[`${clients} at a time`, "p50 ms", "p99 ms", "per second", "function", "emulator", "client"], ...rows]);
  const others = median(rounds.flatMap((round) => [...round.values()].map((measured) => measured.others)));
  report.note(`Other processes used ${(100 * others).toFixed(0)} % of the processors meanwhile.`);
}

type Figure = "p50" | "perSecond" | "function" | "emulator";

/** The ratio of two variants, or of one to the sum of two, in each round; `aim` is null for a comparison alone. */
const RATIOS: readonly {
  clients: (typeof CLIENTS)[number]["clients"];
  figure: Figure;
  of: string;
  to: readonly string[];
  aim: string | null;
}[] = [
  { clients: 1, figure: "p50", of: RECORD, to: [COMMIT, EMPTY], aim: "≤ 1.3" },
  { clients: 1, figure: "p50", of: RECORD, to: [CREATE, EMPTY], aim: "≤ 2.0" },
  { clients: 32, figure: "perSecond", of: RECORD, to: [NAIVE], aim: "≥ 0.9" },
  { clients: 1, figure: "function", of: RECORD, to: [NAIVE], aim: "≤ 1.1" },
  { clients: 32, figure: "function", of: RECORD, to: [NAIVE], aim: "≤ 1.1" },
  { clients: 1, figure: "p50", of: COMMIT, to: [COMMIT_OF_3], aim: null },
  { clients: 32, figure: "perSecond", of: COMMIT, to: [COMMIT_OF_3], aim: null },
  { clients: 1, figure: "emulator", of: COMMIT, to: [COMMIT_OF_3], aim: null },
  { clients: 32, figure: "emulator", of: COMMIT, to: [COMMIT_OF_3], aim: null },
];

const FIGURES: Readonly<Record<Figure, readonly [label: string, of: (round: Round) => number]>> = {
  p50: ["p50", ({ p50 }) => p50],
  perSecond: ["throughput", ({ perSecond }) => perSecond],
  function: ["function's CPU", ({ cpu }) => cpu["function"] ?? NaN],
  emulator: ["emulator's CPU", ({ cpu }) => cpu["emulator"] ?? NaN],
};

function reportRatios(report: Report, measured: ReadonlyMap<number, Rounds>): void {
  const rows = RATIOS.map(({ clients, figure, of, to, aim }) => {
    const [label, figureIn] = FIGURES[figure];
    const ratios = (measured.get(clients) ?? []).map((round) => {
      const base = to.reduce((sum, name) => sum + figureOf(round, name, figureIn), 0);
      return figureOf(round, of, figureIn) / base;
    });
    const divisor = to.length > 1 ? `(${to.join(" + ")})` : to.join("");
    return [`${label}, ${clients} at a time: ${of} ÷ ${divisor}`, withSpread(ratios, 2), aim ?? ""];
  });
  report.note(`Ratios within a round, medians of ${ROUNDS} rounds, minimum–maximum:`);
  report.table([["", "ratio", "aim"], ...rows]);
}
