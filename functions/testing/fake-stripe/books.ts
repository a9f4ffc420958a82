import type Stripe from "stripe";
import {
  APPLICATION,
  type BalanceTransactionFields,
  type FeesPayer,
  newAccount,
  newBalanceTransaction,
  newEvent,
  newId,
  newIntent,
  newRefund,
  type StoredEvent,
} from "./objects.ts";
import { chargeFor, type PaymentSpec } from "./payment-spec.ts";
import { reverseTransfer } from "./reversals.ts";
import { type TransferSpec, type SettlementContext, settle, transfer } from "./settlement.ts";
import { addExternalAccounts } from "./external-accounts.ts";
import { type AccountObjects, newAccountObjects } from "./object-store.ts";
import { DOCUMENTED, type StripeBehaviour } from "./behaviour.ts";
import { EVENT_TYPES } from "../../src/domain/stripe-event.ts";

const DAY_S = 86_400;

/**
 * Types that are pending until their payment settles (recorded payouts: phil9690/stripe_api_mock on GitHub). All others
 * are available at once: refunds "use your available Stripe balance" (https://docs.stripe.com/refunds).
 */
const SETTLING: ReadonlySet<string> = new Set(["charge", "payment", "application_fee"]);

const SUBSCRIBED: ReadonlySet<string> = new Set(EVENT_TYPES);

/** A platform and its connected accounts, with their balances and events. */
class FakeAccounts {
  readonly #accounts = new Map<string, AccountObjects>();
  readonly #deauthorized = new Set<string>();
  readonly platform = newAccountObjects();
  /** Ids of the balance transactions of each payout; none if it took a part of the balance and not transactions. */
  readonly paidOut = new Map<string, ReadonlySet<string>>();
  /** The payment id of each balance transaction; Stripe does not state all of them. */
  readonly bookedFor = new Map<string, string>();
  /** Ids that are never expanded, as for a missing permission. */
  readonly unexpanded = new Set<string>();
  /** Ids that lists do not contain yet; a balance comprises them. */
  readonly unlisted = new Set<string>();
  readonly #feesPayers = new Map<string, FeesPayer>();
  /** The readings of Stripe's documentation in use. */
  behaviour: StripeBehaviour = DOCUMENTED;
  /**
   * The days until a payment's funds are available; 0 as for Stripe's test cards that bypass the pending balance
   * (https://docs.stripe.com/testing).
   */
  delayDays = 0;
  readonly #pending = new Set<Stripe.BalanceTransaction>();
  /** In seconds; tests replace it. */
  clock: () => number = () => Math.floor(Date.now() / 1000);
  /** Receives every stored event; must set `pending_webhooks` to 0 on delivery. */
  onEvent: ((event: StoredEvent) => void) | undefined;

  constructor() {
    addExternalAccounts(this.platform, null);
  }

  /** Connects an account, unless it is connected. */
  connect(id: string, feesPayer: FeesPayer = "account"): AccountObjects {
    const known = this.#accounts.get(id);
    if (known) return known;
    const books = newAccountObjects();
    addExternalAccounts(books, id);
    this.#accounts.set(id, books);
    this.#feesPayers.set(id, feesPayer);
    this.platform.account.add(newAccount(id, this.clock(), feesPayer));
    return books;
  }

  nameBusiness(account: string, name: string): void {
    const profile = this.platform.account.get(account)?.business_profile;
    if (profile) profile.name = name;
  }

  /** Whether the platform pays Stripe's fees; custom and express accounts pay their own (https://docs.stripe.com/connect/direct-charges-fee-payer-behavior). */
  platformPaysFees({ mode, account }: PaymentSpec): boolean {
    this.connect(account);
    return mode === "direct" && this.#feesPayers.get(account) === "application";
  }

  /** Adds a balance transaction to an account. */
  book(on: AccountObjects, payment: string | null, given: BalanceTransactionFields): Stripe.BalanceTransaction {
    const availableOn = given.availableOn ?? this.#availableOn(given);
    const made = on.balance_transaction.add(newBalanceTransaction({ ...given, availableOn }));
    if (made.status === "pending") this.#pending.add(made);
    if (payment !== null) this.bookedFor.set(made.id, payment);
    return made;
  }

  /** At midnight UTC, as recorded. */
  #availableOn({ type, created }: BalanceTransactionFields): number {
    if (this.delayDays === 0 || !SETTLING.has(type)) return created;
    return (Math.floor(created / DAY_S) + this.delayDays) * DAY_S;
  }

  /** Makes pending funds available whose time has come. */
  releaseFunds(): void {
    if (this.#pending.size === 0) return;
    const now = this.clock();
    for (const pending of [...this.#pending].filter(({ available_on }) => available_on <= now)) {
      pending.status = "available";
      this.#pending.delete(pending);
    }
  }

  deauthorize(id: string): void {
    this.#deauthorized.add(id);
    this.platform.account.delete(id);
  }

  reauthorize(id: string): void {
    if (this.#deauthorized.delete(id))
      this.platform.account.add(newAccount(id, this.clock(), this.#feesPayers.get(id) ?? "account"));
  }

  /** The objects of an account (null: the platform); undefined if it is not connected. */
  objectsOf(account: string | null): AccountObjects | undefined {
    if (account === null) return this.platform;
    return this.#deauthorized.has(account) ? undefined : this.#accounts.get(account);
  }

  /**
   * Stores an event. A silent event stays pending. A deauthorized account sends none, and Stripe sends only the types
   * that an endpoint enables (https://docs.stripe.com/api/webhook_endpoints).
   */
  emitOn(account: string | null, type: Stripe.Event.Type, object: object, silent = false): void {
    const isSent = this.objectsOf(account) !== undefined && SUBSCRIBED.has(type);
    const pending = isSent && (silent || this.onEvent !== undefined);
    const event = newEvent(type, object, { account, created: this.clock(), pending });
    (account === null ? this.platform : this.connect(account)).event.add(event);
    if (isSent && !silent) this.onEvent?.(event);
  }
}

/** The outcome of a payment attempt that creates a charge. */
type Outcome = "succeeded" | "failed" | "processing" | "requires_capture";

export class FakeBooks extends FakeAccounts {
  readonly #specs = new Map<string, PaymentSpec>();
  /** The captured amounts of each charge. */
  readonly #captures = new Map<string, readonly number[]>();
  /** Ids of refunds and reversals of uncaptured amounts. */
  readonly released = new Set<string>();

  /** Creates a PaymentIntent without a payment attempt. */
  createIntent(spec: PaymentSpec): Stripe.PaymentIntent {
    const { amount, currency = "cad", createdAt = this.clock(), metadata = {}, mode, account } = spec;
    const { application = mode === "direct" ? APPLICATION : null } = spec;
    this.connect(account);
    const isDestination = mode === "destination";
    const intent = newIntent({
      amount,
      currency,
      metadata,
      created: createdAt,
      application,
      application_fee_amount: spec.applicationFee ?? null,
      on_behalf_of: spec.onBehalfOf === true ? account : null,
      transfer_data: isDestination
        ? { destination: account, ...(spec.transferAmount !== undefined && { amount: spec.transferAmount }) }
        : null,
      transfer_group: spec.transferGroup ?? (mode === "transfer" ? newId("group") : null),
    });
    return this.adopt(intent, spec);
  }

  adopt(intent: Stripe.PaymentIntent, spec: PaymentSpec): Stripe.PaymentIntent {
    this.#specs.set(intent.id, spec);
    return this.chargeAccount(spec).payment_intent.add(intent);
  }

  /** Attempts the payment. `processing` (a bank debit) lasts until the next attempt. */
  attempt(intent: Stripe.PaymentIntent, outcome?: Outcome): Stripe.Charge;
  attempt(intent: Stripe.PaymentIntent, outcome: "requires_action"): null;
  attempt(intent: Stripe.PaymentIntent, outcome: Outcome | "requires_action" = "succeeded"): Stripe.Charge | null {
    const spec = this.specOf(intent);
    if (outcome === "requires_action") {
      Object.assign(intent, { status: outcome, next_action: { type: "use_stripe_sdk" } });
      this.emit(spec, "payment_intent.requires_action", intent);
      return null;
    }
    const home = this.chargeAccount(spec);
    const latest = home.charge.referred(intent.latest_charge);
    const charge = latest?.status === "pending" ? latest : home.charge.add(chargeFor(intent, spec, this.clock()));
    Object.assign(intent, { latest_charge: charge.id, next_action: null, last_payment_error: null });
    if (outcome === "failed") {
      const [code, message] = ["card_declined", "Your card was declined."];
      Object.assign(charge, { status: "failed", failure_code: code, failure_message: message });
      intent.status = "requires_payment_method";
      intent.last_payment_error = { type: "card_error", charge: charge.id, code, message };
      this.emit(spec, "charge.failed", charge);
      this.emit(spec, "payment_intent.payment_failed", intent);
    } else if (outcome === "processing") {
      intent.status = "processing";
      this.emit(spec, "payment_intent.processing", intent);
    } else if (outcome === "requires_capture") {
      Object.assign(charge, { status: "succeeded", paid: true });
      Object.assign(intent, { status: outcome, capture_method: "manual", amount_capturable: charge.amount });
      this.emit(spec, "charge.succeeded", charge);
    } else {
      Object.assign(charge, { status: "succeeded", paid: true });
      this.#collect(intent, charge, charge.amount);
      this.emit(spec, "charge.succeeded", charge);
      this.emit(spec, "payment_intent.succeeded", intent);
    }
    return charge;
  }

  /** Captures a part of an authorisation, and keeps the rest (`final_capture: false`). */
  captureSome(intent: Stripe.PaymentIntent, amount: number): Stripe.Charge {
    const charge = this.#authorizedCharge(intent);
    if (amount <= 0 || amount >= intent.amount_capturable) throw new Error("The amount exceeds the capturable amount.");
    this.#captures.set(charge.id, [...(this.#captures.get(charge.id) ?? []), amount]);
    charge.amount_captured += amount;
    intent.amount_received += amount;
    intent.amount_capturable -= amount;
    this.emit(this.specOf(intent), "charge.updated", charge);
    return charge;
  }

  /** Captures an authorisation or a part of it, and releases the rest. */
  capture(intent: Stripe.PaymentIntent, amount = intent.amount_capturable): Stripe.Charge {
    const charge = this.#authorizedCharge(intent);
    if (amount <= 0 || amount > intent.amount_capturable) throw new Error("The amount exceeds the capturable amount.");
    const before = this.#captures.get(charge.id) ?? [];
    this.#captures.set(charge.id, [...before, amount]);
    if (before.length === 0) this.#release(intent, charge, charge.amount - amount, null);
    this.#collect(intent, charge, charge.amount_captured + amount);
    this.emit(this.specOf(intent), "charge.captured", charge);
    this.emit(this.specOf(intent), "payment_intent.succeeded", intent);
    return charge;
  }

  /** Expires an authorisation. */
  expire(intent: Stripe.PaymentIntent): void {
    const charge = this.#releaseAll(intent, "expired_uncaptured_charge");
    this.emit(this.specOf(intent), "charge.expired", charge);
    const isBasil = this.behaviour.partialCapture === "captured amount";
    this.#cancelIntent(intent, isBasil ? "expired" : "automatic");
  }

  #authorizedCharge(intent: Stripe.PaymentIntent): Stripe.Charge {
    if (intent.status !== "requires_capture") throw new Error(`${intent.id} has nothing to capture.`);
    return this.chargeOf(intent);
  }

  #releaseAll(intent: Stripe.PaymentIntent, reason: Stripe.Refund.Reason | null): Stripe.Charge {
    const charge = this.#authorizedCharge(intent);
    this.#release(intent, charge, charge.amount, reason);
    charge.refunded = charge.amount_refunded === charge.amount;
    return charge;
  }

  /** Releases an uncaptured amount. Before API version 2025-03-31.basil it counted as refunded, without money. */
  #release(intent: Stripe.PaymentIntent, charge: Stripe.Charge, amount: number, reason: Stripe.Refund.Reason | null) {
    const { partialCapture } = this.behaviour;
    if (partialCapture === "captured amount" || amount === 0) return;
    charge.amount_refunded = amount;
    if (partialCapture === "reversal alone") return;
    const { id, currency } = charge;
    const given = { amount, currency, reason, charge: id, created: this.clock(), payment_intent: intent.id };
    this.released.add(this.chargeAccount(this.specOf(intent)).refund.add(newRefund(given)).id);
  }

  #collect(intent: Stripe.PaymentIntent, charge: Stripe.Charge, amount: number): void {
    Object.assign(charge, { captured: true, amount_captured: amount });
    Object.assign(intent, { status: "succeeded", amount_received: amount, amount_capturable: 0 });
    if (this.specOf(intent).settles !== "late") this.#settle(intent);
  }

  #settle(intent: Stripe.PaymentIntent): void {
    const spec = this.specOf(intent);
    const charge = this.chargeOf(intent);
    settle(this.#contextOf(intent), charge, spec, intent.capture_method === "manual" ? this.clock() : charge.created);
    const excess = this.#excessOf(charge, spec);
    if (excess > 0) this.released.add(reverseTransfer(this, intent, excess).id);
  }

  /** The transferred but uncaptured amount of a destination charge. */
  #excessOf(charge: Stripe.Charge, spec: PaymentSpec): number {
    const transferred = this.platform.transfer.referred(charge.transfer)?.amount ?? 0;
    return spec.transferAmount === undefined ? Math.max(transferred - charge.amount_captured, 0) : 0;
  }

  #cancelIntent(intent: Stripe.PaymentIntent, reason: Stripe.PaymentIntent.CancellationReason | null): void {
    const closed = { status: "canceled", canceled_at: this.clock(), amount_capturable: 0, cancellation_reason: reason };
    Object.assign(intent, closed);
    this.emit(this.specOf(intent), "payment_intent.canceled", intent);
  }

  pay(spec: PaymentSpec): Stripe.PaymentIntent {
    const intent = this.createIntent(spec);
    this.attempt(intent);
    return intent;
  }

  cancel(intent: Stripe.PaymentIntent): void {
    if (intent.status === "requires_capture") {
      const charge = this.#releaseAll(intent, null);
      if (charge.refunded) this.emit(this.specOf(intent), "charge.refunded", charge);
    }
    this.#cancelIntent(intent, null);
  }

  settle(intent: Stripe.PaymentIntent): void {
    this.#settle(intent);
    this.emit(this.specOf(intent), "charge.updated", this.chargeOf(intent));
  }

  /** Adds a transfer (separate charges and transfers); default: to the payment's franchisee. */
  addTransfer(
    intent: Stripe.PaymentIntent,
    amount: number,
    { destination, isFromBalance = false }: Pick<TransferSpec, "destination" | "isFromBalance"> = {},
  ): Stripe.Transfer {
    const spec = this.specOf(intent);
    const charge = this.chargeOf(intent);
    const receiver = destination === undefined ? {} : { connected: this.connect(destination) };
    const context = { ...this.#contextOf(intent), ...receiver };
    const { currency } = charge;
    const transferSpec = { amount, currency, isFromBalance, ...(destination !== undefined && { destination }) };
    return transfer(context, charge, spec, transferSpec, this.clock());
  }

  #contextOf(intent: Stripe.PaymentIntent): SettlementContext {
    const spec = this.specOf(intent);
    return {
      charged: this.chargeAccount(spec),
      platform: this.platform,
      connected: this.connect(spec.account),
      behaviour: this.behaviour,
      captures: this.#captures.get(this.chargeOf(intent).id) ?? [],
      platformPaysFees: this.platformPaysFees(spec),
      book: (on, given) => this.book(on, intent.id, given),
      emit: (type, object) => this.emitOn(null, type, object, spec.silent),
    };
  }

  chargeOf(intent: Stripe.PaymentIntent): Stripe.Charge {
    const charge = this.chargeAccount(this.specOf(intent)).charge.referred(intent.latest_charge);
    if (!charge) throw new Error(`${intent.id} has no charge.`);
    return charge;
  }

  intent(id: string): Stripe.PaymentIntent | undefined {
    const spec = this.#specs.get(id);
    return spec && this.chargeAccount(spec).payment_intent.get(id);
  }

  specOf({ id }: Stripe.PaymentIntent): PaymentSpec {
    const spec = this.#specs.get(id);
    if (!spec) throw new Error(`${id} was not created here.`);
    return spec;
  }

  /** The account of the charge. */
  chargeAccount({ mode, account }: PaymentSpec): AccountObjects {
    return mode === "direct" ? this.connect(account) : this.platform;
  }

  emit(spec: PaymentSpec, type: Stripe.Event.Type, object: object): void {
    this.emitOn(spec.mode === "direct" ? spec.account : null, type, object, spec.silent);
  }
}
