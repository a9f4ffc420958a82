/**
 * The daily close:
 * - A **close** states the totals of one franchisee's day, as of one point in time. It is written once.
 * - Each close contains the hash of the previous one: a later change of one would need a change of all that follow.
 * - A **line** is what a close covers of one transaction: its money, and its reconciliation.
 * Hashes are verified years later: a change of the content or format of a line or a close must still produce the old
 * hashes for earlier days.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { dayAfter } from "./calendar.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { ExceptionState } from "./reconciliation-exception.ts";
import type { Reconciliation } from "./reconciliation.ts";
import { contribution, type Reporting, type Revenue } from "./revenue.ts";
import { NO_TOTALS, TOTAL_FIELDS } from "./totals.ts";
import type { Transaction } from "./transaction.ts";

const counts = z.int().nonnegative();
const payments = z.array(z.string());

/** How many payments of a kind a close names. */
export const MAX_NAMED = 100;

/** The totals of a day's transactions. Amounts in minor units. */
export const tallySchema = z.strictObject({
  /** Booked on that day, successful or not. */
  transactions: counts,
  /** As on the months of `revenue`. */
  totals: z.record(z.string(), z.record(z.enum(TOTAL_FIELDS), z.int())),
  /** How many of each status. The number of unrelated sales is there only if there are any. */
  reconciliation: z.strictObject({
    expected: counts,
    matched: counts,
    mismatched: counts,
    missing_in_portal: counts,
    missing_in_stripe: counts,
    unrelated: counts.optional(),
  } satisfies Record<Reconciliation["status"], z.ZodType>),
  /** Payments that differ from Stripe; the first open ones by id. */
  exceptions: z.strictObject({ open: counts, resolved: counts, payments }),
  /** Documents that cannot be read, which only `transactions` counts. The first ones by id. */
  unreadable: z.strictObject({ count: counts, payments }),
  /** The sha256 of the lines, ordered by `day`, `createdAt` and id. */
  transactionsHash: z.string(),
});

export type Tally = z.infer<typeof tallySchema>;

/** The totals in a close. */
export function tallyOf(tally: Tally): Tally {
  const { transactions, totals, reconciliation, exceptions, unreadable, transactionsHash } = tally;
  return { transactions, totals, reconciliation, exceptions, unreadable, transactionsHash };
}

/** The position of a close: its day, and the previous close. */
export interface ClosePosition {
  /** `YYYY-MM-DD`. */
  day: string;
  /** Null for the first close, which also covers every earlier day. */
  previous: { day: string; hash: string } | null;
}

export interface CloseContent extends ClosePosition, Tally {
  franchiseeId: string;
  /** The reporting time zone at that time. IANA. */
  timeZone: string;
  /** The point in time at which the transactions were read. */
  asOf: Date;
  /** How complete the syncs were then; null before the first complete one. */
  sync: { platform: Date | null; account: Date | null };
  closedAt: Date;
}

export interface Close extends CloseContent {
  /** The sha256 of all other fields, as canonical JSON. */
  hash: string;
}

export function hashOf(content: CloseContent): string {
  return sha256(canonicalJson({ ...content, hash: undefined }));
}

export function positionAfter({ day, hash }: Pick<Close, "day" | "hash">): ClosePosition {
  return { day: dayAfter(day), previous: { day, hash } };
}

/** The problems of a franchisee's close after the previous one; empty if there are none. */
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

/** What a close covers of a transaction: not who paid, nor when it was last read or paid out. */
export interface Line {
  id: string;
  status: string | null;
  livemode: boolean;
  currency: string;
  contribution: Revenue;
  reconciliation: Transaction["reconciliation"]["status"];
  exception: ExceptionState | null;
}

/** Null: an unreadable document. */
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

/** Adds up transactions, which must come ordered by `day`, `createdAt` and id. */
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

  /** Null: an unreadable document. */
  add(id: string, transaction: Transaction | null): void {
    const { exceptions, unreadable, reconciliation, totals } = this.#tally;
    this.#lines.update(`${canonicalJson(lineOf(id, transaction, this.#reporting))}\n`);
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

  /** To be called once, at the end. */
  result(): Tally {
    return { ...this.#tally, transactionsHash: this.#lines.digest("hex") };
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
