import type Stripe from "stripe";
import type { StoredEvent } from "./objects.ts";

/** Objects of one kind, listed newest first. */
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

  /** Resolves a reference. */
  referred(reference: string | object | null | undefined): T | undefined {
    return typeof reference === "string" ? this.#byId.get(reference) : undefined;
  }

  delete(id: string): void {
    this.#byId.delete(id);
    this.#sorted = undefined;
  }

  newestFirst(): readonly T[] {
    // Within a second, the last created comes first.
    this.#sorted ??= [...this.#byId.values()].toReversed().toSorted((a, b) => (b.created ?? 0) - (a.created ?? 0));
    return this.#sorted;
  }
}

export type AccountObjects = ReturnType<typeof newAccountObjects>;

/** The objects of one account. */
export function newAccountObjects() {
  return {
    account: new ObjectStore<Stripe.Account>(),
    charge: new ObjectStore<Stripe.Charge>(),
    payment_intent: new ObjectStore<Stripe.PaymentIntent>(),
    balance_transaction: new ObjectStore<Stripe.BalanceTransaction>(),
    transfer: new ObjectStore<Stripe.Transfer>(),
    application_fee: new ObjectStore<Stripe.ApplicationFee>(),
    refund: new ObjectStore<Stripe.Refund>(),
    dispute: new ObjectStore<Stripe.Dispute>(),
    payout: new ObjectStore<Stripe.Payout>(),
    external_account: new ObjectStore<Stripe.BankAccount | Stripe.Card>(),
    event: new ObjectStore<StoredEvent>(),
    webhook_endpoint: new ObjectStore<Stripe.WebhookEndpoint>(),
  };
}
