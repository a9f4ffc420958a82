/**
 * The words of the daily close:
 *
 * - A **close** says what the payments of one franchisee's day came to, as they were at one moment. It is written once.
 * - Each close names the hash of the one before: whoever changes one afterwards has to change all that follow.
 * - A **line** is what a close goes by of one transaction: what matters to money, or to how it stands beside Stripe.
 *
 * Hashes are compared years after they were made. So whoever changes what a line or a close says, or how it is written, has to
 * go on making the old hashes for the days before. Pure.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { dayAfter } from "./calendar.ts";
import { canonical } from "./canonical-json.ts";
import type { ExceptionState } from "./reconciliation-exception.ts";
import type { Reconciliation } from "./reconciliation.ts";
import { contribution, type Reporting, type Revenue } from "./revenue.ts";
import { NO_TOTALS, TOTAL_FIELDS } from "./totals.ts";
import type { Transaction } from "./transaction.ts";

const counts = z.int().nonnegative();
const payments = z.array(z.string());

/** How many payments a close names of a kind, at the most. */
export const MAX_NAMED = 100;

/** What the transactions of a day come to. Amounts in minor units. */
export const tallySchema = z.strictObject({
  /** Those that are booked on it, whether or not they have succeeded. */
  transactions: counts,
  /** As on the months of `revenue`. */
  totals: z.record(z.string(), z.record(z.enum(TOTAL_FIELDS), z.int())),
  /** How many of each status. Of sales unrelated to the business there is a number only where there are any. */
  reconciliation: z.strictObject({
    expected: counts,
    matched: counts,
    mismatched: counts,
    missing_in_portal: counts,
    missing_in_stripe: counts,
    unrelated: counts.optional(),
  } satisfies Record<Reconciliation["status"], z.ZodType>),
  /** Payments that do not agree with Stripe; the first of those that are open by their ids. */
  exceptions: z.strictObject({ open: counts, resolved: counts, payments }),
  /** Documents that cannot be read: they are in no other number but `transactions`. The first of them by their ids. */
  unreadable: z.strictObject({ count: counts, payments }),
  /** sha256 of the lines, in the order of `day`, `createdAt` and id. */
  transactionsHash: z.string(),
});

export type Tally = z.infer<typeof tallySchema>;

/** What a close says that the transactions came to. */
export function tallyOf(tally: Tally): Tally {
  const { transactions, totals, reconciliation, exceptions, unreadable, transactionsHash } = tally;
  return { transactions, totals, reconciliation, exceptions, unreadable, transactionsHash };
}

/** Where a close stands: its day, and the close before it. */
export interface ClosePosition {
  /** `YYYY-MM-DD`. */
  day: string;
  /** Null for the first close: it covers every day before its own as well. */
  previous: { day: string; hash: string } | null;
}

export interface CloseContent extends ClosePosition, Tally {
  franchiseeId: string;
  /** Where the deployment kept its books when it was closed. IANA. */
  timeZone: string;
  /** The moment at which the transactions were read. */
  asOf: Date;
  /** How far the syncs with Stripe had come by then; null where none has come to its end. */
  sync: { platform: Date | null; account: Date | null };
  closedAt: Date;
}

export interface Close extends CloseContent {
  /** sha256 of all the rest, as canonical JSON. */
  hash: string;
}

export function hashOf(content: CloseContent): string {
  return sha256(canonical({ ...content, hash: undefined }));
}

export function positionAfter({ day, hash }: Pick<Close, "day" | "hash">): ClosePosition {
  return { day: dayAfter(day), previous: { day, hash } };
}

/** What is wrong with a close of this franchisee, beside the one before it; empty where all is well. */
export function verifyChain(close: Close, franchiseeId: string, before: Close | null): string[] {
  const { previous } = close;
  const flaws: string[] = [];
  if (hashOf(close) !== close.hash) flaws.push("does not say what its hash was made of");
  if (close.franchiseeId !== franchiseeId) flaws.push(`is one of ${close.franchiseeId}`);
  if (!before) {
    if (previous) flaws.push(`is the first one, but names one before it, of ${previous.day}`);
    return flaws;
  }
  if (close.day !== dayAfter(before.day)) flaws.push(`does not follow ${before.day}, the close before it`);
  if (previous?.day !== before.day || previous.hash !== before.hash) {
    flaws.push(`does not name the hash of ${before.day}, the close before it`);
  }
  return flaws;
}

/** What a close goes by of a transaction. Neither who paid, nor when it was last read or paid out. */
export interface Line {
  id: string;
  status: string | null;
  livemode: boolean;
  currency: string;
  contribution: Revenue;
  reconciliation: Transaction["reconciliation"]["status"];
  exception: ExceptionState | null;
}

/** Null stands for a document that cannot be read. */
export function lineOf(id: string, transaction: Transaction | null, reporting: Reporting): Line | { id: string } {
  if (!transaction) return { id };
  const { status, livemode, currency, reconciliation, exception } = transaction;
  const contributed = contribution(transaction, reporting);
  return {
    id,
    status,
    livemode,
    currency,
    contribution: contributed,
    reconciliation: reconciliation.status,
    exception,
  };
}

/** Adds up transactions, which have to come in the order of `day`, `createdAt` and id. */
export class CloseAccumulator {
  readonly #reporting: Reporting;
  readonly #lines = createHash("sha256");
  readonly #tally: Omit<Tally, "transactionsHash"> = {
    transactions: 0,
    totals: {},
    reconciliation: { expected: 0, matched: 0, mismatched: 0, missing_in_portal: 0, missing_in_stripe: 0 },
    exceptions: { open: 0, resolved: 0, payments: [] },
    unreadable: { count: 0, payments: [] },
  };

  constructor(reporting: Reporting) {
    this.#reporting = reporting;
  }

  /** Null stands for a document that cannot be read. */
  add(id: string, transaction: Transaction | null): void {
    const { exceptions, unreadable, reconciliation, totals } = this.#tally;
    this.#lines.update(`${canonical(lineOf(id, transaction, this.#reporting))}\n`);
    this.#tally.transactions += 1;
    if (!transaction) {
      unreadable.count += 1;
      if (unreadable.payments.length < MAX_NAMED) unreadable.payments.push(id);
      return;
    }
    const { status } = transaction.reconciliation;
    reconciliation[status] = (reconciliation[status] ?? 0) + 1;
    if (transaction.exception) exceptions[transaction.exception] += 1;
    if (transaction.exception === "open" && exceptions.payments.length < MAX_NAMED) exceptions.payments.push(id);
    for (const [currency, amounts] of Object.entries(contribution(transaction, this.#reporting))) {
      const sum = totals[currency] ?? { ...NO_TOTALS };
      for (const field of TOTAL_FIELDS) sum[field] += amounts[field];
      totals[currency] = sum;
    }
  }

  /** Once, at the end. */
  result(): Tally {
    return { ...this.#tally, transactionsHash: this.#lines.digest("hex") };
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
