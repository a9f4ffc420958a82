import { type Decision, decide } from "../../src/domain/decide.ts";
import type { GoldenObservation, StripeObservation } from "../../src/domain/observation.ts";
import { mapDetails, type PaymentDetails } from "../../src/domain/payment-details.ts";
import type { Searchable } from "../../src/domain/search.ts";
import { amountsOfSnapshot, type Dispute, type StripeSnapshot } from "../../src/domain/stripe-snapshot.ts";
import { type Transaction } from "../../src/domain/transaction.ts";
import { type GoldenRecord, goldenRecordSchema } from "../../src/domain/golden-record.ts";

/** The POST example of the legacy README, as JSON text. */
export { default as legacyExample } from "../../tools/local/sample-golden-record.json";

export const DEFAULTS = { currency: "cad", livemode: false, timeZone: "America/Vancouver", applicationId: "ca_local" };

/** A golden record whose amounts add up: 1000 = 59 + 41 + 900, in cents. */
export function goldenRecord(fields: object = {}): GoldenRecord {
  return goldenRecordSchema.parse({
    stripePaymentId: "pi_1",
    amount_total: 1000,
    amount_stripe_fee: 59,
    amount_platform_fee: 41,
    amount_franchisee_net: 900,
    name: "Ada",
    status: "succeeded",
    ...fields,
  });
}

/** A golden record, signed this many seconds after 1970. */
export function observation(fields: object = {}, sentAtSeconds = 100): GoldenObservation {
  return { kind: "golden", record: goldenRecord(fields), sentAt: new Date(sentAtSeconds * 1000) };
}

export const NO_DETAILS: PaymentDetails = mapDetails(
  () => null,
  () => null,
);

/** The Stripe snapshot that agrees with `goldenRecord()`, read this many seconds after 1970. */
export function stripeSnapshot(fields: Partial<StripeSnapshot> = {}, asOfSeconds = 200): StripeSnapshot {
  const snapshot = {
    chargeId: "ch_1",
    mode: "direct" as const,
    livemode: false,
    status: "succeeded" as const,
    createdAt: new Date(50_000),
    charged: { currency: "cad", amount: 1000 },
    application: "ca_local",
    platformPaidFee: null,
    settled: {
      currency: "cad",
      amount: 1000,
      net: 900,
      fees: [
        { type: "stripe_fee", amount: 59 },
        { type: "application_fee", amount: 41 },
      ],
    },
    received: null,
    feesStatus: "final" as const,
    amountRefunded: 0,
    refunds: [],
    transferReversed: 0,
    applicationFeeRefunded: 0,
    disputes: [],
    disputeStatus: null,
    netAdjustment: { currency: "cad", amount: 0 },
    otherAdjustments: [],
    adjustmentParts: [],
    payout: null,
    details: NO_DETAILS,
    asOf: new Date(asOfSeconds * 1000),
    ...fields,
  };
  return { ...snapshot, amounts: amountsOfSnapshot(snapshot) };
}

/** A dispute, 150 seconds after 1970. */
export function newDispute(status: string, amount = 1000, currency = "cad"): Dispute {
  const createdAt = new Date(150_000);
  return {
    id: `dp_${status}`,
    amount,
    currency,
    status,
    reason: "fraudulent",
    isCountered: false,
    respondBy: null,
    createdAt,
  };
}

/** Snapshot fields before Stripe has written the fees. */
export const PENDING = { settled: null, feesStatus: "pending" } as const;

/** Snapshot fields of an account that no longer shows what arrived there. */
export const HIDDEN = { received: null, feesStatus: "hidden" } as const;

export function snapshotSeen(fields: Partial<StripeSnapshot> = {}, asOfSeconds = 200): StripeObservation {
  return { kind: "snapshot", stripePaymentId: "pi_1", snapshot: stripeSnapshot(fields, asOfSeconds) };
}

/** Stripe did not know the payment this many hours after 1970. */
export function absenceSeen(hours: number): StripeObservation {
  return { kind: "absence", stripePaymentId: "pi_1", asOf: new Date(hours * 3_600_000) };
}

/** 200 seconds after 1970. */
export const LATER = { now: new Date(200_000), defaults: DEFAULTS };

/** The transaction of a first golden record, 150 seconds after 1970. */
export function recorded(fields: object = {}): Transaction {
  const decision = decide(null, observation(fields), { now: new Date(150_000), defaults: DEFAULTS });
  if (decision.outcome !== "created") throw new Error(decision.outcome);
  return decision.next;
}

/** The result of an update. Throws on any other outcome. */
export function updated(decision: Decision): { next: Transaction; reason: string } {
  if (decision.outcome !== "updated") throw new Error(decision.outcome);
  return decision;
}

/** A payment without texts and amounts, as it is searched. */
export function searchable(fields: Partial<Searchable> = {}): Searchable {
  const state = { status: null, exception: null, stripe: null };
  return { ...NO_DETAILS, ...state, currency: "cad", amount_total: 0, amount_franchisee_net: 0, ...fields };
}
