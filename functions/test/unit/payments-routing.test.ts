import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { BEHAVIOURS } from "../../testing/fake-stripe/behaviour.ts";
import { openAccountReader } from "../../src/stripe/account-reader.ts";
import type { PaymentResult } from "../../src/stripe/payments.ts";
import { ACCOUNT, ALL_TIME, readerOf, read, snapshotOf, order, startStripeAtNoon } from "../support/payment-fixture.ts";
import { NO_DETAILS } from "../support/records.ts";
import { connectTo, fakeStripes } from "../support/stripe.ts";

const startStripe = fakeStripes();
let fake: FakeStripe;
beforeEach(async () => {
  fake = await startStripeAtNoon(startStripe);
});

/** Longer than Stripe's metadata can be. */
const LONG = "x".repeat(501);

describe("a payment with attempts", () => {
  test("has only its last attempt; the others are skipped", async () => {
    const intent = fake.books.createIntent(order({}));
    fake.books.attempt(intent, "failed");
    expect(await read(fake, intent, "direct")).toMatchObject({
      status: "requires_payment_method",
      feesStatus: "pending",
      amounts: null,
    });
    fake.books.attempt(intent);
    const page = await readerOf(fake, { mode: "direct" }).chargesPage(ALL_TIME, null);
    expect(page.skipped).toBe(1);
    expect(page.results.map((reading) => snapshotOf(reading).chargeId)).toEqual([intent.latest_charge]);
  });

  test("has no charge before the first attempt", async () => {
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

  test("has no figures while an attempt is processed", async () => {
    const intent = fake.books.createIntent(order({}));
    fake.books.attempt(intent, "processing");
    expect(await read(fake, intent, "direct")).toMatchObject({
      status: "processing",
      settled: null,
      feesStatus: "pending",
    });
  });
});

describe("a payment without a franchisee", () => {
  const unrouted = async (): Promise<PaymentResult[]> =>
    (await openAccountReader(connectTo(fake), null).chargesPage(ALL_TIME, null)).results;

  test("is the platform's own, if nothing is transferred", async () => {
    const intent = fake.books.pay(order({ mode: "transfer" }));
    Object.assign(fake.books.chargeOf(intent), { transfer_group: null });
    expect(await unrouted()).toEqual([
      { kind: "unrouted", stripePaymentId: intent.id, reason: "no transfer to a franchisee", sharedAmong: [] },
    ]);
  });

  test("is shared by several franchisees", async () => {
    const intent = fake.books.pay(order({ mode: "transfer" }));
    fake.books.addTransfer(intent, 4_000);
    fake.books.addTransfer(intent, 5_000, { destination: "acct_2" });
    expect(await openAccountReader(connectTo(fake), null).payment(intent.id)).toMatchObject({
      reason: "transfers to several franchisees",
    });
  });

  test("is one of several charges of a transfer group; a transfer from one charge belongs to that charge", async () => {
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
      expect(await readerOf(fake, { mode: "transfer" }).payment(id)).toMatchObject({
        reason: "transfers for several charges together",
      });
    }
  });

  test.each(BEHAVIOURS.partialCapture)("is not a payment with a released authorisation: %s", async (partialCapture) => {
    const [one, released] = [order({}), order({})].map((each) =>
      fake.books.createIntent({ ...each, mode: "transfer", transferGroup: "workshop" }),
    );
    if (!one || !released) throw new Error("There are no payments.");
    fake.books.behaviour = { ...fake.books.behaviour, partialCapture };
    fake.books.attempt(released, "requires_capture");
    fake.books.attempt(one);
    fake.books.addTransfer(one, 9_000, { isFromBalance: true });
    const reason = "transfers for several charges together";
    expect(await readerOf(fake, { mode: "transfer" }).payment(one.id)).toMatchObject({ reason });
    fake.books.expire(released);
    expect(await read(fake, one, "transfer")).toMatchObject({ received: { net: 9_000 } });
  });

  test("is not a payment whose only transfer names no charge", async () => {
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
    // On the receiving account, the charge is the arrival of a transfer.
    expect(await readerOf(fake, { mode: "direct" }).chargesPage(ALL_TIME, null)).toMatchObject({
      results: [],
      skipped: 1,
    });
  });

  test("is null if Stripe does not know it", async () => {
    fake.books.connect(ACCOUNT);
    expect(await readerOf(fake, { mode: "direct" }).payment("pi_unknown")).toBeNull();
  });
});

describe("customer and workshop", () => {
  const billing = { name: "Ada", email: "ada@example.com", phone: "555" };

  test("are read from the metadata, else from the billing details", async () => {
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
  ])("are empty if the metadata are invalid: %#", async (metadata) => {
    const intent = fake.books.pay(order({ metadata }));
    expect((await read(fake, intent, "direct")).details).toEqual(NO_DETAILS);
  });
});

describe("only the payment itself fails because of", () => {
  test("fees that do not add up", async () => {
    fake.books.pay(order({}));
    const odd = fake.books.pay(order({}));
    const balance = fake.books
      .connect(ACCOUNT)
      .balance_transaction.referred(fake.books.chargeOf(odd).balance_transaction);
    Object.assign(balance ?? {}, { fee: 321 });
    const message = `The fees of ${balance?.id} add up to 320, but Stripe states 321.`;
    await expect(read(fake, odd, "direct")).rejects.toThrow(message);
    const page = await readerOf(fake, { mode: "direct" }).chargesPage(ALL_TIME, null);
    expect([page.results.length, page.failures]).toEqual([1, [{ stripePaymentId: odd.id, reason: message }]]);
  });

  test("an unknown status", async () => {
    const intent = fake.books.pay(order({}));
    Object.assign(intent, { status: "hesitating" });
    await expect(read(fake, intent, "direct")).rejects.toThrow(
      `${intent.id} has the status hesitating, which is unknown.`,
    );
  });

  test("arrivals in several currencies", async () => {
    const intent = fake.books.pay(order({ mode: "transfer" }));
    fake.books.addTransfer(intent, 4_000);
    const odd = fake.books.addTransfer(intent, 5_000);
    const there = fake.books.connect(ACCOUNT);
    const arrived = there.charge.referred(odd.destination_payment);
    Object.assign(there.balance_transaction.referred(arrived?.balance_transaction) ?? {}, { currency: "usd" });
    await expect(read(fake, intent, "transfer")).rejects.toThrow("reached the franchisee in more currencies than one");
  });
});
