/** A transaction document as the page shows it. Amounts in minor units of the currency beside them. */
import { at, dateAt, listAt, numberAt, textAt } from "./fields.ts";
import { DEFAULT_CURRENCY } from "../settings.ts";

export interface Difference {
  field: string;
  recorded: unknown;
  stripe: unknown;
}

export interface Movement {
  id: string;
  amount: number;
  currency: string;
  status: string | null;
  reason: string | null;
  createdAt: Date | null;
}

export interface StripeSide {
  chargeId: string | null;
  mode: string | null;
  status: string | null;
  feesStatus: string | null;
  charged: { currency: string; amount: number } | null;
  settled: { currency: string; amount: number; net: number; fees: { type: string; amount: number }[] } | null;
  /** Stripe's fee for a direct charge, where the platform pays it. */
  platformPaidFee: { currency: string; amount: number } | null;
  received: { currency: string; net: number } | null;
  amountRefunded: number;
  refunds: Movement[];
  disputes: Movement[];
  netAdjustment: { currency: string; amount: number } | null;
  /** What changed on the franchisee's balance, stated in other currencies alone. */
  otherAdjustments: { currency: string; amount: number }[];
  payout: { id: string; status: string | null; arrivesAt: Date | null } | null;
  asOf: Date | null;
}

export interface Payment {
  id: string;
  franchiseeId: string;
  createdAt: Date | null;
  updatedAt: Date | null;
  /** That it is booked on, YYYY-MM-DD. */
  day: string | null;
  currency: string;
  total: number;
  stripeFee: number;
  platformFee: number;
  net: number;
  status: string | null;
  source: string | null;
  revision: number;
  name: string | null;
  email: string | null;
  phone: string | null;
  /** When these three were erased. */
  erasedAt: Date | null;
  workshopId: string | null;
  workshopName: string | null;
  workshopDate: string | null;
  workshopTime: string | null;
  participantCount: number | null;
  organizationType: string | null;
  standing: string;
  differences: Difference[];
  checkedAt: Date | null;
  exception: string | null;
  resolution: { reason: string; by: string; at: Date | null } | null;
  stripe: StripeSide | null;
}

export function paymentOf(franchiseeId: string, id: string, fields: unknown): Payment {
  const text = (...path: string[]): string | null => textAt(fields, ...path);
  const reason = text("resolution", "reason");
  return {
    id,
    franchiseeId,
    createdAt: dateAt(fields, "createdAt"),
    updatedAt: dateAt(fields, "updatedAt"),
    day: text("day"),
    currency: text("currency") ?? DEFAULT_CURRENCY,
    total: amountAt(fields, "amount_total"),
    stripeFee: amountAt(fields, "amount_stripe_fee"),
    platformFee: amountAt(fields, "amount_platform_fee"),
    net: amountAt(fields, "amount_franchisee_net"),
    status: text("status"),
    source: text("source"),
    revision: numberAt(fields, "revision") ?? 0,
    name: text("name"),
    email: text("email"),
    phone: text("phone"),
    erasedAt: dateAt(fields, "erasedAt"),
    workshopId: text("workshopId"),
    workshopName: text("workshopName"),
    workshopDate: text("workshopDate"),
    workshopTime: text("workshopTime"),
    participantCount: numberAt(fields, "participantCount"),
    organizationType: text("organizationType"),
    standing: text("reconciliation", "status") ?? "expected",
    differences: differencesOf(at(fields, "reconciliation")),
    checkedAt: dateAt(fields, "reconciliation", "checkedAt"),
    exception: text("exception"),
    resolution:
      reason === null ? null : { reason, by: text("resolution", "by") ?? "", at: dateAt(fields, "resolution", "at") },
    stripe: stripeOf(at(fields, "stripe")),
  };
}

/** The legacy service also wrote amounts as text. */
function amountAt(fields: unknown, name: string): number {
  const written = textAt(fields, name);
  if (written !== null && /^-?\d{1,12}$/.test(written)) return Number(written);
  return numberAt(fields, name) ?? 0;
}

function differencesOf(reconciliation: unknown): Difference[] {
  return listAt(reconciliation, "differences").map((one) => ({
    field: textAt(one, "field") ?? "",
    recorded: at(one, "recorded"),
    stripe: at(one, "stripe"),
  }));
}

function stripeOf(facts: unknown): StripeSide | null {
  const chargedIn = textAt(facts, "charged", "currency");
  if (chargedIn === null) return null;
  const settledIn = textAt(facts, "settled", "currency");
  const receivedIn = textAt(facts, "received", "currency");
  const paidIn = textAt(facts, "platformPaidFee", "currency");
  const adjustedIn = textAt(facts, "netAdjustment", "currency");
  const payout = textAt(facts, "payout", "id");
  const number = (...path: string[]): number => numberAt(facts, ...path) ?? 0;
  return {
    chargeId: textAt(facts, "chargeId"),
    mode: textAt(facts, "mode"),
    status: textAt(facts, "status"),
    feesStatus: textAt(facts, "feesStatus"),
    charged: { currency: chargedIn, amount: number("charged", "amount") },
    settled:
      settledIn === null
        ? null
        : {
            currency: settledIn,
            amount: number("settled", "amount"),
            net: number("settled", "net"),
            fees: listAt(facts, "settled", "fees").map((fee) => ({
              type: textAt(fee, "type") ?? "",
              amount: numberAt(fee, "amount") ?? 0,
            })),
          },
    platformPaidFee: paidIn === null ? null : { currency: paidIn, amount: number("platformPaidFee", "amount") },
    received: receivedIn === null ? null : { currency: receivedIn, net: number("received", "net") },
    amountRefunded: number("amountRefunded"),
    refunds: listAt(facts, "refunds").map((one) => movementOf(one, chargedIn)),
    disputes: listAt(facts, "disputes").map((one) => movementOf(one, chargedIn)),
    netAdjustment: adjustedIn === null ? null : { currency: adjustedIn, amount: number("netAdjustment", "amount") },
    otherAdjustments: listAt(facts, "otherAdjustments").map((one) => ({
      currency: textAt(one, "currency") ?? chargedIn,
      amount: numberAt(one, "amount") ?? 0,
    })),
    payout:
      payout === null
        ? null
        : { id: payout, status: textAt(facts, "payout", "status"), arrivesAt: dateAt(facts, "payout", "arrivesAt") },
    asOf: dateAt(facts, "asOf"),
  };
}

function movementOf(value: unknown, currency: string): Movement {
  return {
    id: textAt(value, "id") ?? "",
    amount: numberAt(value, "amount") ?? 0,
    currency: textAt(value, "currency") ?? currency,
    status: textAt(value, "status"),
    reason: textAt(value, "reason"),
    createdAt: dateAt(value, "createdAt"),
  };
}
