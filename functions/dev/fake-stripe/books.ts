import type Stripe from "stripe";
import { newEvent, type StoredEvent } from "./event.ts";
import { newAccount, newId, newIntent, newRefund } from "./objects.ts";
import { chargeFor, type PaymentOrder } from "./orders.ts";
import { type Places, settle, transfer } from "./settlement.ts";
import { type AccountBooks, newBooks } from "./shelf.ts";

/** How an attempt to pay can end; one that `requires_action` of the customer has made no charge yet. */
type Outcome = "succeeded" | "failed" | "processing" | "requires_capture";

/** Stripe's books of a platform and its connected accounts, in test mode. */
export class FakeBooks {
  readonly #accounts = new Map<string, AccountBooks>();
  readonly #deauthorized = new Set<string>();
  readonly #orders = new Map<string, PaymentOrder>();
  readonly platform = newBooks();
  /** The balance transactions that each payout is made of, by their ids. */
  readonly paidOut = new Map<string, ReadonlySet<string>>();
  /** The time in seconds; set it to a function of your own to turn the clock. */
  clock: () => number = () => Math.floor(Date.now() / 1000);
  /** Hears of every event once it is stored. Whoever delivers it sets its `pending_webhooks` to 0. */
  onEvent: ((event: StoredEvent) => void) | undefined;

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

  /**
   * An attempt to pay: it goes through, fails, waits to be captured, or is on its way (a bank debit) until it is attempted
   * again.
   */
  attempt(intent: Stripe.PaymentIntent, outcome?: Outcome): Stripe.Charge;
  attempt(intent: Stripe.PaymentIntent, outcome: "requires_action"): null;
  attempt(intent: Stripe.PaymentIntent, outcome: Outcome | "requires_action" = "succeeded"): Stripe.Charge | null {
    const order = this.orderOf(intent);
    if (outcome === "requires_action") {
      Object.assign(intent, { status: outcome, next_action: { type: "use_stripe_sdk" } });
      this.tell(order, "payment_intent.requires_action", intent);
      return null;
    }
    const home = this.home(order);
    const under = home.charge.referred(intent.latest_charge);
    const charge = under?.status === "pending" ? under : home.charge.add(chargeFor(intent, order, this.clock()));
    Object.assign(intent, { latest_charge: charge.id, next_action: null, last_payment_error: null });
    if (outcome === "failed") {
      const [code, message] = ["card_declined", "Your card was declined."];
      Object.assign(charge, { status: "failed", failure_code: code, failure_message: message });
      intent.status = "requires_payment_method";
      intent.last_payment_error = { type: "card_error", charge: charge.id, code, message };
      this.tell(order, "charge.failed", charge);
      this.tell(order, "payment_intent.payment_failed", intent);
    } else if (outcome === "processing") {
      intent.status = "processing";
      this.tell(order, "payment_intent.processing", intent);
    } else if (outcome === "requires_capture") {
      Object.assign(charge, { status: "succeeded", paid: true });
      Object.assign(intent, { status: outcome, capture_method: "manual", amount_capturable: charge.amount });
      this.tell(order, "charge.succeeded", charge);
    } else {
      Object.assign(charge, { status: "succeeded", paid: true });
      this.#take(intent, charge, charge.amount);
      this.tell(order, "charge.succeeded", charge);
      this.tell(order, "payment_intent.succeeded", intent);
    }
    return charge;
  }

  /** Takes what an attempt has reserved, or a part of it; the rest is let go, which Stripe counts as refunded. */
  capture(intent: Stripe.PaymentIntent, amount = intent.amount_capturable): Stripe.Charge {
    const charge = this.#reserved(intent);
    if (amount <= 0 || amount > charge.amount) throw new Error("There is not so much to capture.");
    charge.amount_refunded = charge.amount - amount;
    this.#take(intent, charge, amount);
    this.tell(this.orderOf(intent), "charge.captured", charge);
    this.tell(this.orderOf(intent), "payment_intent.succeeded", intent);
    return charge;
  }

  /** Nobody has captured it in time. */
  expire(intent: Stripe.PaymentIntent): void {
    const charge = this.#letGo(intent, "expired_uncaptured_charge");
    this.tell(this.orderOf(intent), "charge.expired", charge);
    this.#close(intent, "automatic");
  }

  #reserved(intent: Stripe.PaymentIntent): Stripe.Charge {
    if (intent.status !== "requires_capture") throw new Error(`${intent.id} has nothing to capture.`);
    return this.chargeOf(intent);
  }

  #letGo(intent: Stripe.PaymentIntent, reason: Stripe.Refund.Reason | null): Stripe.Charge {
    const charge = this.#reserved(intent);
    const { amount, currency } = charge;
    Object.assign(charge, { refunded: true, amount_refunded: amount });
    const given = { amount, currency, reason, charge: charge.id, created: this.clock(), payment_intent: intent.id };
    this.home(this.orderOf(intent)).refund.add(newRefund(given));
    return charge;
  }

  #take(intent: Stripe.PaymentIntent, charge: Stripe.Charge, amount: number): void {
    Object.assign(charge, { captured: true, amount_captured: amount });
    Object.assign(intent, { status: "succeeded", amount_received: amount, amount_capturable: 0 });
    if (this.orderOf(intent).settles !== "late") this.#settle(intent);
  }

  #settle(intent: Stripe.PaymentIntent): void {
    const order = this.orderOf(intent);
    const charge = this.chargeOf(intent);
    settle(this.#placesOf(order), charge, order, intent.capture_method === "manual" ? this.clock() : charge.created);
  }

  #close(intent: Stripe.PaymentIntent, reason: Stripe.PaymentIntent.CancellationReason | null): void {
    const closed = { status: "canceled", canceled_at: this.clock(), amount_capturable: 0, cancellation_reason: reason };
    Object.assign(intent, closed);
    this.tell(this.orderOf(intent), "payment_intent.canceled", intent);
  }

  /** A payment that goes through. */
  pay(order: PaymentOrder): Stripe.PaymentIntent {
    const intent = this.order(order);
    this.attempt(intent);
    return intent;
  }

  cancel(intent: Stripe.PaymentIntent): void {
    if (intent.status === "requires_capture") {
      this.tell(this.orderOf(intent), "charge.refunded", this.#letGo(intent, null));
    }
    this.#close(intent, null);
  }

  /** Writes what Stripe writes late. */
  settle(intent: Stripe.PaymentIntent): void {
    this.#settle(intent);
    this.tell(this.orderOf(intent), "charge.updated", this.chargeOf(intent));
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
    const tell: Places["tell"] = (type, object) => this.tellAt(null, type, object, order.silent);
    return { home: this.home(order), platform: this.platform, there: this.connect(order.account), tell };
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

  /** Tells what happened to a payment where it is charged. */
  tell(order: PaymentOrder, type: Stripe.Event.Type, object: object): void {
    this.tellAt(order.mode === "direct" ? order.account : null, type, object, order.silent);
  }

  /**
   * Stripe's own record of what happened on an account (null: on the platform); the object is as it was at that moment. What
   * is told silently stays to be delivered. Of an account that has withdrawn its authorisation the platform hears nothing.
   */
  tellAt(account: string | null, type: Stripe.Event.Type, object: object, silent = false): void {
    const isHeard = this.booksOf(account) !== undefined;
    const pending = isHeard && (silent || this.onEvent !== undefined);
    const event = newEvent(type, object, { account, created: this.clock(), pending });
    (account === null ? this.platform : this.connect(account)).event.add(event);
    if (isHeard && !silent) this.onEvent?.(event);
  }
}
