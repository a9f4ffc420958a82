import type Stripe from "stripe";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { closeDispute, counterDispute, dispute } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { BEHAVIOURS } from "../../testing/fake-stripe/behaviour.ts";
import { ACCOUNT, behave, read, NOON, order, startStripeAtNoon } from "../support/payment-fixture.ts";
import { fakeStripes } from "../support/stripe.ts";

const startStripe = fakeStripes();
let fake: FakeStripe;
beforeEach(async () => {
  fake = await startStripeAtNoon(startStripe);
});

// The fee for countering a dispute, in each reading of how Stripe books it (docs/stripe-behaviour.md). Every figure is
// computed by hand.

const cad = (amount: number) => ({ currency: "cad", amount });

describe.each(BEHAVIOURS.counteredFee)("the fee for countering a dispute, booked by %s", (counteredFee) => {
  beforeEach(() => behave(fake, { counteredFee }));

  test("is charged to the franchisee, and returned if the dispute is won", async () => {
    const intents = Array.from({ length: 3 }, () => fake.books.pay(order({})));
    const [lost, won, plain] = intents.map((intent) => ({ intent, open: dispute(fake.books, intent) }));
    if (!lost || !won || !plain) throw new Error("There are no disputes.");
    for (const { intent, open } of [lost, won]) counterDispute(fake.books, intent, open);
    closeDispute(fake.books, lost.intent, lost.open, "lost");
    closeDispute(fake.books, won.intent, won.open, "won");
    // 9680 − 10000 − 1500 − 1500 = −3320, the change of the account's balance.
    const seen = await read(fake, lost.intent, "direct");
    expect([seen.settled?.net, seen.netAdjustment]).toEqual([9_680, cad(-13_000)]);
    expect((await read(fake, won.intent, "direct")).netAdjustment).toEqual(cad(-1_500));
    expect((await read(fake, plain.intent, "direct")).netAdjustment).toEqual(cad(-11_500));
  });

  test("is charged to the platform for a charge on its own account", async () => {
    const intent = fake.books.pay(order({ mode: "destination", applicationFee: 820 }));
    counterDispute(fake.books, intent, dispute(fake.books, intent));
    expect((await read(fake, intent, "destination")).netAdjustment).toEqual(cad(0));
  });
});

describe("a fee for countering that names no dispute", () => {
  let now = NOON;
  beforeEach(() => {
    now = NOON;
    fake.books.clock = () => now;
  });
  const after = (days: number) => void (now += days * 86_400);
  const disputed = (fields: Partial<Stripe.Dispute> = {}) => {
    const intent = fake.books.pay(order({}));
    return { intent, open: Object.assign(dispute(fake.books, intent), fields) };
  };
  const counter = ({ intent, open }: ReturnType<typeof disputed>) => counterDispute(fake.books, intent, open);
  const adjustment = async ({ intent }: ReturnType<typeof disputed>) =>
    (await read(fake, intent, "direct")).netAdjustment;
  /** Removes the fee: it was waived, or is billed later. */
  function removeFee(fee: (typeof fake.books)["platform"], { intent }: ReturnType<typeof disputed>): void {
    for (const { id, type } of fee.balance_transaction.newestFirst()) {
      if (type === "stripe_fee" && fake.books.bookedFor.get(id) === intent.id) fee.balance_transaction.delete(id);
    }
  }

  test.each<[string, Partial<Stripe.Dispute>]>([
    ["an inquiry that was answered", { status: "warning_closed" }],
    ["a dispute from before the fee was introduced", { created: Date.parse("2025-06-10T00:00:00Z") / 1000 }],
  ])("does not belong to %s", async (_what, fields) => {
    const other = disputed();
    other.open.evidence_details.submission_count = 1;
    Object.assign(other.open, fields);
    after(1);
    const real = disputed();
    after(2);
    counter(real);
    expect([await adjustment(other), await adjustment(real)]).toEqual([cad(-11_500), cad(-13_000)]);
  });

  test("does not belong to a dispute that was countered later and is not billed yet", async () => {
    const early = disputed();
    after(1);
    const later = disputed();
    after(3);
    counter(later);
    after(2);
    counter(early);
    removeFee(fake.books.connect(ACCOUNT), early);
    expect([await adjustment(early), await adjustment(later)]).toEqual([cad(-11_500), cad(-13_000)]);
  });

  test("belongs to a dispute that was countered after the evidence was due", async () => {
    const late = disputed();
    // Due after a week.
    after(9);
    counter(late);
    // −100.00 − 15.00 − 15.00.
    expect(await adjustment(late)).toEqual(cad(-13_000));
  });

  test("belongs, when it is returned, to a dispute that was billed and won", async () => {
    const free = disputed();
    after(1);
    counter(free);
    removeFee(fake.books.connect(ACCOUNT), free);
    const won = disputed();
    after(1);
    counter(won);
    for (const { intent, open } of [free, won]) closeDispute(fake.books, intent, open, "won");
    expect(await adjustment(won)).toEqual(cad(-1_500));
  });
});
