import type { StripeSnapshot } from "../../../portal/src/firestore/transaction.ts";

/** A direct charge of this amount in Canadian cents, as the portal reads it. */
export function portalSnapshot(amount: number, fields: Partial<StripeSnapshot> = {}): StripeSnapshot {
  return {
    chargeId: "ch_1",
    mode: "direct",
    status: "succeeded",
    livemode: false,
    feesStatus: "final",
    charged: { currency: "cad", amount },
    settled: null,
    platformPaidFee: null,
    received: null,
    amountRefunded: 0,
    refunds: [],
    disputes: [],
    netAdjustment: null,
    otherAdjustments: [],
    payout: null,
    asOf: null,
    ...fields,
  };
}
