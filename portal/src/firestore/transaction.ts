/** Converts transaction documents to the API's shape. Amounts are in minor units. */
import { dateAt, listAt, type Money, moneyAt, numberAt, textAt, valueAt } from "./fields.ts";
import { DEFAULT_CURRENCY } from "../settings.ts";

export interface Difference {
  field: string;
  recorded: unknown;
  stripe: unknown;
}

export interface Refund extends Money {
  id: string;
  status: string | null;
  reason: string | null;
  createdAt: Date | null;
}

export interface Dispute extends Refund {
  /** Until when Stripe takes evidence. */
  respondBy: Date | null;
}

export interface StripeSnapshot {
  chargeId: string | null;
  mode: string | null;
  status: string | null;
  livemode: boolean;
  feesStatus: string | null;
  charged: Money;
  settled: (Money & { net: number; fees: { type: string; amount: number }[] }) | null;
  /** Stripe's fee for a direct charge that the platform pays. */
  platformPaidFee: Money | null;
  received: { currency: string; net: number } | null;
  amountRefunded: number;
  refunds: Refund[];
  disputes: Dispute[];
  netAdjustment: Money | null;
  /** Adjustments that Stripe states in other currencies only. */
  otherAdjustments: Money[];
  payout: { id: string; status: string | null; arrivesAt: Date | null } | null;
  asOf: Date | null;
}

export interface Transaction {
  stripePaymentId: string;
  franchiseeId: string;
  createdAt: Date | null;
  /** The reporting day, YYYY-MM-DD. */
  day: string | null;
  currency: string;
  amount_total: number;
  amount_stripe_fee: number;
  amount_platform_fee: number;
  amount_franchisee_net: number;
  status: string | null;
  source: string | null;
  revision: number;
  name: string | null;
  email: string | null;
  phone: string | null;
  /** When the customer's personal data was erased. */
  erasedAt: Date | null;
  workshopId: string | null;
  workshopName: string | null;
  workshopDate: string | null;
  workshopTime: string | null;
  participantCount: number | null;
  organizationType: string | null;
  reconciliation: { status: string; differences: Difference[]; checkedAt: Date | null };
  exception: string | null;
  /** When an open exception opened. */
  exceptionOpenedAt: Date | null;
  resolution: { reason: string; by: string; at: Date | null } | null;
  stripe: StripeSnapshot | null;
}

export function fromFirestore(franchiseeId: string, stripePaymentId: string, fields: unknown): Transaction {
  const text = (...path: string[]): string | null => textAt(fields, ...path);
  const reason = text("resolution", "reason");
  return {
    stripePaymentId,
    franchiseeId,
    createdAt: dateAt(fields, "createdAt"),
    day: text("day"),
    currency: text("currency") ?? DEFAULT_CURRENCY,
    amount_total: amountAt(fields, "amount_total"),
    amount_stripe_fee: amountAt(fields, "amount_stripe_fee"),
    amount_platform_fee: amountAt(fields, "amount_platform_fee"),
    amount_franchisee_net: amountAt(fields, "amount_franchisee_net"),
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
    reconciliation: {
      status: text("reconciliation", "status") ?? "expected",
      differences: listAt(fields, "reconciliation", "differences").map(toDifference),
      checkedAt: dateAt(fields, "reconciliation", "checkedAt"),
    },
    exception: text("exception"),
    // Documents of earlier versions do not say: it opened at their last change, or before.
    exceptionOpenedAt: dateAt(fields, "exceptionOpenedAt") ?? dateAt(fields, "updatedAt"),
    resolution:
      reason === null ? null : { reason, by: text("resolution", "by") ?? "", at: dateAt(fields, "resolution", "at") },
    stripe: toSnapshot(valueAt(fields, "stripe")),
  };
}

/** The legacy service also stored amounts as text. */
function amountAt(fields: unknown, name: string): number {
  const text = textAt(fields, name);
  if (text !== null && /^-?\d{1,12}$/.test(text)) return Number(text);
  return numberAt(fields, name) ?? 0;
}

function toDifference(fields: unknown): Difference {
  return {
    field: textAt(fields, "field") ?? "",
    recorded: valueAt(fields, "recorded"),
    stripe: valueAt(fields, "stripe"),
  };
}

function toSnapshot(fields: unknown): StripeSnapshot | null {
  const charged = moneyAt(fields, "charged");
  if (charged === null) return null;
  const settled = moneyAt(fields, "settled");
  const received = moneyAt(fields, "received");
  const payoutId = textAt(fields, "payout", "id");
  return {
    chargeId: textAt(fields, "chargeId"),
    mode: textAt(fields, "mode"),
    status: textAt(fields, "status"),
    livemode: valueAt(fields, "livemode") === true,
    feesStatus: textAt(fields, "feesStatus"),
    charged,
    settled: settled && {
      ...settled,
      net: numberAt(fields, "settled", "net") ?? 0,
      fees: listAt(fields, "settled", "fees").map((fee) => ({
        type: textAt(fee, "type") ?? "",
        amount: numberAt(fee, "amount") ?? 0,
      })),
    },
    platformPaidFee: moneyAt(fields, "platformPaidFee"),
    received: received && { currency: received.currency, net: numberAt(fields, "received", "net") ?? 0 },
    amountRefunded: numberAt(fields, "amountRefunded") ?? 0,
    refunds: listAt(fields, "refunds").map((refund) => toRefund(refund, charged.currency)),
    disputes: listAt(fields, "disputes").map((dispute) => toDispute(dispute, charged.currency)),
    netAdjustment: moneyAt(fields, "netAdjustment"),
    otherAdjustments: listAt(fields, "otherAdjustments").flatMap((adjustment) => moneyAt(adjustment) ?? []),
    payout: payoutId === null ? null : toPayout(payoutId, valueAt(fields, "payout")),
    asOf: dateAt(fields, "asOf"),
  };
}

function toPayout(id: string, fields: unknown): StripeSnapshot["payout"] {
  return { id, status: textAt(fields, "status"), arrivesAt: dateAt(fields, "arrivesAt") };
}

function toRefund(fields: unknown, currency: string): Refund {
  return {
    id: textAt(fields, "id") ?? "",
    amount: numberAt(fields, "amount") ?? 0,
    currency: textAt(fields, "currency") ?? currency,
    status: textAt(fields, "status"),
    reason: textAt(fields, "reason"),
    createdAt: dateAt(fields, "createdAt"),
  };
}

function toDispute(fields: unknown, currency: string): Dispute {
  return { ...toRefund(fields, currency), respondBy: dateAt(fields, "respondBy") };
}
