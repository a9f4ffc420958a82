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

const AT_ONCE = 200;
const ROUNDS = 9;
const FEW = 100;
const MANY = 100_000;

/** What totals cost when payments are recorded, and save when they are read. */
export async function benchRevenue(report: Report): Promise<void> {
  const { address } = await startFirestoreAlone();
  await benchAtOnce(report, address);
  await benchReads(report, address);
}

/** At once for one franchisee, whose totals are one document. */
async function benchAtOnce(report: Report, address: string): Promise<void> {
  const source = join(FUNCTIONS, "tools/bench/without-totals.ts");
  const served = {
    "without totals": await serveFunction("recordWithoutTotals", address, { source }),
    recordTransaction: await serveFunction("recordTransaction", address),
  };
  const rounds = new Map<string, number[][]>(Object.keys(served).map((name) => [name, []]));
  // The first rounds warm up the emulator's JVM.
  for (let round = -10; round < ROUNDS; round += 1) {
    for (const [name, { url }] of Object.entries(served)) {
      const latencies = await postAtOnce(url);
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
  report.section(`${AT_ONCE} first records of one franchisee at once (median of ${ROUNDS} rounds, least–most)`);
  report.table([["", "p50 ms", "p95 ms", "last ms"], ...rows]);
}

function postAtOnce(url: string): Promise<number[]> {
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
  return Promise.all(Array.from({ length: AT_ONCE }, send));
}

const measureSchema = z.object({ latencies: z.record(z.string(), z.array(z.number())), megabytes: z.number() });

/** Queries for few payments and for many. Unlike Firestore, the emulator scans the collection for any page. */
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
      // Too little heap to hold all the payments.
      const args = ["--disable-warning=ExperimentalWarning", "--max-old-space-size=64", script, franchiseeId, what];
      const { stdout } = await promisify(execFile)(process.execPath, args, { env });
      const { megabytes, latencies } = measureSchema.parse(JSON.parse(stdout));
      for (const [name, measured] of Object.entries(latencies)) {
        const cells = [median(measured), quantile(measured, 0.95)].map((milliseconds) => milliseconds.toFixed(1));
        rows.push([`${name}, ${payments} payments`, ...cells, megabytes.toFixed(0)]);
      }
    }
  }
  report.section("What one asks of a franchisee (reads 100 times each), in processes of their own");
  report.table([["", "p50 ms", "p95 ms", "MB at most"], ...rows]);
}
