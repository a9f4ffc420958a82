import type { GoldenObservation } from "../../src/domain/ledger.ts";
import { type GoldenRecord, goldenRecordSchema } from "../../src/domain/transaction.ts";

/** The POST example of the legacy README, as JSON text. */
export { default as legacyExample } from "../../dev/sample-golden-record.json";

export const DEFAULTS = { currency: "cad", livemode: false };

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

/** A golden record, signed so many seconds into the story. */
export function observation(fields: object = {}, sentAtSeconds = 100): GoldenObservation {
  return { kind: "golden", record: goldenRecord(fields), sentAt: new Date(sentAtSeconds * 1000) };
}
