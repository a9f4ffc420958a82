import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { BEHAVIOURS } from "../../testing/fake-stripe/behaviour.ts";
import { openAccountReader } from "../../src/stripe/account-reader.ts";
import type { PaymentResult } from "../../src/stripe/payments.ts";
import { ACCOUNT, ALL_TIME, booksOf, read, snapshotOf, order, startStripeAtNoon } from "../support/payment-fixture.ts";
import { NO_DETAILS } from "../support/records.ts";
import { connectTo, fakeStripes } from "../support/stripe.ts";

const startStripe = fakeStripes();
let fake: FakeStripe;
beforeEach(async () => {
  fake = await startStripeAtNoon(startStripe);
});

/** Longer than Stripe's metadata ever are. */
const LONG = "x".repeat(501);

describe("attempts", () => {
  test("of which the last counts, and the others are skipped", async () => {
    const intent = fake.books.createIntent(order({}));
    fake.books.attempt(intent, "failed");
    expect(await read(fake, intent, "direct")).toMatchObject({
      status: "requires_payment_method",
      feesStatus: "pending",
      amounts: null,
    });
    fake.books.attempt(intent);
    const page = await booksOf(fake, { mode: "direct" }).chargesPage(ALL_TIME, null);
    expect(page.skipped).toBe(1);
    expect(page.results.map((reading) => snapshotOf(reading).chargeId)).toEqual([intent.latest_charge]);
  });

  test("before the first, there is no charge", async () => {
    const intent = fake.books.createIntent(order({ mode: "destination" }));
    expect(await read(fake, intent, "destination")).toMatchObject({
      chargeId: null,
      mode: "destination",
      status: "requires_payment_method",
    });
    fake.books.cancel(intent);
    expect(await read(fake, intent, "destination")).toMatchObject({
      status: "canceled",
      feesStatus: "final",
      amounts: null,
    });
  });

  test("on its way", async () => {
    const intent = fake.books.createIntent(order({}));
    fake.books.attempt(intent, "processing");
    expect(await read(fake, intent, "direct")).toMatchObject({
      status: "processing",
      settled: null,
      feesStatus: "pending",
    });
  });
});

describe("nobody's payment", () => {
  const unrouted = async (): Promise<PaymentResult[]> =>
    (await openAccountReader(connectTo(fake), null).chargesPage(ALL_TIME, null)).results;

  test("is one of the platform's own, which it passes on to nobody", async () => {
    const intent = fake.books.pay(order({ mode: "transfer" }));
    Object.assign(fake.books.chargeOf(intent), { transfer_group: null });
    expect(await unrouted()).toEqual([
      { kind: "unrouted", stripePaymentId: intent.id, reason: "no transfer to a franchisee", sharedAmong: [] },
    ]);
  });

  test("is one that several franchisees share", async () => {
    const intent = fake.books.pay(order({ mode: "transfer" }));
    fake.books.addTransfer(intent, 4_000);
    fake.books.addTransfer(intent, 5_000, { destination: "acct_2" });
    expect(await openAccountReader(connectTo(fake), null).payment(intent.id)).toMatchObject({
      reason: "transfers to several franchisees",
    });
  });

  test("is one of several charges that share a transfer; a transfer from one charge is that one's", async () => {
    const [one, other] = [order({}), order({})].map((each) =>
      fake.books.pay({ ...each, mode: "transfer", transferGroup: "workshop" }),
    );
    if (!one || !other) throw new Error("There are no payments.");
    fake.books.addTransfer(one, 9_000);
    const shared = fake.books.addTransfer(other, 8_000);
    expect(await read(fake, one, "transfer")).toMatchObject({ received: { net: 9_000 } });
    expect(await read(fake, other, "transfer")).toMatchObject({ received: { net: 8_000 } });
    Object.assign(shared, { source_transaction: null });
    for (const { id } of [one, other]) {
      expect(await booksOf(fake, { mode: "transfer" }).payment(id)).toMatchObject({
        reason: "transfers for several charges together",
      });
    }
  });

  test.each(BEHAVIOURS.partialCapture)(
    "is not shared with an authorisation that was released: %s",
    async (partialCapture) => {
      const [one, released] = [order({}), order({})].map((each) =>
        fake.books.createIntent({ ...each, mode: "transfer", transferGroup: "workshop" }),
      );
      if (!one || !released) throw new Error("There are no payments.");
      fake.books.behaviour = { ...fake.books.behaviour, partialCapture };
      fake.books.attempt(released, "requires_capture");
      fake.books.attempt(one);
      fake.books.addTransfer(one, 9_000, { isFromBalance: true });
      const reason = "transfers for several charges together";
      expect(await booksOf(fake, { mode: "transfer" }).payment(one.id)).toMatchObject({ reason });
      fake.books.expire(released);
      expect(await read(fake, one, "transfer")).toMatchObject({ received: { net: 9_000 } });
    },
  );

  test("is not one whose only transfer names no charge", async () => {
    const intent = fake.books.createIntent(order({ mode: "transfer" }));
    fake.books.attempt(intent, "failed");
    fake.books.attempt(intent);
    Object.assign(fake.books.addTransfer(intent, 9_000), { source_transaction: null });
    expect(await read(fake, intent, "transfer")).toMatchObject({ received: { net: 9_000 } });
  });

  test("is a charge without a PaymentIntent", async () => {
    const intent = fake.books.pay(order({ mode: "destination" }));
    Object.assign(fake.books.chargeOf(intent), { payment_intent: null });
    expect(await unrouted()).toEqual([
      { kind: "unrouted", stripePaymentId: null, reason: "no PaymentIntent", sharedAmong: [] },
    ]);
    // On the account that it went to, it is the arrival of a transfer.
    expect(await booksOf(fake, { mode: "direct" }).chargesPage(ALL_TIME, null)).toMatchObject({
      results: [],
      skipped: 1,
    });
  });

  test("is one that Stripe does not know", async () => {
    fake.books.connect(ACCOUNT);
    expect(await booksOf(fake, { mode: "direct" }).payment("pi_unknown")).toBeNull();
  });
});

describe("who paid, and for what", () => {
  const billing = { name: "Ada", email: "ada@example.com", phone: "555" };

  test("from the metadata, else from the billing details", async () => {
    const metadata = {
      name: "Ada Lovelace",
      workshopId: "w1",
      workshopName: "Looms",
      participantCount: "12",
      other: "x",
    };
    const intent = fake.books.pay(order({ billing, metadata }));
    expect((await read(fake, intent, "direct")).details).toEqual({
      ...NO_DETAILS,
      ...billing,
      name: "Ada Lovelace",
      workshopId: "w1",
      workshopName: "Looms",
      participantCount: 12,
    });
  });

  test.each([
    { participantCount: "a dozen" },
    { participantCount: "-1" },
    { participantCount: "1.5" },
    { workshopId: "" },
    { workshopId: LONG },
  ])("nothing from metadata that make no sense: %#", async (metadata) => {
    const intent = fake.books.pay(order({ metadata }));
    expect((await read(fake, intent, "direct")).details).toEqual(NO_DETAILS);
  });
});

describe("books that make no sense are refused, one payment at a time", () => {
  test("fees that do not add up", async () => {
    fake.books.pay(order({}));
    const odd = fake.books.pay(order({}));
    const balance = fake.books
      .connect(ACCOUNT)
      .balance_transaction.referred(fake.books.chargeOf(odd).balance_transaction);
    Object.assign(balance ?? {}, { fee: 321 });
    const message = `The fees of ${balance?.id} add up to 320, but Stripe states 321.`;
    await expect(read(fake, odd, "direct")).rejects.toThrow(message);
    const page = await booksOf(fake, { mode: "direct" }).chargesPage(ALL_TIME, null);
    expect([page.results.length, page.failures]).toEqual([1, [{ stripePaymentId: odd.id, reason: message }]]);
  });

  test("a status that nobody knows", async () => {
    const intent = fake.books.pay(order({}));
    Object.assign(intent, { status: "hesitating" });
    await expect(read(fake, intent, "direct")).rejects.toThrow(
      `${intent.id} has the status hesitating, which is unknown.`,
    );
  });

  test("arrivals in more currencies than one", async () => {
    const intent = fake.books.pay(order({ mode: "transfer" }));
    fake.books.addTransfer(intent, 4_000);
    const odd = fake.books.addTransfer(intent, 5_000);
    const there = fake.books.connect(ACCOUNT);
    const arrived = there.charge.referred(odd.destination_payment);
    Object.assign(there.balance_transaction.referred(arrived?.balance_transaction) ?? {}, { currency: "usd" });
    await expect(read(fake, intent, "transfer")).rejects.toThrow("reached the franchisee in more currencies than one");
  });
});
