import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { testEnvironment } from "../local/emulators.ts";
import { startFakeStripe } from "../../testing/fake-stripe/server.ts";
import { startFirestoreAlone } from "../local/firestore-emulator.ts";
import { FUNCTIONS } from "../cli/paths.ts";
import type { Report } from "./report.ts";

const FEW = 50;
const SOME = 1_000;
const MANY = 50_000;
const HOUR = 3_600;
/** Too small to hold everything that is read. */
const HEAP_MB = 64;

const measureSchema = z.object({
  stripeCalls: z.int(),
  firestoreReads: z.int(),
  firestoreWrites: z.int(),
  milliseconds: z.number(),
  megabytes: z.number(),
});

/** A first sync and one without changes, of few and many payments, compared with a naive sync. */
export async function benchSync(report: Report): Promise<void> {
  const { address } = await startFirestoreAlone();
  const fake = await startFakeStripe();
  const now = Math.floor(Date.now() / 1000);
  /** A franchisee with payments at intervals of ten minutes. */
  const franchisee = (payments: number): string => {
    const account = `acct_bench${payments}`;
    for (let index = 0; index < payments; index += 1) {
      const at = now - 2 * HOUR - index * 600;
      fake.books.pay({ account, mode: "direct", amount: 1_000 + index, createdAt: at, chargedAt: at });
    }
    return account;
  };
  const run = async (variant: "ours" | "naive", account: string) => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        "--disable-warning=ExperimentalWarning",
        join(FUNCTIONS, "tools/bench/sync-run.ts"),
        variant,
        account,
        fake.url.href,
      ],
      { env: { ...process.env, ...testEnvironment(address), FIRESTORE_PROJECT_ID: "demo-bench" } },
    );
    return measureSchema.parse(JSON.parse(stdout.trim().split("\n").at(-1) ?? ""));
  };
  const rows: string[][] = [];
  const measure = async (name: string, variant: "ours" | "naive", account: string): Promise<void> => {
    const { stripeCalls, firestoreReads, firestoreWrites, milliseconds, megabytes } = await run(variant, account);
    const counts = [stripeCalls, firestoreReads, firestoreWrites].map(String);
    rows.push([name, ...counts, milliseconds.toFixed(0), megabytes.toFixed(0)]);
  };

  const accounts = { few: franchisee(FEW), some: franchisee(SOME), many: franchisee(MANY) };
  await measure(`first sync of ${FEW}`, "ours", accounts.few);
  await measure(`first sync of ${SOME}`, "ours", accounts.some);
  await measure(`first sync of ${SOME}, naive`, "naive", accounts.some);
  await measure(`first sync of ${MANY}`, "ours", accounts.many);
  await measure(`no changes after ${FEW}`, "ours", accounts.few);
  await measure(`no changes after ${SOME}`, "ours", accounts.some);
  await measure(`no changes after ${SOME}, naive`, "naive", accounts.some);
  await measure(`no changes after ${MANY}`, "ours", accounts.many);
  await fake.close();

  report.section(`A Stripe sync of one account with direct charges (one run each, ${HEAP_MB} MB heap)`);
  report.table([["", "Stripe calls", "reads", "writes", "ms", "peak MB"], ...rows]);
}
