import { closeFranchisee } from "../../../src/jobs/close/daily-close.ts";
import { PLATFORM } from "../../../src/store/sync-state.ts";
import type { FakeBooks } from "../../../testing/fake-stripe/books.ts";
import { seedWorld, type WorldSize } from "../../../testing/fake-stripe/seeded-world.ts";
import type { FakeStripe } from "../../../testing/fake-stripe/server.ts";
import { recordAll, syncAccounts } from "../../../tools/local/seed.ts";
import { connectTo, runSync } from "../../support/stripe.ts";
import { dayOf, paymentIn, type WorldPayment } from "./world-figures.ts";

/** No other test of the portal has payments in these months, so that a month of all franchisees is the world's. */
const END = Date.UTC(2012, 2, 1, 8) / 1000;

const DAY_MS = 86_400_000;

export interface World {
  books: FakeBooks;
  accounts: string[];
  /** Oldest first. */
  payments: WorldPayment[];
  /** The franchisee whose first days were closed before Stripe was read, up to a payment that no record was sent of. */
  closed: { account: string; days: string[] };
}

/** Both included; in seconds. */
function daysBetween(from: number, to: number): string[] {
  const last = dayOf(to);
  const days = [dayOf(from)];
  for (let day = days[0] ?? ""; day < last; days.push(day)) {
    day = new Date(Date.parse(`${day}T12:00:00Z`) + DAY_MS).toISOString().slice(0, "YYYY-MM-DD".length);
  }
  return days;
}

/** Seeds a world, sends its golden records, closes some days, and syncs it. */
export async function newWorld(fake: FakeStripe, size: WorldSize): Promise<World> {
  const { books } = fake;
  const { clock } = books;
  books.clock = () => END;
  const seeded = seedWorld(books, size);
  books.clock = clock;
  const accounts = [...new Set(seeded.map(({ account }) => account))].toSorted();
  await recordAll(seeded);
  const [account = ""] = accounts;
  const theirs = seeded.filter((one) => one.account === account);
  const days = daysBetween(theirs[0]?.paidAt ?? END, theirs.find(({ recorded }) => recorded === "none")?.paidAt ?? END);
  await closeFranchisee(account, { until: days.at(-1) });
  const connection = connectTo(fake);
  // As the first sync of the platform, but without a change of its state, which the franchisees of other tests share.
  await runSync(PLATFORM, connection, { since: new Date(0) });
  await syncAccounts(connection, accounts);
  return { books, accounts, payments: seeded.map((one) => paymentIn(books, one)), closed: { account, days } };
}
