import type { StripeBehaviour } from "../../testing/fake-stripe/behaviour.ts";
import type { PaymentSpec } from "../../testing/fake-stripe/payment-spec.ts";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import type { StripeSnapshot } from "../../src/domain/stripe-snapshot.ts";
import { type AccountReader, openAccountReader } from "../../src/stripe/account-reader.ts";
import type { PaymentResult } from "../../src/stripe/payments.ts";
import { connectTo, type StartStripe } from "./stripe.ts";

export const ACCOUNT = "acct_1";
export const NOON = Date.parse("2026-11-01T12:00:00Z") / 1000;
export const ALL_TIME = { from: new Date(0), to: new Date("2027-01-01T00:00:00Z") };

/** Starts a fake Stripe whose clock is stopped at noon. */
export async function startStripeAtNoon(startStripe: StartStripe): Promise<FakeStripe> {
  const fake = await startStripe();
  fake.books.clock = () => NOON;
  return fake;
}

/** Selects readings of Stripe's documentation. */
export function behave(fake: FakeStripe, behaviour: Partial<StripeBehaviour>): void {
  fake.books.behaviour = { ...fake.books.behaviour, ...behaviour };
}

/** By default, a direct payment of 100.00 with a Stripe fee of 3.20. */
export function order(fields: Partial<PaymentSpec>): PaymentSpec {
  return { account: ACCOUNT, mode: "direct", amount: 10_000, stripeFee: 320, ...fields };
}

/** Reads the account that such a payment is charged on. */
export function readerOf(fake: FakeStripe, { mode }: { mode: string }): AccountReader {
  return openAccountReader(connectTo(fake), mode === "direct" ? ACCOUNT : null);
}

export function snapshotOf(reading: PaymentResult | null | undefined): StripeSnapshot {
  if (reading?.kind !== "payment") throw new Error(JSON.stringify(reading));
  expect(reading.franchiseeId).toBe(ACCOUNT);
  return reading.snapshot;
}

/** The Stripe snapshot of a payment. */
export async function read(fake: FakeStripe, { id }: { id: string }, mode: string): Promise<StripeSnapshot> {
  return snapshotOf(await readerOf(fake, { mode }).payment(id));
}
