import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { Firestore } from "firebase-admin/firestore";
import { z } from "zod";
import { testEnvironment } from "../local/emulators.ts";
import { startFirestoreAlone } from "../local/firestore-emulator.ts";
import { FUNCTIONS } from "../cli/paths.ts";
import { PROJECT_ID } from "../cli/ports.ts";
import sample from "../local/sample-golden-record.json" with { type: "json" };
import { serveFunction } from "../local/served-function.ts";
import { signedHeaders } from "../cli/signing.ts";
import type { Report } from "./report.ts";
import { seedFranchisee } from "./seed.ts";
import { median, quantile, withSpread } from "./measure.ts";

const CONCURRENT = 200;
const ROUNDS = 9;
const FEW = 100;
const MANY = 100_000;

/** What totals cost on writes and save on reads. */
export async function benchRevenue(report: Report): Promise<void> {
  const { address } = await startFirestoreAlone();
  await benchConcurrent(report, address);
  await benchReads(report, address);
}

/** Concurrent records of one franchisee, whose totals are one document. */
async function benchConcurrent(report: Report, address: string): Promise<void> {
  const source = join(FUNCTIONS, "tools/bench/without-totals.ts");
  const served = {
    "without totals": await serveFunction("recordWithoutTotals", address, { source }),
    recordTransaction: await serveFunction("recordTransaction", address),
  };
  const rounds = new Map<string, number[][]>(Object.keys(served).map((name) => [name, []]));
  // The first rounds warm up the emulator's JVM.
  for (let round = -10; round < ROUNDS; round += 1) {
    for (const [name, { url }] of Object.entries(served)) {
      const latencies = await postConcurrently(url);
      if (round >= 0) rounds.get(name)?.push(latencies);
    }
  }
  const rows = [...rounds].map(([name, all]) => {
    const cell = (share: number) => {
      const quantiles = all.map((latencies) => quantile(latencies, share));
      return withSpread(quantiles, 0);
    };
    return [name, cell(0.5), cell(0.95), cell(1)];
  });
  report.section(
    `${CONCURRENT} concurrent first records of one franchisee (median of ${ROUNDS} rounds, minimum–maximum)`,
  );
  report.table([["", "p50 ms", "p95 ms", "last ms"], ...rows]);
}

function postConcurrently(url: string): Promise<number[]> {
  const target = `${url}/api/franchisees/acct_bench/transactions`;
  const send = async (): Promise<number> => {
    const body = JSON.stringify({ ...sample, stripePaymentId: `pi_${randomBytes(9).toString("hex")}` });
    const headers = { ...signedHeaders("POST", target, body), "Content-Type": "application/json" };
    const from = performance.now();
    const response = await fetch(target, { method: "POST", headers, body });
    if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
    await response.arrayBuffer();
    return performance.now() - from;
  };
  return Promise.all(Array.from({ length: CONCURRENT }, send));
}

const measureSchema = z.object({ latencies: z.record(z.string(), z.array(z.number())), megabytes: z.number() });

/** Queries of few and of many payments. Unlike Firestore, the emulator scans the collection for each page. */
async function benchReads(report: Report, address: string): Promise<void> {
  process.env["FIRESTORE_EMULATOR_HOST"] = address;
  const database = new Firestore({ projectId: PROJECT_ID });
  const env = { ...process.env, ...testEnvironment(address) };
  const rows: string[][] = [];
  for (const payments of [FEW, MANY]) {
    const franchiseeId = `acct_bench${payments}`;
    await seedFranchisee(database, franchiseeId, payments);
    const script = join(FUNCTIONS, "tools/bench/revenue-run.ts");
    for (const what of ["reads", "verify", "csv"]) {
      // A heap too small for all payments.
      const args = ["--disable-warning=ExperimentalWarning", "--max-old-space-size=64", script, franchiseeId, what];
      const { stdout } = await promisify(execFile)(process.execPath, args, { env });
      const { megabytes, latencies } = measureSchema.parse(JSON.parse(stdout));
      for (const [name, measured] of Object.entries(latencies)) {
        const cells = [median(measured), quantile(measured, 0.95)].map((milliseconds) => milliseconds.toFixed(1));
        rows.push([`${name}, ${payments} payments`, ...cells, megabytes.toFixed(0)]);
      }
    }
  }
  report.section("Queries of one franchisee (reads 100 times each), each in its own process");
  report.table([["", "p50 ms", "p95 ms", "peak MB"], ...rows]);
}
