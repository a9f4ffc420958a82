import type Stripe from "stripe";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { BEHAVIOURS } from "../../testing/fake-stripe/behaviour.ts";
import { failPayout, payOut } from "../../testing/fake-stripe/payouts.ts";
import { type PayoutPage, paymentsIn } from "../../src/stripe/payouts.ts";
import { ACCOUNT, ALL_TIME, behave, readerOf, read, order, startStripeAtNoon } from "../support/payment-fixture.ts";
import { connectTo, fakeStripes } from "../support/stripe.ts";

const startStripe = fakeStripes();
let fake: FakeStripe;
beforeEach(async () => {
  fake = await startStripeAtNoon(startStripe);
});

// Stripe's objects refer to each other by ids, which it expands if permitted (docs/stripe-behaviour.md).

/** The fake's own objects refer to each other by ids. */
function textOf(reference: string | object | null | undefined): string {
  if (typeof reference !== "string") throw new Error("The reference is not an id.");
  return reference;
}

describe("a reference that Stripe returns as a bare id", () => {
  type Kind = "payment_intent" | "balance_transaction" | "application_fee" | "transfer" | "arrival" | "arrived";

  /** The unexpanded id, of a destination charge with a fee. */
  function bare(intent: Stripe.PaymentIntent, kind: Kind): string {
    const { books } = fake;
    const charge = books.chargeOf(intent);
    const transfer = books.platform.transfer.referred(charge.transfer);
    const arrival = books.connect(ACCOUNT).charge.referred(transfer?.destination_payment);
    const id = {
      payment_intent: intent.id,
      balance_transaction: charge.balance_transaction,
      application_fee: charge.application_fee,
      transfer: transfer?.id,
      arrival: arrival?.id,
      arrived: arrival?.balance_transaction,
    }[kind];
    if (typeof id !== "string") throw new Error(`There is no ${kind}.`);
    return id;
  }

  const paid = () => fake.books.pay(order({ mode: "destination", applicationFee: 820 }));
  const page = () => readerOf(fake, { mode: "destination" }).chargesPage(ALL_TIME, null);

  test.each<Kind>(["balance_transaction", "application_fee", "transfer"])(
    "to %s fails its payment alone",
    async (kind) => {
      const odd = paid();
      paid();
      const id = bare(odd, kind);
      fake.books.unexpanded.add(id);
      const reason = `Stripe shows only the id of ${id}: the key may lack the permission to read it.`;
      const { results, failures, incomplete } = await page();
      expect([results.length, failures, incomplete]).toEqual([1, [{ stripePaymentId: odd.id, reason }], []]);
      await expect(read(fake, odd, "destination")).rejects.toThrow(reason);
    },
  );

  test.each<Kind>(["arrival", "arrived"])("to %s hides the arrival, as for a closed account", async (kind) => {
    const odd = paid();
    fake.books.unexpanded.add(bare(odd, kind));
    const { results, failures } = await page();
    expect([results.length, failures]).toEqual([1, []]);
    expect(await read(fake, odd, "destination")).toMatchObject({
      feesStatus: "hidden",
      received: null,
      amounts: null,
    });
  });

  test("to payment_intent is used to fetch the payment", async () => {
    const odd = paid();
    paid();
    fake.books.unexpanded.add(odd.id);
    expect(await page()).toMatchObject({ incomplete: [odd.id], failures: [] });
    expect(await read(fake, odd, "destination")).toMatchObject({ feesStatus: "final" });
  });

  test("to latest_charge, and a refund's balance transaction, fails the payment alone", async () => {
    const [one, other] = [fake.books.pay(order({})), fake.books.pay(order({}))];
    fake.books.unexpanded.add(fake.books.chargeOf(one).id);
    const { balance_transaction: balance } = refund(fake.books, other, { amount: 100 });
    fake.books.unexpanded.add(textOf(balance));
    await expect(read(fake, one, "direct")).rejects.toThrow(`only the id of ${fake.books.chargeOf(one).id}`);
    await expect(read(fake, other, "direct")).rejects.toThrow(`only the id of ${textOf(balance)}`);
    const { results, failures } = await readerOf(fake, { mode: "direct" }).chargesPage(ALL_TIME, null);
    expect([results.length, failures.map(({ stripePaymentId }) => stripePaymentId)]).toEqual([1, [other.id]]);
  });
});

describe("the content of a payout", () => {
  async function contentOf(payout: Stripe.Payout): Promise<Omit<PayoutPage, "content">> {
    const all: Omit<PayoutPage, "content"> = { payments: [], unresolved: [] };
    for await (const page of paymentsIn(connectTo(fake), ACCOUNT, payout.id)) {
      all.payments.push(...page.payments);
      all.unresolved.push(...page.unresolved);
    }
    return all;
  }

  test("includes a payment transferred from the platform's balance, by its group", async () => {
    const intent = fake.books.pay(order({ mode: "transfer" }));
    fake.books.addTransfer(intent, 9_000, { isFromBalance: true });
    const payments = [{ stripePaymentId: intent.id, chargedOn: null }];
    expect(await contentOf(payOut(fake.books, ACCOUNT))).toEqual({ payments, unresolved: [] });
  });

  test.each(BEHAVIOURS.failedPayout)("is in the next payout if it fails: %s", async (failedPayout) => {
    behave(fake, { failedPayout });
    const first = fake.books.pay(order({}));
    failPayout(fake.books, ACCOUNT, payOut(fake.books, ACCOUNT));
    failPayout(fake.books, ACCOUNT, payOut(fake.books, ACCOUNT));
    const second = fake.books.pay(order({ mode: "destination" }));
    const { payments, unresolved } = await contentOf(payOut(fake.books, ACCOUNT));
    expect(new Set(payments.map(({ stripePaymentId }) => stripePaymentId))).toEqual(new Set([first.id, second.id]));
    expect(unresolved).toEqual([]);
  });

  test("is unknown for a manual payout, which does not affect the next one", async () => {
    fake.books.pay(order({}));
    failPayout(fake.books, ACCOUNT, payOut(fake.books, ACCOUNT, { automatic: false }));
    const intent = fake.books.pay(order({}));
    const { payments } = await contentOf(payOut(fake.books, ACCOUNT));
    expect(payments.map(({ stripePaymentId }) => stripePaymentId)).toEqual([intent.id]);
  });

  test("is found even if Stripe returns bare ids", async () => {
    const direct = fake.books.pay(order({}));
    const passedOn = fake.books.pay(order({ mode: "destination" }));
    const other = fake.books.pay(order({ mode: "destination" }));
    const { transfer } = fake.books.chargeOf(passedOn);
    fake.books.unexpanded.add(fake.books.chargeOf(direct).id).add(textOf(transfer)).add(fake.books.chargeOf(other).id);
    const { payments, unresolved } = await contentOf(payOut(fake.books, ACCOUNT));
    expect(new Set(payments.map(({ stripePaymentId }) => stripePaymentId))).toEqual(
      new Set([direct.id, passedOn.id, other.id]),
    );
    expect(unresolved).toEqual([]);
  });
});
