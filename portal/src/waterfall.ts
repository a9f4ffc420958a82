/** The figures from gross to what the franchisee earned (docs/revenue.md), as every view shows them; their texts. */
import { derivedFrom, type Totals } from "../../functions/src/domain/totals.ts";
import type { Money } from "./firestore/fields.ts";
import type { Transaction } from "./firestore/transaction.ts";
import { countText, TEXT } from "./messages.ts";
import { money, signedMoney } from "./money.ts";

export const WATERFALL_TEXT = {
  stripeFees: "Stripe fees",
  platformFees: "Platform fees",
  unallocated: "Fees pending",
  netHint: "after fees, before refunds and disputes",
  later: "Refunds and disputes",
  refunds: "Refunds",
  disputes: "Disputes",
  disputeFees: "Dispute fees",
  feesReturned: "Fees returned",
  otherAdjustment: "Other adjustments",
  earned: "Earned",
  earnedHint: "net after refunds, disputes and their fees",
  notDeducted: "The platform bears the rest, or it was deducted in another currency.",
  byPayment: "Refunds, disputes and returned fees count on the day of their payment, so earlier figures can change.",
  toCustomers: "Refunded to the customer",
  inDisputes: "In open or lost disputes",
  closed: "When closed",
  now: "Now",
  isChanged: "See what changed",
  comparison: "Then and now",
  changes: "Payments that changed",
  noChanges: "No payment changed this day’s amounts.",
  notExplained: "The payments below don’t explain the whole difference. Head office can verify the close.",
  tooMany: "This day has too many payments to add up here.",
  recordedLater: "Recorded later",
  comparisonFailed: "The comparison couldn’t be loaded.",
} as const;

/** One figure, with the sign with which it adds up to the next sum. */
export interface Step {
  name: string;
  of: (totals: Totals) => number;
  isSum?: boolean;
}

const GROSS: Step = { name: TEXT.gross, of: ({ gross }) => gross, isSum: true };
const NET: Step = { name: TEXT.net, of: ({ net }) => net, isSum: true };
const EARNED: Step = { name: WATERFALL_TEXT.earned, of: (totals) => derivedFrom(totals).earned, isSum: true };

const FEES: readonly Step[] = [
  { name: WATERFALL_TEXT.stripeFees, of: ({ stripeFees }) => -stripeFees },
  { name: WATERFALL_TEXT.platformFees, of: ({ platformFees }) => -platformFees },
];
const UNALLOCATED: Step = { name: WATERFALL_TEXT.unallocated, of: (totals) => -derivedFrom(totals).unallocated };
const LATER: readonly Step[] = [
  { name: WATERFALL_TEXT.refunds, of: ({ refundsDeducted }) => -refundsDeducted },
  { name: WATERFALL_TEXT.disputes, of: ({ disputesDeducted }) => -disputesDeducted },
  { name: WATERFALL_TEXT.disputeFees, of: ({ disputeFees }) => -disputeFees },
  { name: WATERFALL_TEXT.feesReturned, of: ({ feesReturned }) => feesReturned },
];
const OTHER: Step = { name: WATERFALL_TEXT.otherAdjustment, of: (totals) => derivedFrom(totals).otherAdjustment };

/** Every step for these totals. The remainders are left out where they are 0. */
export function stepsOf(all: readonly Totals[]): Step[] {
  const isUsed = ({ of }: Step): boolean => all.some((totals) => of(totals) !== 0);
  return [GROSS, ...FEES, ...[UNALLOCATED].filter(isUsed), NET, ...LATER, ...[OTHER].filter(isUsed), EARNED];
}

/** A sum, and what it consists of. */
export interface Figure {
  name: string;
  amount: number;
  note: string;
}

/** The waterfall as five figures: gross + fees = net, net + later changes = earned. */
export function figuresOf(totals: Totals, currency: string): Figure[] {
  const partsOf = (steps: readonly Step[]): string =>
    steps
      .filter(({ of }) => of(totals) !== 0)
      .map(({ name, of }) => `${name} ${signedMoney(of(totals), currency)}`)
      .join(", ");
  const { gross, net, netAdjustment, count } = totals;
  return [
    { name: TEXT.gross, amount: gross, note: countText(count) },
    { name: TEXT.fees, amount: net - gross, note: partsOf([...FEES, UNALLOCATED]) },
    { name: TEXT.net, amount: net, note: WATERFALL_TEXT.netHint },
    { name: WATERFALL_TEXT.later, amount: netAdjustment, note: partsOf([...LATER, OTHER]) },
    { name: WATERFALL_TEXT.earned, amount: EARNED.of(totals), note: WATERFALL_TEXT.earnedHint },
  ];
}

/** What customers and their banks got back, if that is not what was deducted from the franchisee; null if it is. */
export function besideText(totals: Totals, currency: string): string | null {
  const { refunded, refundsDeducted, disputed, disputesDeducted } = totals;
  const parts = [
    ...(refunded === 0 || refunded === refundsDeducted ? [] : [`Customers were refunded ${money(refunded, currency)}`]),
    ...(disputed === 0 || disputed === disputesDeducted
      ? []
      : [`${money(disputed, currency)} are in open or lost disputes`]),
  ];
  return parts.length === 0 ? null : `${parts.join("; ")}. ${WATERFALL_TEXT.notDeducted}`;
}

type Earning = Pick<Transaction, "status" | "amount_franchisee_net" | "currency" | "stripe">;

/** What the franchisee earned of a payment, in minor units by currency; null before it has succeeded. */
export function earnedOf(transaction: Earning): ReadonlyMap<string, number> | null {
  const { status, amount_franchisee_net, currency, stripe } = transaction;
  if (status !== "succeeded") return null;
  const sums = new Map<string, number>([[currency, amount_franchisee_net]]);
  const adjustments: Money[] = stripe ? [stripe.netAdjustment ?? [], stripe.otherAdjustments].flat() : [];
  for (const adjustment of adjustments) {
    if (adjustment.amount === 0) continue;
    sums.set(adjustment.currency, (sums.get(adjustment.currency) ?? 0) + adjustment.amount);
  }
  return sums;
}

export function earnedText(transaction: Earning): string | null {
  const earned = earnedOf(transaction);
  return earned && [...earned].map(([code, amount]) => money(amount, code)).join(", ");
}
