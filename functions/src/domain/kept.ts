import { type BalanceTransaction, PAYMENTS } from "./balance-transaction.ts";

/** What a payment left on the franchisee's balance in one currency, in minor units: parts that add up to `kept`. */
export interface Kept {
  currency: string;
  /** The captured amount after the fees deducted from it. */
  payment: number;
  /** Refunds without their fees; what came back of failed ones is positive. */
  refunds: number;
  /** Disputed amounts without fees; what came back of won ones is positive. */
  disputes: number;
  /** Negative: what Stripe charges for disputes, and for countering them. */
  disputeFees: number;
  /** The fees of the payment that came back with refunds, or by themselves. */
  feesReturned: number;
  other: number;
  /** The net of all movements. */
  kept: number;
}

export const KEPT_PARTS = ["payment", "refunds", "disputes", "disputeFees", "feesReturned", "other"] as const;

export type KeptPart = (typeof KEPT_PARTS)[number];

/** What its part depends on. */
type Classified = Pick<BalanceTransaction, "reportingCategory" | "net" | "source" | "description">;

type Movement = Classified & Pick<BalanceTransaction, "balanceType" | "currency" | "amount" | "fee">;

/** By reporting category: the parts of its amount and of its fee. All others are `other`. */
const PARTS: ReadonlyMap<string, { amount: KeptPart; fee: KeptPart }> = new Map([
  ["charge", { amount: "payment", fee: "payment" }],
  ["partial_capture_reversal", { amount: "payment", fee: "payment" }],
  ["charge_failure", { amount: "payment", fee: "payment" }],
  ["refund", { amount: "refunds", fee: "feesReturned" }],
  ["refund_failure", { amount: "refunds", fee: "feesReturned" }],
  ["dispute", { amount: "disputes", fee: "disputeFees" }],
  ["dispute_reversal", { amount: "disputes", fee: "disputeFees" }],
]);

/** What the movements of a payment add up to, a row per currency, in the order of their codes. */
export function keptOf(movements: readonly Movement[]): Kept[] {
  const rows = new Map<string, Kept>();
  for (const movement of movements) {
    if (movement.balanceType !== PAYMENTS) continue;
    const { currency, net } = movement;
    const row = rows.get(currency) ?? {
      currency,
      payment: 0,
      refunds: 0,
      disputes: 0,
      disputeFees: 0,
      feesReturned: 0,
      other: 0,
      kept: 0,
    };
    for (const { part, amount } of splitMovement(movement)) row[part] += amount;
    row.kept += net;
    rows.set(currency, row);
  }
  return [...rows.values()].toSorted((a, b) => (a.currency < b.currency ? -1 : 1));
}

/** Which part the amount of a movement belongs to. */
export function keptPartOf(movement: Classified): KeptPart {
  return partsOf(movement).amount;
}

/** The amount of a movement, and what its fee adds to that; together its net. */
export function splitMovement(movement: Classified & Pick<Movement, "amount">): { part: KeptPart; amount: number }[] {
  const { amount, net } = movement;
  const parts = partsOf(movement);
  return [
    { part: parts.amount, amount },
    { part: parts.fee, amount: net - amount },
  ];
}

function partsOf(movement: Classified): { amount: KeptPart; fee: KeptPart } {
  const known = PARTS.get(movement.reportingCategory);
  if (known) return known;
  const part = feePart(movement);
  return { amount: part, fee: part };
}

/**
 * The description of the fee for countering a dispute. Stripe bills it, and returns it if the dispute is won, apart
 * from the dispute (docs/stripe-behaviour.md, Disputes).
 */
export const COUNTERED_DISPUTE = /dispute countered/i;

/** The description of a refunded application fee on the account that receives it. */
export const FEE_REFUND = /application fee refund/i;

/** A dispute, and a refunded application fee, as the source of a movement. */
const DISPUTE = /^(dp|du)_/;
const FEE_REFUND_SOURCE = /^fr_/;

/** A fee that Stripe books by itself; a positive one is returned. */
function feePart({ reportingCategory, source, description, net }: Classified): KeptPart {
  if (COUNTERED_DISPUTE.test(description ?? "")) return "disputeFees";
  if (FEE_REFUND.test(description ?? "") || FEE_REFUND_SOURCE.test(source ?? "")) return "feesReturned";
  if (reportingCategory !== "fee") return "other";
  if (DISPUTE.test(source ?? "")) return "disputeFees";
  return net > 0 ? "feesReturned" : "other";
}
