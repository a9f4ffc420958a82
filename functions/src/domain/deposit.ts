import { compareTexts } from "./canonical-json.ts";
import type { Payout } from "./payout.ts";

/** How a payout came about: by Stripe's schedule, by hand, or by hand within minutes. */
export const DEPOSIT_KINDS = ["automatic", "manual", "instant"] as const;

/** The movements of one reporting category in a payout. Amounts in minor units of the payout's currency. */
export interface CategoryTotal {
  reportingCategory: string;
  count: number;
  amount: number;
  fee: number;
  net: number;
}

/** A payout to a franchisee's bank, as the portal keeps it. Amounts in minor units of `currency`. */
export interface Deposit extends Payout {
  /** Negative if it debits the bank account. */
  amount: number;
  currency: string;
  kind: (typeof DEPOSIT_KINDS)[number];
  /** Where it went, as far as Stripe tells: the bank's name, and the last four digits of the account. */
  bank: { name: string | null; last4: string | null } | null;
  /** Why the bank rejected it. */
  failure: { code: string | null; message: string | null } | null;
  statementDescriptor: string | null;
  /** `completed` once Stripe lists its content; `not_applicable` for manual and instant payouts. */
  reconciliationStatus: string;
  /** The payout that this one reverses, and the one that reverses it. */
  originalPayoutId: string | null;
  reversedByPayoutId: string | null;
  /**
   * Its content by category, without its own movement, the greatest net first; null unless Stripe lists it: of a manual
   * or instant payout it never does.
   */
  composition: CategoryTotal[] | null;
  /** The net of its content, and what that exceeds the amount by; null without a composition. */
  explained: { net: number; difference: number } | null;
  /** When it was requested from Stripe. */
  asOf: Date;
}

type Movement = Omit<CategoryTotal, "count">;

/** The composition of a payout of this amount. `content` excludes the payout's own movement. */
export function composed(content: readonly Movement[], amount: number): Pick<Deposit, "composition" | "explained"> {
  const composition = [...Map.groupBy(content, ({ reportingCategory }) => reportingCategory)]
    .map(([reportingCategory, all]) => Object.assign(totalOf(all), { reportingCategory, count: all.length }))
    .toSorted((a, b) => b.net - a.net || compareTexts(a.reportingCategory, b.reportingCategory));
  const { net } = totalOf(content);
  return { composition, explained: { net, difference: net - amount } };
}

function totalOf(all: readonly Movement[]): Pick<CategoryTotal, "amount" | "fee" | "net"> {
  const total = { amount: 0, fee: 0, net: 0 };
  for (const { amount, fee, net } of all) {
    total.amount += amount;
    total.fee += fee;
    total.net += net;
  }
  return total;
}

/** A payout that Stripe is still composing after this time counts as complete. */
const COMPOSED_WITHIN_MS = 35 * 24 * 60 * 60_000;

/** Whether its status or content may still change without a movement on the balance. */
export function isOpenDeposit({ status, kind, reconciliationStatus, createdAt, asOf }: Deposit): boolean {
  if (status === "pending" || status === "in_transit") return true;
  if (status !== "paid" || kind !== "automatic" || reconciliationStatus === "completed") return false;
  return asOf.getTime() - createdAt.getTime() < COMPOSED_WITHIN_MS;
}

/** The one read later, with a content that only the other has. */
export function mergeDeposits(a: Deposit, b: Deposit): Deposit {
  const [older, newer] = a.asOf <= b.asOf ? [a, b] : [b, a];
  const { composition, explained } = newer.composition ? newer : older;
  return { ...newer, bank: newer.bank ?? older.bank, composition, explained };
}
