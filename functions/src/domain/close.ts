/**
 * The daily close:
 * - A **close** records the totals of one franchisee's day, as of one point in time. It is written once.
 * - Each close contains the hash of the previous one, so that a change of one breaks all that follow.
 * - A **line** is the part of one transaction that a close covers: its money, and its reconciliation.
 *
 * Hashes are verified years later: a new format of lines or closes must still produce the old hashes of earlier days.
 * Since format 2, totals contain what the net adjustment consists of.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { dayAfter } from "./calendar.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { ExceptionState } from "./reconciliation-exception.ts";
import type { Reconciliation } from "./reconciliation.ts";
import { addRevenue, contribution, type Reporting, type Revenue } from "./revenue.ts";
import type { Totals } from "./totals.ts";
import type { Transaction } from "./transaction.ts";

const counts = z.int().nonnegative();
const payments = z.array(z.string());

export const MAX_NAMED = 100;

export type CloseFormat = 1 | 2;

export const CURRENT_FORMAT = 2;

const sum = z.int();
const totalsOfDay = {
  count: sum,
  gross: sum,
  stripeFees: sum,
  platformFees: sum,
  net: sum,
  refunded: sum,
  disputed: sum,
  netAdjustment: sum,
};
const sinceFormat2 = {
  refundsDeducted: sum.exactOptional(),
  disputesDeducted: sum.exactOptional(),
  disputeFees: sum.exactOptional(),
  feesReturned: sum.exactOptional(),
};
const closedTotalsSchema = z.strictObject({ ...totalsOfDay, ...sinceFormat2 } satisfies Record<
  keyof Totals,
  z.ZodType
>);

/** Totals in the format of a close. */
type ClosedTotals = z.infer<typeof closedTotalsSchema>;

/** The totals of a day's transactions. Amounts in minor units. */
export const tallySchema = z.strictObject({
  /** Booked on that day, successful or not. */
  transactions: counts,
  totals: z.record(z.string(), closedTotalsSchema),
  /** Counts by status; `unrelated` is omitted if it is 0. */
  reconciliation: z.strictObject({
    expected: counts,
    matched: counts,
    mismatched: counts,
    missing_in_portal: counts,
    missing_in_stripe: counts,
    unrelated: counts.optional(),
  } satisfies Record<Reconciliation["status"], z.ZodType>),
  /** `payments`: the first open ones, up to `MAX_NAMED`. */
  exceptions: z.strictObject({ open: counts, resolved: counts, payments }),
  /** Documents that cannot be read; of the other figures, only `transactions` counts them. */
  unreadable: z.strictObject({ count: counts, payments }),
  /** The sha256 of the lines, ordered by `day`, `createdAt` and id. */
  transactionsHash: z.string(),
});

export type Tally = z.infer<typeof tallySchema>;

export function tallyOf(tally: Tally): Tally {
  const { transactions, totals, reconciliation, exceptions, unreadable, transactionsHash } = tally;
  return { transactions, totals, reconciliation, exceptions, unreadable, transactionsHash };
}

export interface ClosePosition {
  /** `YYYY-MM-DD`. */
  day: string;
  /** Null for the first close, which also covers every earlier day. */
  previous: { day: string; hash: string } | null;
}

export interface CloseContent extends ClosePosition, Tally {
  /** Absent in the first format. */
  format?: typeof CURRENT_FORMAT;
  franchiseeId: string;
  /** The reporting time zone (IANA) when the day was closed. */
  timeZone: string;
  /** When the transactions were read. */
  asOf: Date;
  /** Until when each sync was complete; null before the first complete one. */
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

export function formatOf({ format }: Pick<CloseContent, "format">): CloseFormat {
  return format ?? 1;
}

/** Revenue in the format of a close. */
function inFormat(format: CloseFormat, revenue: Revenue): Record<string, ClosedTotals> {
  if (format === CURRENT_FORMAT) return revenue;
  const entries = Object.entries(revenue).map(([currency, totals]) => [currency, firstFormatOf(totals)] as const);
  return Object.fromEntries(entries);
}

function firstFormatOf({
  refundsDeducted: _refundsDeducted,
  disputesDeducted: _disputesDeducted,
  disputeFees: _disputeFees,
  feesReturned: _feesReturned,
  ...totals
}: Totals): ClosedTotals {
  return totals;
}

export function positionAfter({ day, hash }: Pick<Close, "day" | "hash">): ClosePosition {
  return { day: dayAfter(day), previous: { day, hash } };
}

/** The problems of a close in its franchisee's chain; empty if it is valid. `before` is null for the first close. */
export function verifyChain(close: Close, franchiseeId: string, before: Close | null): string[] {
  const { previous } = close;
  const problems: string[] = [];
  if (hashOf(close) !== close.hash) problems.push("does not match its hash");
  if (close.franchiseeId !== franchiseeId) problems.push(`belongs to ${close.franchiseeId}`);
  if (!before) {
    if (previous) problems.push(`is the first close, but refers to a previous one, of ${previous.day}`);
    return problems;
  }
  if (close.day !== dayAfter(before.day)) problems.push(`does not follow the previous close, of ${before.day}`);
  if (previous?.day !== before.day || previous.hash !== before.hash) {
    problems.push(`does not contain the hash of the previous close, of ${before.day}`);
  }
  return problems;
}

/** Who paid, when Stripe was read and payouts are not part of it. */
export interface CloseLine {
  id: string;
  status: string | null;
  livemode: boolean;
  currency: string;
  contribution: Record<string, ClosedTotals>;
  reconciliation: Transaction["reconciliation"]["status"];
  exception: ExceptionState | null;
}

/** The line of a transaction; null is an unreadable document. */
export function closeLine(
  id: string,
  transaction: Transaction | null,
  reporting: Reporting,
  format: CloseFormat,
): CloseLine | { id: string } {
  if (!transaction) return { id };
  const { status, livemode, currency, reconciliation, exception } = transaction;
  const money = { status, livemode, currency, contribution: inFormat(format, contribution(transaction, reporting)) };
  return { id, ...money, reconciliation: reconciliation.status, exception };
}

/** Adds up transactions, which must be ordered by `day`, `createdAt` and id. */
export class CloseAccumulator {
  readonly #reporting: Reporting;
  readonly #format: CloseFormat;
  readonly #lines = createHash("sha256");
  readonly #totals: Revenue = {};
  readonly #tally: Omit<Tally, "transactionsHash" | "totals"> = {
    transactions: 0,
    reconciliation: { expected: 0, matched: 0, mismatched: 0, missing_in_portal: 0, missing_in_stripe: 0 },
    exceptions: { open: 0, resolved: 0, payments: [] },
    unreadable: { count: 0, payments: [] },
  };

  constructor(reporting: Reporting, format: CloseFormat) {
    this.#reporting = reporting;
    this.#format = format;
  }

  /** Null is an unreadable document. */
  add(id: string, transaction: Transaction | null): void {
    const { exceptions, unreadable, reconciliation } = this.#tally;
    this.#lines.update(`${canonicalJson(closeLine(id, transaction, this.#reporting, this.#format))}\n`);
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
    addRevenue(this.#totals, contribution(transaction, this.#reporting));
  }

  /** Call it once, at the end. */
  result(): Tally {
    const totals = inFormat(this.#format, this.#totals);
    return { ...this.#tally, totals, transactionsHash: this.#lines.digest("hex") };
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
