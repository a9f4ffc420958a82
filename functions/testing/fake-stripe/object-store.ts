import type Stripe from "stripe";
import type { StoredEvent } from "./event.ts";

export interface AccountBooks {
  account: ObjectStore<Stripe.Account>;
  charge: ObjectStore<Stripe.Charge>;
  payment_intent: ObjectStore<Stripe.PaymentIntent>;
  balance_transaction: ObjectStore<Stripe.BalanceTransaction>;
  transfer: ObjectStore<Stripe.Transfer>;
  application_fee: ObjectStore<Stripe.ApplicationFee>;
  refund: ObjectStore<Stripe.Refund>;
  dispute: ObjectStore<Stripe.Dispute>;
  payout: ObjectStore<Stripe.Payout>;
  event: ObjectStore<StoredEvent>;
  webhook_endpoint: ObjectStore<Stripe.WebhookEndpoint>;
}

/** Objects of one kind, listed as Stripe does: newest first. */
export class ObjectStore<T extends { id: string; created?: number }> {
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

  /** The object that a field refers to. */
  referred(reference: string | object | null | undefined): T | undefined {
    return typeof reference === "string" ? this.#byId.get(reference) : undefined;
  }

  delete(id: string): void {
    this.#byId.delete(id);
    this.#sorted = undefined;
  }

  newestFirst(): readonly T[] {
    // Of one second, the last one made comes first.
    this.#sorted ??= [...this.#byId.values()].toReversed().toSorted((a, b) => (b.created ?? 0) - (a.created ?? 0));
    return this.#sorted;
  }
}

export function newBooks(): AccountBooks {
  return {
    account: new ObjectStore(),
    charge: new ObjectStore(),
    payment_intent: new ObjectStore(),
    balance_transaction: new ObjectStore(),
    transfer: new ObjectStore(),
    application_fee: new ObjectStore(),
    refund: new ObjectStore(),
    dispute: new ObjectStore(),
    payout: new ObjectStore(),
    event: new ObjectStore(),
    webhook_endpoint: new ObjectStore(),
  };
}
