import type Stripe from "stripe";
import { newAccount, newId, newIntent } from "./objects.ts";
import { chargeFor, type PaymentOrder } from "./orders.ts";
import { type Places, settle, transfer } from "./settlement.ts";
import { type AccountBooks, newBooks, type StoredEvent } from "./shelf.ts";

const API_VERSION = "2026-10-28.endive";

/** Stripe's books of a platform and its connected accounts, in test mode. */
export class FakeBooks {
  readonly #accounts = new Map<string, AccountBooks>();
  readonly #deauthorized = new Set<string>();
  readonly #orders = new Map<string, PaymentOrder>();
  readonly platform = newBooks();
  /** The time in seconds; set it to a function of your own to turn the clock. */
  clock: () => number = () => Math.floor(Date.now() / 1000);

  /** Connects an account to the platform, if it is not yet. */
  connect(id: string): AccountBooks {
    const known = this.#accounts.get(id);
    if (known) return known;
    const books = newBooks();
    this.#accounts.set(id, books);
    this.platform.account.add(newAccount(id, this.clock()));
    return books;
  }

  /** The account withdraws its authorisation: the platform can no longer see it. */
  deauthorize(id: string): void {
    this.#deauthorized.add(id);
    this.platform.account.delete(id);
  }

  /** What a request with this account header sees; undefined where there is no such account for the platform. */
  booksOf(account: string | null): AccountBooks | undefined {
    if (account === null) return this.platform;
    return this.#deauthorized.has(account) ? undefined : this.#accounts.get(account);
  }

  /** A PaymentIntent that nobody has tried to pay yet. */
  order(order: PaymentOrder): Stripe.PaymentIntent {
    const { amount, currency = "cad", createdAt = this.clock(), metadata = {}, mode, account } = order;
    this.connect(account);
    const isDestination = mode === "destination";
    const intent = newIntent({
      amount,
      currency,
      metadata,
      created: createdAt,
      application_fee_amount: order.applicationFee ?? null,
      on_behalf_of: order.onBehalfOf === true ? account : null,
      transfer_data: isDestination
        ? { destination: account, ...(order.transferAmount !== undefined && { amount: order.transferAmount }) }
        : null,
      transfer_group: order.transferGroup ?? (mode === "transfer" ? newId("group") : null),
    });
    return this.adopt(intent, order);
  }

  /** A PaymentIntent that was made elsewhere. */
  adopt(intent: Stripe.PaymentIntent, order: PaymentOrder): Stripe.PaymentIntent {
    this.#orders.set(intent.id, order);
    return this.home(order).payment_intent.add(intent);
  }

  /** An attempt to pay: it goes through, fails, or is on its way (a bank debit) until it is attempted again. */
  attempt(intent: Stripe.PaymentIntent, outcome: "succeeded" | "failed" | "processing" = "succeeded"): Stripe.Charge {
    const order = this.orderOf(intent);
    const home = this.home(order);
    const under = home.charge.referred(intent.latest_charge);
    const charge = under?.status === "pending" ? under : home.charge.add(chargeFor(intent, order, this.clock()));
    intent.latest_charge = charge.id;
    if (outcome === "failed") {
      Object.assign(charge, { status: "failed", failure_code: "card_declined" });
      intent.status = "requires_payment_method";
      this.tell(order, "charge.failed", charge);
      this.tell(order, "payment_intent.payment_failed", intent);
      return charge;
    }
    if (outcome === "processing") {
      intent.status = "processing";
      this.tell(order, "payment_intent.processing", intent);
      return charge;
    }
    Object.assign(charge, { status: "succeeded", paid: true, captured: true, amount_captured: charge.amount });
    Object.assign(intent, { status: "succeeded", amount_received: charge.amount });
    const isLate = order.settles === "late";
    if (!isLate) settle(this.#placesOf(order), charge, order);
    this.tell(order, "charge.succeeded", charge);
    this.tell(order, "payment_intent.succeeded", intent);
    return charge;
  }

  /** A payment that goes through. */
  pay(order: PaymentOrder): Stripe.PaymentIntent {
    const intent = this.order(order);
    this.attempt(intent);
    return intent;
  }

  cancel(intent: Stripe.PaymentIntent): void {
    Object.assign(intent, { status: "canceled", canceled_at: this.clock() });
    this.tell(this.orderOf(intent), "payment_intent.canceled", intent);
  }

  /** Writes what Stripe writes late. */
  settle(intent: Stripe.PaymentIntent): void {
    const order = this.orderOf(intent);
    const charge = this.chargeOf(intent);
    settle(this.#placesOf(order), charge, order);
    this.tell(order, "charge.updated", charge);
  }

  /** A transfer of its own (separate charges and transfers), to the franchisee of the order if it is not said. */
  addTransfer(intent: Stripe.PaymentIntent, amount: number, destination?: string): Stripe.Transfer {
    const order = this.orderOf(intent);
    const charge = this.chargeOf(intent);
    const places = { ...this.#placesOf(order), ...(destination !== undefined && { there: this.connect(destination) }) };
    const passedOn = { amount, currency: charge.currency, ...(destination !== undefined && { destination }) };
    return transfer(places, charge, order, passedOn);
  }

  #placesOf(order: PaymentOrder): Places {
    return { home: this.home(order), platform: this.platform, there: this.connect(order.account) };
  }

  /** The latest charge of a PaymentIntent. */
  chargeOf(intent: Stripe.PaymentIntent): Stripe.Charge {
    const charge = this.home(this.orderOf(intent)).charge.referred(intent.latest_charge);
    if (!charge) throw new Error(`${intent.id} has no charge.`);
    return charge;
  }

  /** The PaymentIntent of this id, wherever it is. */
  intent(id: string): Stripe.PaymentIntent | undefined {
    const order = this.#orders.get(id);
    return order && this.home(order).payment_intent.get(id);
  }

  orderOf({ id }: Stripe.PaymentIntent): PaymentOrder {
    const order = this.#orders.get(id);
    if (!order) throw new Error(`${id} was not ordered here.`);
    return order;
  }

  /** The books of the account that it is charged on. */
  home({ mode, account }: PaymentOrder): AccountBooks {
    return mode === "direct" ? this.connect(account) : this.platform;
  }

  /** Stripe's own record of what happened; the object is as it was at that moment. */
  tell(order: PaymentOrder, type: Stripe.Event.Type, object: object): void {
    const isDirect = order.mode === "direct";
    const event: StoredEvent = {
      id: newId("evt"),
      object: "event",
      api_version: API_VERSION,
      created: this.clock(),
      livemode: false,
      pending_webhooks: 0,
      request: null,
      type,
      ...(isDirect && { account: order.account }),
      data: { object: structuredClone(object) },
    };
    this.home(order).event.add(event);
  }
}
