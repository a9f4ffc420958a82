import type { StripeBehaviour } from "../../testing/fake-stripe/behaviour.ts";
import type { PaymentSpec } from "../../testing/fake-stripe/payment-spec.ts";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import type { StripeSnapshot } from "../../src/domain/stripe-snapshot.ts";
import { type AccountReader, openAccountReader } from "../../src/stripe/account-reader.ts";
import type { PaymentResult } from "../../src/stripe/payments.ts";
import { connectTo, ownStripe } from "./stripe.ts";

export const ACCOUNT = "acct_1";
export const NOON = Date.parse("2026-11-01T12:00:00Z") / 1000;
export const ALL_TIME = { from: new Date(0), to: new Date("2027-01-01T00:00:00Z") };

/** A Stripe of each test's own; its clock stands at noon. */
export let fake: FakeStripe;
beforeEach(async () => {
  fake = await ownStripe();
  fake.books.clock = () => NOON;
});

/** Has this Stripe follow these results of its documentation. */
export function behave(behaviour: Partial<StripeBehaviour>): void {
  fake.books.behaviour = { ...fake.books.behaviour, ...behaviour };
}

/** A direct payment of 100.00, of which Stripe takes 3.20, unless it is said otherwise. */
export function order(fields: Partial<PaymentSpec>): PaymentSpec {
  return { account: ACCOUNT, mode: "direct", amount: 10_000, stripeFee: 320, ...fields };
}

/** The books of the account that such a payment is charged on. */
export function booksOf({ mode }: { mode: string }): AccountReader {
  return openAccountReader(connectTo(fake), mode === "direct" ? ACCOUNT : null);
}

export function factsOf(reading: PaymentResult | null | undefined): StripeSnapshot {
  if (reading?.kind !== "payment") throw new Error(JSON.stringify(reading));
  expect(reading.franchiseeId).toBe(ACCOUNT);
  return reading.facts;
}

/** What Stripe says of a payment, asked for by its id. */
export async function facts({ id }: { id: string }, mode: string): Promise<StripeSnapshot> {
  return factsOf(await booksOf({ mode }).payment(id));
}
