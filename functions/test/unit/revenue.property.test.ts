import fc from "fast-check";
import type { AdjustmentParts } from "../../src/domain/adjustments.ts";
import { type Decision, decide } from "../../src/domain/decide.ts";
import type { Observation } from "../../src/domain/observation.ts";
import { addCounters, changeOf, driftOf, type Counters, countersOf } from "../../src/domain/revenue.ts";
import type { Dispute } from "../../src/domain/stripe-snapshot.ts";
import { type Transaction } from "../../src/domain/transaction.ts";
import { PAYMENT_STATUSES } from "../../src/domain/payment.ts";
import { absenceSeen, DEFAULTS, newDispute, observation, stripeSnapshot } from "../support/records.ts";

const REPORTING = { livemode: false, timeZone: "America/Vancouver" };

const anything = fc.array(
  fc.oneof(
    fc
      .record({
        status: fc.constantFrom(...PAYMENT_STATUSES, "succeeded", "succeeded", null),
        amount_franchisee_net: fc.constantFrom(900, 901, null),
        currency: fc.constantFrom("cad", "usd", null),
        livemode: fc.constantFrom(false, false, true, null),
        workshopId: fc.constantFrom("w1", "w2", null),
        correction: fc.constantFrom("typing error", null),
        sentAt: fc.integer({ min: 100, max: 110 }),
      })
      .map(({ sentAt, ...fields }): Observation => observation(fields, sentAt)),
    fc
      .record({
        status: fc.constantFrom("succeeded" as const, "succeeded" as const, "canceled" as const),
        amountRefunded: fc.constantFrom(0, 300, 1000),
        disputes: fc.constantFrom<Dispute[]>(
          [],
          [newDispute("lost")],
          [newDispute("won"), newDispute("under_review", 7, "usd")],
        ),
        netAdjustment: fc.constantFrom(null, { currency: "cad", amount: -300 }, { currency: "eur", amount: 5 }),
        adjustmentParts: fc.constantFrom<AdjustmentParts[]>(
          [],
          [{ currency: "cad", refunds: -315, disputes: 0, disputeFees: 0, feesReturned: 15, other: 0 }],
          [{ currency: "eur", refunds: 0, disputes: 40, disputeFees: -30, feesReturned: 0, other: -5 }],
        ),
        charged: fc.constantFrom({ currency: "cad", amount: 1000 }, { currency: "usd", amount: 800 }),
        asOf: fc.integer({ min: 100, max: 110 }),
      })
      .map(({ asOf, ...fields }): Observation => {
        return { kind: "snapshot", stripePaymentId: "pi_1", snapshot: stripeSnapshot(fields, asOf) };
      }),
    fc.constantFrom<Observation>(absenceSeen(1), absenceSeen(600)),
    fc.boolean().map((isResolved): Observation => {
      const amounts = {
        amount_total: 1000,
        amount_stripe_fee: 59,
        amount_platform_fee: 41,
        amount_franchisee_net: 900,
      };
      const seen = { status: "missing_in_portal" as const, differences: [], amounts, currency: "cad" };
      return { kind: "resolution", stripePaymentId: "pi_1", seen, isResolved, reason: "known", by: "Ada" };
    }),
  ),
  { maxLength: 12 },
);

test("the counter changes of all arrivals add up to the counters of the last transaction, and ignored arrivals change nothing", () => {
  fc.assert(
    fc.property(anything, fc.boolean(), (arriving, confirms) => {
      const sum = new Map<string, number>();
      let transaction: Transaction | null = null;
      let seconds = 1_000_000;
      // Each again: senders repeat records.
      for (const one of arriving.flatMap((each) => [each, each])) {
        seconds += 3_600;
        const decision: Decision = decide(transaction, one, {
          now: new Date(seconds * 1000),
          defaults: DEFAULTS,
          confirms,
        });
        if (!("next" in decision)) continue;
        const change = changeOf(transaction, decision.next, REPORTING);
        if (decision.outcome === "confirmed") expect(change.size).toBe(0);
        addCounters(sum, change);
        transaction = decision.next;
      }
      const right: Counters = transaction ? countersOf(transaction, REPORTING) : new Map();
      expect([...driftOf(right, sum)]).toEqual([]);
    }),
    { numRuns: 2000 },
  );
});
