import type { EventSubject, StripeEvent } from "../../domain/stripe-event.ts";
import type { RecordDefaults } from "../../domain/transaction.ts";
import { effectsOf, type EventToComplete, type Outcome, type Target } from "../../store/apply.ts";
import type { EventEffect } from "../../store/stripe-events.ts";
import type { EventStore } from "../../store/sync-store.ts";
import type { UnreadableDocumentError } from "../../store/transaction-converter.ts";
import { isConnected } from "../../stripe/account-reader.ts";
import { type Connection, isDisconnected } from "../../stripe/client.ts";
import { affectedPayments, UnroutableError } from "../../stripe/event-routing.ts";
import { UnreadablePaymentError } from "../../stripe/expansion.ts";
import type { FetchPayment } from "../../stripe/payment-fetcher.ts";
import type { PaymentRef } from "../../stripe/payments.ts";
import { paymentsIn, readPayout } from "../../stripe/payouts.ts";

/**
 * Processes a Stripe event from a webhook, the sync or an operator. The event only says which payments to fetch.
 *
 * Processing can stop after any step, and any step can be repeated: the commit that applies the event marks it as done.
 */

export interface EventDependencies {
  store: EventStore;
  connection: Connection;
  /** Its requests must be sent after the event came. */
  fetchPayment: FetchPayment;
  /** With the mode that this deployment serves. */
  defaults: RecordDefaults;
  now: () => Date;
}

/** `duplicate`: the event was done before. */
export interface EventResult {
  outcome: "done" | "quarantined" | "duplicate";
  /** Why it is quarantined, or changed nothing; null otherwise. */
  reason: string | null;
  effects: EventEffect[];
}

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
  if (status === "done" && !isReplay) return { outcome: "duplicate", reason: null, effects: [] };
  const processor = new EventProcessor(event, dependencies, { isReplay, version });
  try {
    return await processor.run();
  } catch (error) {
    const reason = reasonToQuarantine(error);
    if (reason === null) throw error;
    const { effects } = processor;
    await store.quarantineEvent({ id: event.id, reason, effects, now: now() });
    return { outcome: "quarantined", reason, effects };
  }
}

/** Why a retry cannot help; null if it may. */
function reasonToQuarantine(error: unknown): string | null {
  if (error instanceof UnroutableError || error instanceof UnreadablePaymentError) return error.message;
  return isDisconnected(error) && error instanceof Error ? error.message : null;
}

class EventProcessor {
  readonly #event: StripeEvent;
  readonly #dependencies: EventDependencies;
  readonly #claim: Pick<EventToComplete, "isReplay" | "version">;
  readonly #ahead: ReturnType<EventStore["readAhead"]>[] = [];
  readonly #franchisees = new Set<string>();
  readonly #unreadable: UnreadableDocumentError[] = [];
  readonly effects: EventEffect[] = [];

  constructor(
    event: StripeEvent,
    dependencies: EventDependencies,
    claim: Pick<EventToComplete, "isReplay" | "version">,
  ) {
    this.#event = event;
    this.#dependencies = dependencies;
    this.#claim = claim;
  }

  async run(): Promise<EventResult> {
    const { livemode, account, subject } = this.#event;
    if (livemode !== this.#dependencies.defaults.livemode) {
      throw new UnroutableError(`It is in ${livemode ? "live" : "test"} mode, which this deployment does not serve.`);
    }
    if (account !== null) await this.#requireFranchisee(account);
    return subject.kind === "payout" ? this.#processPayout(subject.payoutId) : this.#processPayments(subject);
  }

  async #processPayments(subject: Exclude<EventSubject, { kind: "payout" }>): Promise<EventResult> {
    const affected = await affectedPayments(this.#dependencies.connection, this.#event.account, subject);
    if ("reason" in affected) return this.#finish([], affected.reason);
    const targets: Target[] = [];
    let reason: string | null = null;
    for (const payment of affected) {
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
    const result = await this.#dependencies.fetchPayment(payment);
    if (!result) throw new UnroutableError(`Stripe does not know ${stripePaymentId}.`);
    if (result.kind === "unrouted") return result;
    await this.#requireFranchisee(result.franchiseeId);
    const { franchiseeId, snapshot } = result;
    return { franchiseeId, observation: { kind: "snapshot", stripePaymentId, snapshot } };
  }

  /** A connected account is a franchisee even before its first record. */
  async #requireFranchisee(id: string): Promise<void> {
    if (this.#franchisees.has(id)) return;
    const { store, connection } = this.#dependencies;
    if (!(await store.isFranchisee(id)) && !(await isConnected(connection, id))) {
      throw new UnroutableError(
        `${id} is not a known franchisee: it is not connected to the platform, and has no records.`,
      );
    }
    this.#franchisees.add(id);
  }

  /**
   * Applies a payout to its payments; those without a record are fetched first. A payment that belongs to no franchisee
   * or cannot be read does not block the others.
   */
  async #processPayout(payoutId: string): Promise<EventResult> {
    const { account } = this.#event;
    const { connection } = this.#dependencies;
    if (account === null) return this.#finish([], "a payout of the platform's own");
    const found = await readPayout(connection, account, payoutId);
    if (!found) throw new UnroutableError(`Stripe does not know ${payoutId}.`);
    if (!found.isIncluded) return this.#finish([], "Stripe does not list its contents, or not yet");
    const targetOf = ({ stripePaymentId }: PaymentRef): Target => {
      return { franchiseeId: account, observation: { kind: "payout", stripePaymentId, payout: found.payout } };
    };
    const unresolved: string[] = [];
    for await (const page of paymentsIn(connection, account, payoutId)) {
      unresolved.push(...page.unresolved);
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
    const completion = { ...this.#claim, id: this.#event.id, reason, effects, now: this.#dependencies.now(), ahead };
    const outcomes = await this.#apply(targets, completion);
    this.#requireReadable();
    return { outcome: "done", reason, effects: [...effects, ...effectsOf(outcomes)] };
  }

  async #apply(targets: readonly Target[], completion: EventToComplete | null = null): Promise<Outcome[]> {
    const { store, defaults, now } = this.#dependencies;
    const { outcomes } = await store.applyAll(targets, { now: now(), defaults, confirms: true }, completion);
    for (const outcome of outcomes) if ("unreadable" in outcome) this.#unreadable.push(outcome.unreadable);
    return outcomes;
  }

  #requireReadable(): void {
    for (const error of this.#unreadable) throw error;
  }
}
