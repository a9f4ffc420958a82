import type Stripe from "stripe";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { counterDispute, dispute, failRefund, refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { payOut } from "../../testing/fake-stripe/payouts.ts";
import { UnreadablePaymentError } from "../../src/stripe/expansion.ts";
import { openAccountReader } from "../../src/stripe/account-reader.ts";
import { paymentsIn } from "../../src/stripe/payouts.ts";
import { ACCOUNT, ALL_TIME, behave, order, startStripeAtNoon } from "../support/payment-fixture.ts";
import { connectTo, fakeStripes } from "../support/stripe.ts";

const startStripe = fakeStripes();
let fake: FakeStripe;
beforeEach(async () => {
  fake = await startStripeAtNoon(startStripe);
  // These readings need the most objects.
  behave(fake, { partialCapture: "reversal with refund", partialTransfer: "whole, then reversed" });
});

// Any of Stripe's objects may be returned as a bare id: then at most its own payment fails, and its reason is the id.

const CAD = { currency: "cad", rate: 1.4 };

const MODES = ["direct", "destination", "transfer"] as const;
type Mode = (typeof MODES)[number];

/** A payment that a list shows completely, unless it has separate transfers. */
function plain(mode: Mode): Stripe.PaymentIntent {
  const intent = fake.books.pay(order({ mode, ...(mode !== "transfer" && { applicationFee: 500 }) }));
  if (mode === "transfer") fake.books.addTransfer(intent, 5_000);
  return intent;
}

/** A payment in US dollars that was captured in part, then refunded with its fee, disputed and countered. */
function eventful(mode: Mode): Stripe.PaymentIntent {
  const { books } = fake;
  const fee = mode === "transfer" ? {} : { applicationFee: 500 };
  const intent = books.createIntent(order({ mode, currency: "usd", settlement: CAD, arrival: CAD, ...fee }));
  books.attempt(intent, "requires_capture");
  books.capture(intent, 7_000);
  if (mode === "transfer") books.addTransfer(intent, 5_000, { isFromBalance: true });
  failRefund(books, intent, refund(books, intent, { amount: 300 }));
  refund(books, intent, { amount: 1_000, reverseTransfer: mode === "destination", refundFee: mode !== "transfer" });
  counterDispute(books, intent, dispute(books, intent));
  return intent;
}

const KINDS = [
  "charge",
  "payment_intent",
  "balance_transaction",
  "application_fee",
  "transfer",
  "refund",
  "dispute",
] as const;

const READ_LATER = "read one by one";

/** What is read of every payment, by `list` or `get` and its id, and of everything else. */
async function readAll(
  payments: readonly { id: string; account: string | null }[],
  payout: string,
): Promise<Map<string, unknown>> {
  const connection = connectTo(fake);
  const seen = new Map<string, unknown>();
  const withoutTime = (reading: object | null) =>
    JSON.stringify(reading, (key, value: unknown) => (key === "asOf" ? null : value));
  for (const account of [null, ACCOUNT]) {
    const reader = openAccountReader(connection, account);
    const { results, incomplete, failures } = await reader.chargesPage(ALL_TIME, null);
    for (const one of results) if (one.stripePaymentId) seen.set(`list ${one.stripePaymentId}`, withoutTime(one));
    for (const id of incomplete) seen.set(`list ${id}`, READ_LATER);
    for (const { stripePaymentId, reason } of failures) seen.set(`list ${stripePaymentId}`, new Error(reason));
    seen.set(`updated on ${account}`, (await reader.updatedPayments(ALL_TIME, ALL_TIME.to)).toSorted());
  }
  for (const { id, account } of payments) {
    const reading = openAccountReader(connection, account).payment(id).then(withoutTime);
    const result = await reading.catch((error: unknown) => {
      if (error instanceof UnreadablePaymentError) return error;
      throw error;
    });
    seen.set(`get ${id}`, result);
  }
  const paid = new Set<string>();
  for await (const page of paymentsIn(connection, ACCOUNT, payout)) {
    expect(page.unresolved).toEqual([]);
    for (const { stripePaymentId } of page.payments) paid.add(stripePaymentId);
  }
  return seen.set("paid out", [...paid].toSorted());
}

test.each(MODES.flatMap((mode) => [plain, eventful].map((pay) => [mode, pay.name, pay] as const)))(
  "each object of a %s charge (%s), as a bare id, fails at most its own payment",
  async (mode, _name, pay) => {
    const account = mode === "direct" ? ACCOUNT : null;
    const other = { id: fake.books.pay(order({ mode: "destination", applicationFee: 500 })).id, account: null };
    const places = [fake.books.platform, fake.books.connect(ACCOUNT)];
    const all = (): Set<string> =>
      new Set(places.flatMap((place) => KINDS.flatMap((kind) => place[kind].newestFirst().map(({ id }) => id))));
    const before = all();
    const own = { id: pay(mode).id, account };
    const payout = payOut(fake.books, ACCOUNT).id;
    const ids = all().difference(before);
    expect(ids.size).toBeGreaterThan(3);

    const right = await readAll([own, other], payout);
    let failed = 0;
    for (const id of ids) {
      fake.books.unexpanded.clear();
      fake.books.unexpanded.add(id);
      const seen = await readAll([own, other], payout);
      for (const [what, expected] of right) {
        const found = seen.get(what);
        if (found instanceof Error) {
          failed += 1;
          expect([what, found.message]).toEqual([expect.stringContaining(own.id), expect.stringContaining(id)]);
        } else if (found !== expected && what.endsWith(own.id)) {
          // A list leaves the payment to a request of its own; a closed account hides what arrived.
          expect(found).toMatch(/^read one by one$|"feesStatus":"hidden"/);
        } else expect([what, found]).toEqual([what, expected]);
      }
    }
    expect(failed).toBeGreaterThan(1);
  },
  60_000,
);
