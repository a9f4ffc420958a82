import { FieldValue } from "firebase-admin/firestore";
import { closeDispute, counterDispute, dispute } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { recordDefaults } from "../../src/config.ts";
import { audit } from "../../src/store/verify-totals.ts";
import { rebuild } from "../../src/store/rebuild-totals.ts";
import { listFranchisees } from "../../src/store/revenue-queries.ts";
import { derivedFrom, NO_TOTALS, type Totals } from "../../src/domain/totals.ts";
import { isolateDatabase, transactionsOf } from "../support/database.ts";
import { DAY, HOUR, MINUTE, startTimeline, type Timeline } from "../support/timeline-fixture.ts";
import { expectTotals } from "../support/totals.ts";
import { fakeStripes } from "../support/stripe.ts";

isolateDatabase();

const startStripe = fakeStripes();
let timeline: Timeline;
beforeEach(async () => {
  timeline = await startTimeline(startStripe);
});

// Documents as written before balance transactions were read one by one: without the newer fields, with the figures of
// that time.

const wasWritten = (id: string, fields: Record<string, unknown>) =>
  transactionsOf(timeline.franchiseeId)
    .doc(id)
    .update({
      "stripe.application": FieldValue.delete(),
      "stripe.platformPaidFee": FieldValue.delete(),
      "stripe.otherAdjustments": FieldValue.delete(),
      "stripe.adjustmentParts": FieldValue.delete(),
      ...fields,
    });

async function totalsOf(): Promise<Totals> {
  const { franchisees } = await listFranchisees({ by: "id" }, { limit: 2, cursor: undefined });
  return franchisees.find((one) => one.franchiseeId === timeline.franchiseeId)?.totals["cad"] ?? NO_TOTALS;
}

const cad = (amount: number) => ({ currency: "cad", amount });

/** 700 of 1000 were captured; Stripe charged 41 (59 of the whole) and the platform 41: 618. */
const RIGHT = { amount_total: 700, amount_stripe_fee: 41, amount_platform_fee: 41, amount_franchisee_net: 618 };
/** The figures of that time, from the charge's balance transaction alone: 1000 − 59 − 41. */
const WRONG = { amount_total: 1_000, amount_stripe_fee: 59, amount_platform_fee: 41, amount_franchisee_net: 900 };

test("the figures are correct after the next 35-day rescan, and the totals agree after every step", async () => {
  const { fake, franchiseeId } = timeline;
  fake.books.behaviour = { ...fake.books.behaviour, partialCapture: "reversal with refund" };
  const partial = timeline.after(10 * MINUTE).order();
  fake.books.attempt(partial, "requires_capture");
  fake.books.capture(partial, 700);
  await timeline.golden({ stripePaymentId: partial.id, ...RIGHT });
  const countered = timeline.pay();
  const open = dispute(fake.books, countered);
  counterDispute(fake.books, countered, open);
  closeDispute(fake.books, countered, open, "lost");
  const foreign = timeline.pay({ application: "ca_another" });
  await timeline.after(HOUR).sync();

  await wasWritten(partial.id, {
    "stripe.settled": { ...cad(1_000), net: 900, fees: [{ type: "stripe_fee", amount: 100 }] },
    "stripe.amounts": WRONG,
    "stripe.amountRefunded": 300,
    "stripe.netAdjustment": cad(-282),
    "reconciliation.status": "mismatched",
    "reconciliation.differences": [{ field: "amount_total", recorded: 700, stripe: 1_000 }],
    exception: "open",
  });
  const disputed = { id: open.id, amount: 1_000, currency: "cad", status: "lost", reason: "fraudulent" };
  await wasWritten(countered.id, {
    "stripe.disputes": [{ ...disputed, createdAt: new Date(open.created * 1000) }],
    "stripe.netAdjustment": cad(-2_500),
  });
  await wasWritten(foreign.id, { "reconciliation.status": "missing_in_portal", exception: "open" });
  await rebuild(franchiseeId, recordDefaults());
  await expectTotals(franchiseeId);
  // What the adjustments consist of is unknown: the whole is another adjustment, so that the waterfall adds up.
  const known = await totalsOf();
  // 618 + 900 − 282 − 2500, and the 900 of the sale that is not recognised.
  expect([known.netAdjustment, derivedFrom(known)]).toEqual([
    -2_782,
    { unallocated: 0, otherAdjustment: -2_782, earned: -364 },
  ]);
  // Without the newer fields, the sale is not recognised as unrelated.
  expect(await timeline.transaction(foreign)).toMatchObject({
    stripe: { application: "unknown", otherAdjustments: [] },
  });

  await timeline.after(DAY).sync();
  expect(await timeline.transaction(partial)).toMatchObject({
    ...RIGHT,
    reconciliation: { status: "matched", differences: [] },
    exception: null,
    stripe: { amounts: RIGHT, amountRefunded: 0, refunds: [], netAdjustment: cad(0) },
  });
  // 1000, the fee of 15.00 for the dispute, and the fee for countering it.
  expect(await timeline.transaction(countered)).toMatchObject({ stripe: { netAdjustment: cad(-4_000) } });
  expect(await timeline.transaction(foreign)).toMatchObject({
    reconciliation: { status: "unrelated" },
    exception: null,
    stripe: { application: "ca_another" },
  });
  const complete = await totalsOf();
  expect(complete).toMatchObject({ netAdjustment: -4_000, disputesDeducted: 1_000, disputeFees: 3_000 });
  // 618 + 900 − 1000 − 3000
  expect(derivedFrom(complete)).toEqual({ unallocated: 0, otherAdjustment: 0, earned: -2_482 });
  const stored = await expectTotals(franchiseeId);
  expect(stored.franchisee).toMatchObject({
    totals: { cad: { count: 2, gross: 1_700, refunded: 0, net: 1_518, netAdjustment: -4_000 } },
    unrelated: { cad: { count: 1, gross: 1_000 } },
    reconciliation: { matched: 1, missing_in_portal: 1, unrelated: 1 },
  });
  expect((await audit(franchiseeId, recordDefaults())).drift).toEqual(new Map());
  await rebuild(franchiseeId, recordDefaults());
  expect(await expectTotals(franchiseeId)).toEqual(stored);
});
