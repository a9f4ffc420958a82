import type Stripe from "stripe";
import type { StoredEvent } from "./event.ts";

/** The objects that one account sees. */
export interface AccountBooks {
  account: Shelf<Stripe.Account>;
  charge: Shelf<Stripe.Charge>;
  payment_intent: Shelf<Stripe.PaymentIntent>;
  balance_transaction: Shelf<Stripe.BalanceTransaction>;
  transfer: Shelf<Stripe.Transfer>;
  application_fee: Shelf<Stripe.ApplicationFee>;
  refund: Shelf<Stripe.Refund>;
  dispute: Shelf<Stripe.Dispute>;
  payout: Shelf<Stripe.Payout>;
  event: Shelf<StoredEvent>;
  webhook_endpoint: Shelf<Stripe.WebhookEndpoint>;
}

/** Objects of one kind, listed as Stripe lists them: newest first. */
export class Shelf<T extends { id: string; created?: number }> {
  readonly #byId = new Map<string, T>();
  #sorted: T[] | undefined;

  add(object: T): T {
    this.#byId.set(object.id, object);
    this.#sorted = undefined;
    return object;
  }

  get(id: string): T | undefined {
    return this.#byId.get(id);
  }

  /** What a field of another object refers to, which is an id here, for nothing is expanded. */
  referred(reference: string | object | null | undefined): T | undefined {
    return typeof reference === "string" ? this.#byId.get(reference) : undefined;
  }

  delete(id: string): void {
    this.#byId.delete(id);
    this.#sorted = undefined;
  }

  newestFirst(): readonly T[] {
    // Among those of one second, what was made last comes first.
    this.#sorted ??= [...this.#byId.values()].toReversed().toSorted((a, b) => (b.created ?? 0) - (a.created ?? 0));
    return this.#sorted;
  }
}

export function newBooks(): AccountBooks {
  return {
    account: new Shelf(),
    charge: new Shelf(),
    payment_intent: new Shelf(),
    balance_transaction: new Shelf(),
    transfer: new Shelf(),
    application_fee: new Shelf(),
    refund: new Shelf(),
    dispute: new Shelf(),
    payout: new Shelf(),
    event: new Shelf(),
    webhook_endpoint: new Shelf(),
  };
}
