import { readFileSync } from "node:fs";
import { join } from "node:path";
import type Stripe from "stripe";
import { z } from "zod";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import {
  closeDispute,
  counterDispute,
  dispute,
  failRefund,
  refund,
} from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { BEHAVIOURS, DOCUMENTED } from "../../testing/fake-stripe/behaviour.ts";
import { reverseTransfer } from "../../testing/fake-stripe/reversals.ts";
import type { AccountObjects } from "../../testing/fake-stripe/object-store.ts";
import { ROOT } from "../../tools/cli/paths.ts";
import type { AdjustmentParts } from "../../src/domain/adjustments.ts";
import { keptOf } from "../../src/domain/kept.ts";
import { figuresIn, isStripeFeeStated, keptOf as keptOfSnapshot } from "../../src/domain/stripe-snapshot.ts";
import { ACCOUNT, ALL_TIME, readerOf, read, snapshotOf, startStripeAtNoon } from "../support/payment-fixture.ts";
import { fakeStripes } from "../support/stripe.ts";

const startStripe = fakeStripes();
let fake: FakeStripe;
beforeEach(async () => {
  fake = await startStripeAtNoon(startStripe);
});

// docs/money-vectors.json is computed by hand from Stripe's documentation. The fake Stripe has to book the same, and
// the figures have to be the same when they are read from the fake by the official SDK over HTTP.

const fees = z.array(z.strictObject({ type: z.string(), amount: z.int() }));
const balance = z.strictObject({
  type: z.string(),
  reporting_category: z.string(),
  currency: z.string(),
  amount: z.int(),
  fee_details: fees,
  net: z.int(),
});
const behaviourSchema = z.strictObject({
  partialCapture: z.enum(BEHAVIOURS.partialCapture).exactOptional(),
  failedRefund: z.enum(BEHAVIOURS.failedRefund).exactOptional(),
  feeRefund: z.enum(BEHAVIOURS.feeRefund).exactOptional(),
  platformPaidFee: z.enum(BEHAVIOURS.platformPaidFee).exactOptional(),
});
const rate = z.strictObject({ currency: z.string(), rate: z.number() });

const happening = z.union([
  z.strictObject({ authorize: z.literal(true) }),
  z.strictObject({ capture: z.int() }),
  z.strictObject({ captureSome: z.int() }),
  z.strictObject({ transfer: z.strictObject({ amount: z.int(), isFromBalance: z.literal(true).exactOptional() }) }),
  z.strictObject({
    refund: z.strictObject({
      amount: z.int(),
      reverseTransfer: z.literal(true).exactOptional(),
      refundFee: z.literal(true).exactOptional(),
    }),
  }),
  z.strictObject({ failRefund: z.literal(true) }),
  z.strictObject({ reverse: z.int() }),
  z.strictObject({ dispute: z.literal(true) }),
  z.strictObject({ counterDispute: z.literal(true) }),
  z.strictObject({ closeDispute: z.enum(["won", "lost"]) }),
]);

const vectorSchema = z.strictObject({
  id: z.string(),
  title: z.string(),
  sources: z.array(z.url()).min(1),
  mode: z.enum(["direct", "destination", "transfer"]),
  payment: z.strictObject({
    amount: z.int(),
    currency: z.string(),
    applicationFee: z.int().exactOptional(),
    transferAmount: z.int().exactOptional(),
    feesPayer: z.literal("application").exactOptional(),
    otherFees: fees.exactOptional(),
    settlement: rate.exactOptional(),
    arrival: rate.exactOptional(),
  }),
  happenings: z.array(happening),
  behaviour: behaviourSchema.exactOptional(),
  balanceTransactions: z.strictObject({ franchisee: z.array(balance), platform: z.array(balance) }),
  figures: z.strictObject({
    currency: z.string(),
    gross: z.int(),
    stripeFee: z.int().nullable(),
    platformFee: z.int().nullable(),
    net: z.int(),
    netAdjustment: z.int(),
    refundsDeducted: z.int(),
    disputesDeducted: z.int(),
    disputeFees: z.int(),
    feesReturned: z.int(),
    earned: z.int(),
    refunded: z.int(),
  }),
});
type Vector = z.infer<typeof vectorSchema>;

const { vectors } = z
  .strictObject({ about: z.string(), vectors: z.array(vectorSchema) })
  .parse(JSON.parse(readFileSync(join(ROOT, "docs/money-vectors.json"), "utf8")));

function play({ mode, payment, happenings, behaviour }: Vector): Stripe.PaymentIntent {
  const { books } = fake;
  books.behaviour = { ...DOCUMENTED, ...behaviour };
  const { feesPayer, ...order } = payment;
  books.connect(ACCOUNT, feesPayer);
  const intent = books.createIntent({ ...order, account: ACCOUNT, mode });
  if (!happenings.some((one) => "authorize" in one)) books.attempt(intent);
  const lastRefund = (): Stripe.Refund => required(homeOf(mode).refund.newestFirst()[0]);
  const lastDispute = (): Stripe.Dispute => required(homeOf(mode).dispute.newestFirst()[0]);
  for (const one of happenings) {
    if ("authorize" in one) books.attempt(intent, "requires_capture");
    else if ("capture" in one) books.capture(intent, one.capture);
    else if ("captureSome" in one) books.captureSome(intent, one.captureSome);
    else if ("transfer" in one) books.addTransfer(intent, one.transfer.amount, one.transfer);
    else if ("refund" in one) refund(books, intent, one.refund);
    else if ("failRefund" in one) failRefund(books, intent, lastRefund());
    else if ("reverse" in one) reverseTransfer(books, intent, one.reverse);
    else if ("dispute" in one) dispute(books, intent);
    else if ("counterDispute" in one) counterDispute(books, intent, lastDispute());
    else closeDispute(books, intent, lastDispute(), one.closeDispute);
  }
  return intent;
}

type Parts = Pick<AdjustmentParts, "refunds" | "disputes" | "disputeFees" | "feesReturned">;

function deductionsIn({ refunds, disputes, disputeFees, feesReturned }: Parts = NO_PARTS) {
  return {
    refundsDeducted: 0 - refunds,
    disputesDeducted: 0 - disputes,
    disputeFees: 0 - disputeFees,
    feesReturned,
  };
}

const NO_PARTS: Parts = { refunds: 0, disputes: 0, disputeFees: 0, feesReturned: 0 };

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("The value is missing.");
  return value;
}

const homeOf = (mode: string): AccountObjects =>
  mode === "direct" ? fake.books.connect(ACCOUNT) : fake.books.platform;

/** The balance transactions except transfers and their reversals, in any order, each as the vector writes it. */
function booked(books: AccountObjects): string[] {
  return books.balance_transaction
    .newestFirst()
    .filter(({ type }) => type !== "transfer" && type !== "transfer_refund")
    .map(({ type, reporting_category, currency, amount, fee_details, net }) =>
      line({
        type,
        reporting_category,
        currency,
        amount,
        fee_details: fee_details.map((fee) => ({ type: fee.type, amount: fee.amount })),
        net,
      }),
    )
    .toSorted();
}

function movementsOf(books: AccountObjects): Parameters<typeof keptOf>[0] {
  return books.balance_transaction
    .newestFirst()
    .map(({ reporting_category, balance_type, currency, amount, fee, net, source, description }) => {
      const from = typeof source === "string" ? source : null;
      const [reportingCategory, balanceType] = [reporting_category, balance_type];
      return { reportingCategory, balanceType, currency, amount, fee, net, source: from, description };
    });
}

const line = (one: z.infer<typeof balance>): string => JSON.stringify(one);

test.each(vectors.map((vector) => [vector.id, vector] as const))(
  "%s has the figures of the vector",
  async (_id, vector) => {
    const { figures, balanceTransactions, mode } = vector;
    const intent = play(vector);
    expect({ franchisee: booked(fake.books.connect(ACCOUNT)), platform: booked(fake.books.platform) }).toEqual({
      franchisee: balanceTransactions.franchisee.map(line).toSorted(),
      platform: balanceTransactions.platform.map(line).toSorted(),
    });

    const seen = await read(fake, intent, mode);
    const amounts = figuresIn(seen, figures.currency);
    const isStated = isStripeFeeStated(seen);
    expect({
      currency: seen.netAdjustment?.currency,
      gross: amounts.amount_total,
      stripeFee: isStated ? amounts.amount_stripe_fee : null,
      platformFee: isStated ? amounts.amount_platform_fee : null,
      net: amounts.amount_franchisee_net,
      netAdjustment: seen.netAdjustment?.amount,
      ...deductionsIn(seen.adjustmentParts[0]),
      earned: keptOfSnapshot(seen)?.[0]?.amount ?? 0,
      refunded: seen.amountRefunded,
    }).toEqual(figures);
    expect([seen.feesStatus, seen.otherAdjustments]).toEqual(["final", []]);
    expect(seen.adjustmentParts.map(({ currency, other }) => [currency, other])).toEqual(
      figures.netAdjustment === 0 ? [] : [[figures.currency, 0]],
    );

    // The movements on the balance, which name their object or describe what they are for, have the same parts.
    expect(keptOf(movementsOf(fake.books.connect(ACCOUNT)))).toEqual([
      {
        currency: figures.currency,
        payment: figures.net,
        refunds: 0 - figures.refundsDeducted,
        disputes: 0 - figures.disputesDeducted,
        disputeFees: 0 - figures.disputeFees,
        feesReturned: figures.feesReturned,
        other: 0,
        kept: figures.earned,
      },
    ]);

    // A page of charges has the same figures, or states that the payment has to be fetched.
    const page = await readerOf(fake, { mode }).chargesPage(ALL_TIME, null);
    const [reading] = page.results;
    if (page.incomplete.length > 0) expect([page.incomplete, page.results]).toEqual([[intent.id], []]);
    else expect({ ...snapshotOf(reading), asOf: null }).toEqual({ ...seen, asOf: null });
  },
);

test.each(vectors.map((vector) => [vector.id, vector] as const))("%s adds up", (_id, { figures, ...vector }) => {
  const theirs = vector.balanceTransactions.franchisee;
  expect(theirs.reduce((sum, { net }) => sum + net, 0)).toBe(figures.net + figures.netAdjustment);
  const { net, netAdjustment, refundsDeducted, disputesDeducted, disputeFees, feesReturned, earned } = figures;
  expect(feesReturned - refundsDeducted - disputesDeducted - disputeFees).toBe(netAdjustment);
  expect(net - refundsDeducted - disputesDeducted - disputeFees + feesReturned).toBe(earned);
  expect(new Set(theirs.map(({ currency }) => currency))).toEqual(new Set([figures.currency]));
  if (figures.stripeFee === null) return;
  expect(figures.stripeFee + (figures.platformFee ?? 0) + figures.net).toBe(figures.gross);
});
