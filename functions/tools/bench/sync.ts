import { startFakeStripe } from "../../testing/fake-stripe/server.ts";
import { payOut } from "../../testing/fake-stripe/payouts.ts";
import { startFirestoreAlone } from "../local/firestore-emulator.ts";
import type { Report } from "./report.ts";
import { runSync, type SyncVariant } from "./sync-process.ts";

const FEW = 50;
const SOME = 1_000;
const MANY = 50_000;
const HOUR = 3_600;
/** Between two payments, in seconds. */
const INTERVAL = 600;

/** Between two payouts. */
const MONTH = 30 * 24 * HOUR;

/**
 * A first sync and one without changes, of few and many payments with a payout a month, compared with a scan of the
 * payments alone, and with a naive sync.
 */
export async function benchSync(report: Report): Promise<void> {
  const { address } = await startFirestoreAlone();
  const fake = await startFakeStripe();
  const now = Math.floor(Date.now() / 1000);
  /** A franchisee with payments at intervals of ten minutes, and a payout a month. */
  const franchisee = (payments: number, name = ""): string => {
    const account = `acct_bench${payments}${name}`;
    const end = now - 2 * HOUR;
    let paidOutAt = end - payments * INTERVAL;
    for (let index = payments - 1; index >= 0; index -= 1) {
      const at = end - index * INTERVAL;
      fake.books.clock = () => at;
      fake.books.pay({ account, mode: "direct", amount: 1_000 + index, createdAt: at, chargedAt: at });
      if (at - paidOutAt < MONTH) continue;
      payOut(fake.books, account, { silent: true });
      paidOutAt = at;
    }
    fake.books.clock = () => Math.floor(Date.now() / 1000);
    return account;
  };
  const rows: string[][] = [];
  const measure = async (name: string, variant: SyncVariant, account: string, hours = 0): Promise<void> => {
    const { stripeCalls, firestoreReads, firestoreWrites, milliseconds, megabytes } = await runSync(
      { address, stripe: fake.url, projectId: "demo-bench" },
      { variant, scope: account, hours },
    );
    const counts = [stripeCalls, firestoreReads, firestoreWrites].map(String);
    rows.push([name, ...counts, milliseconds.toFixed(0), megabytes.toFixed(0)]);
  };

  const accounts = {
    few: franchisee(FEW),
    some: franchisee(SOME),
    many: franchisee(MANY),
  };
  const alone = franchisee(MANY, "alone");
  await measure(`first sync of ${FEW}`, "ours", accounts.few);
  await measure(`first sync of ${SOME}`, "ours", accounts.some);
  await measure(`first sync of ${SOME}, naive`, "naive", accounts.some);
  await measure(`first sync of ${MANY}`, "ours", accounts.many);
  await measure(`the payments alone of ${MANY}`, "payments", alone);
  for (const [count, account] of [
    [FEW, accounts.few],
    [SOME, accounts.some],
    // Of more, the emulator's queries exceed the store's time limits: it has no indexes, and reads every document.
  ] as const) {
    await measure(`an hour after the first of ${count}`, "ours", account, 1);
    await measure(`no changes after ${count}`, "ours", account, 2);
  }
  await measure(`no changes after ${SOME}, naive`, "naive", accounts.some);
  await fake.close();

  report.section("A Stripe sync of one account with direct charges (one run each)");
  report.table([["", "Stripe calls", "reads", "writes", "ms", "peak MB"], ...rows]);
}
