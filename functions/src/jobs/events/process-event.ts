import type { StripeEvent } from "../../domain/stripe-event.ts";
import type { RecordDefaults } from "../../domain/transaction.ts";
import { log } from "../../log.ts";
import { type Completion, effectsOf, type EventToComplete, type Outcome, type Target } from "../../store/apply.ts";
import type { EventEffect } from "../../store/stripe-events.ts";
import type { EventStore } from "../../store/sync-store.ts";
import type { UnreadableDocumentError } from "../../store/transaction-converter.ts";
import { isConnected } from "../../stripe/connected-accounts.ts";
import { type Connection, isDisconnected } from "../../stripe/client.ts";
import { affectedPayments, UnroutableError } from "../../stripe/event-routing.ts";
import { UnreadablePaymentError } from "../../stripe/expansion.ts";
import type { FetchPayment } from "../../stripe/payment-fetcher.ts";
import type { PaymentRef } from "../../stripe/payments.ts";
import { paymentsIn, readPayout, withContent } from "../../stripe/payouts.ts";

/**
 * Processes Stripe events from webhooks, their queue, the sync or an operator. An event only says which payments to
 * fetch.
 *
 * Processing can stop after any step, and any step can be repeated: the commit that applies an event marks it as done.
 */

export interface EventDependencies {
  store: EventStore;
  connection: Connection;
  /** Its requests must be sent after the event was received. */
  fetchPayment: FetchPayment;
  /** With the mode that this deployment serves. */
  defaults: RecordDefaults;
  now: () => Date;
  /** Applies a payment for its events together; default: for these alone. */
  joinPayment?: (payment: PaymentRef, claims: Claims) => Promise<EventResult>;
}

/** An event that is stored as `processing`, or that is replayed. */
export interface Claim extends Omit<EventToComplete, "id"> {
  event: StripeEvent;
}

/** One at least. */
export type Claims = readonly [Claim, ...Claim[]];

/** `duplicate`: the event was done before. */
export interface EventResult {
  outcome: "done" | "quarantined" | "duplicate";
  /** Why it is quarantined, or changed nothing; null otherwise. */
  reason: string | null;
  effects: EventEffect[];
}

export const DUPLICATE: EventResult = { outcome: "duplicate", reason: null, effects: [] };

/**
 * Processes an event, unless it is done and this is no replay. Throws StripeRequestError, AppError `unavailable`, and
 * UnreadableDocumentError; then the event is not done, and must be processed again.
 */
export async function processEvent(
  event: StripeEvent,
  dependencies: EventDependencies,
  isReplay = false,
): Promise<EventResult> {
  const { store, now } = dependencies;
  const { status, version } = await store.claimEvent(event, now());
  if (status === "done" && !isReplay) return DUPLICATE;
  return processClaimed([{ event, isReplay, version }], dependencies);
}

/** Processes events of one subject together. Throws as `processEvent` does. */
export async function processClaimed(claims: Claims, dependencies: EventDependencies): Promise<EventResult> {
  const processor = new EventProcessor(() => claims, dependencies);
  try {
    return await processor.run(claims);
  } catch (error) {
    const reason = reasonToQuarantine(error);
    if (reason === null) throw error;
    const { store, now } = dependencies;
    const { effects } = processor;
    for (const { event } of claims) await store.quarantineEvent({ id: event.id, reason, effects, now: now() });
    return { outcome: "quarantined", reason, effects };
  }
}

/**
 * Fetches a payment, and applies it in the commit that completes the events that `close` returns. That is called before
 * the first request is sent. Throws as `processEvent` does, and what quarantines these events.
 */
export function applyPayment(payment: PaymentRef, close: Close, dependencies: EventDependencies): Promise<EventResult> {
  return new EventProcessor(close, dependencies).applyPayments([payment]);
}

type Close = () => readonly Claim[];

/** Writes the line that monitoring counts. */
export function logResult(
  { id, type, account }: StripeEvent,
  { outcome, reason, effects }: Omit<EventResult, "outcome"> & { outcome: string },
): void {
  const fields = { eventId: id, type, account, outcome, reason, effects: effects.slice(0, LOGGED_EFFECTS) };
  log[outcome === "quarantined" ? "warn" : "info"]("stripe event", fields);
}

const LOGGED_EFFECTS = 5;

/** Why a retry cannot help; null if it may. */
function reasonToQuarantine(error: unknown): string | null {
  if (error instanceof UnroutableError || error instanceof UnreadablePaymentError) return error.message;
  return isDisconnected(error) && error instanceof Error ? error.message : null;
}

class EventProcessor {
  /** Returns the events to complete, always the same. */
  readonly #close: Close;
  readonly #dependencies: EventDependencies;
  readonly #ahead: ReturnType<EventStore["readAhead"]>[] = [];
  readonly #unreadable: UnreadableDocumentError[] = [];
  readonly effects: EventEffect[] = [];

  constructor(close: Close, dependencies: EventDependencies) {
    this.#close = close;
    this.#dependencies = dependencies;
  }

  async run(claims: Claims): Promise<EventResult> {
    const { livemode, account, subject } = claims[0].event;
    const { connection, defaults, joinPayment } = this.#dependencies;
    if (livemode !== defaults.livemode) {
      throw new UnroutableError(`It is in ${livemode ? "live" : "test"} mode, which this deployment does not serve.`);
    }
    if (account !== null) await this.#requireFranchisee(account);
    if (subject.kind === "payout") return this.#processPayout(account, subject.payoutId);
    const affected = await affectedPayments(connection, account, subject);
    if ("reason" in affected) return this.#finish([], affected.reason);
    const [first, ...others] = affected;
    if (first && others.length === 0 && joinPayment) return joinPayment(first, claims);
    return this.applyPayments(affected);
  }

  async applyPayments(payments: readonly PaymentRef[]): Promise<EventResult> {
    const targets: Target[] = [];
    let reason: string | null = null;
    for (const payment of payments) {
      this.#readAhead(payment);
      const target = await this.#targetOf(payment);
      if (!("reason" in target)) targets.push(target);
      else if (target.sharedAmong.length > 0)
        throw new UnroutableError(`${payment.stripePaymentId}: ${target.reason}.`);
      else reason = target.reason;
    }
    return this.#finish(targets, targets.length > 0 ? null : reason);
  }

  /** Reads the document of a direct charge while Stripe is asked. Of others, the franchisee is not known yet. */
  #readAhead({ chargedOn, stripePaymentId }: PaymentRef): void {
    if (chargedOn !== null) this.#ahead.push(this.#dependencies.store.readAhead(chargedOn, stripePaymentId));
  }

  /** A payment that has not been transferred to a franchisee yet gets another event when it is. */
  async #targetOf(payment: PaymentRef): Promise<Target | { reason: string; sharedAmong: string[] }> {
    const { stripePaymentId } = payment;
    const result = await this.#dependencies.fetchPayment(payment, this.#close);
    if (!result) throw new UnroutableError(`Stripe does not know ${stripePaymentId}.`);
    if (result.kind === "unrouted") return result;
    const { franchiseeId, snapshot } = result;
    const isRequired = this.#close().some(({ event }) => event.account === franchiseeId);
    if (!isRequired) await this.#requireFranchisee(franchiseeId);
    return { franchiseeId, observation: { kind: "snapshot", stripePaymentId, snapshot } };
  }

  /** A connected account is a franchisee even before its first record. */
  async #requireFranchisee(id: string): Promise<void> {
    const { store, connection } = this.#dependencies;
    if (!(await store.isFranchisee(id)) && !(await isConnected(connection, id))) {
      throw new UnroutableError(
        `${id} is not a known franchisee: it is not connected to the platform, and has no records.`,
      );
    }
  }

  /**
   * Applies a payout to its payments; those without a record are fetched first. A payment that belongs to no franchisee
   * or cannot be read does not block the others.
   */
  async #processPayout(account: string | null, payoutId: string): Promise<EventResult> {
    const { connection, store } = this.#dependencies;
    if (account === null) return this.#finish([], "a payout of the platform's own");
    const found = await readPayout(connection, account, payoutId);
    if (!found) throw new UnroutableError(`Stripe does not know ${payoutId}.`);
    const { deposit, isListed } = found;
    if (!isListed) {
      await store.saveDeposit(account, deposit);
      return this.#finish([], "Stripe does not list its contents, or not yet");
    }
    const { id, status, createdAt, arrivesAt } = deposit;
    const payout = { id, status, createdAt, arrivesAt };
    const targetOf = ({ stripePaymentId }: PaymentRef): Target => {
      return { franchiseeId: account, observation: { kind: "payout", stripePaymentId, payout } };
    };
    const unresolved: string[] = [];
    const content = [];
    for await (const page of paymentsIn(connection, account, payoutId)) {
      unresolved.push(...page.unresolved);
      content.push(...page.content);
      await store.setPayout(
        account,
        page.content.map((movement) => movement.id),
        payout,
      );
      const outcomes = await this.#apply(page.payments.map(targetOf));
      const isUnknown = (outcome: Outcome | undefined): boolean =>
        outcome !== undefined && "decision" in outcome && outcome.decision.outcome === "ignored";
      const unknown = page.payments.filter((_payment, index) => isUnknown(outcomes[index]));
      const fetched = await this.#fetchAll(unknown);
      unresolved.push(...fetched.unresolved);
      await this.#apply(fetched.targets);
      const applied = await this.#apply(unknown.map(targetOf));
      this.effects.push(...effectsOf([...outcomes.filter((outcome) => !isUnknown(outcome)), ...applied]));
    }
    await store.saveDeposit(account, withContent(found, content));
    this.#requireReadable();
    if (unresolved.length > 0) throw new UnroutableError(unresolved.join(" "));
    return this.#finish([], this.effects.length > 0 ? null : "none of its contents is a payment of the portal");
  }

  async #fetchAll(payments: readonly PaymentRef[]): Promise<{ targets: Target[]; unresolved: string[] }> {
    const targets: Target[] = [];
    const unresolved: string[] = [];
    for (const payment of payments) {
      try {
        const target = await this.#targetOf(payment);
        if (!("reason" in target)) targets.push(target);
      } catch (error) {
        const reason = reasonToQuarantine(error);
        if (reason === null) throw error;
        unresolved.push(reason);
      }
    }
    return { targets, unresolved };
  }

  /** Throws UnreadableDocumentError. */
  async #finish(targets: readonly Target[], reason: string | null): Promise<EventResult> {
    const { effects } = this;
    const ahead = (await Promise.all(this.#ahead)).filter((snapshot) => snapshot !== null);
    const events = this.#close().map(({ event, isReplay, version }) => ({ id: event.id, isReplay, version }));
    const outcomes = await this.#apply(targets, { events, reason, effects, now: this.#dependencies.now(), ahead });
    this.#requireReadable();
    return { outcome: "done", reason, effects: [...effects, ...effectsOf(outcomes)] };
  }

  async #apply(targets: readonly Target[], completion: Completion | null = null): Promise<Outcome[]> {
    const { store, defaults, now } = this.#dependencies;
    const { outcomes } = await store.applyAll(targets, { now: now(), defaults, confirms: true }, completion);
    for (const outcome of outcomes) if ("unreadable" in outcome) this.#unreadable.push(outcome.unreadable);
    return outcomes;
  }

  #requireReadable(): void {
    for (const error of this.#unreadable) throw error;
  }
}
