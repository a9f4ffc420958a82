/**
 * What becomes of one of Stripe's events, whoever brings it: a webhook, the sync that found it undelivered, or an operator. The
 * event is a hint; the facts are fetched, and go through the same door as those of the sync.
 *
 * Every step can be the last one, and every step can be repeated: the event is done by the commit that carries out what it
 * says, and until then whoever brings it again takes it up from the beginning.
 */
import type { DecisionContext } from "../domain/decide.ts";
import type { EventSubject, StripeEvent } from "../domain/stripe-event.ts";
import type { RecordDefaults } from "../domain/transaction.ts";
import { type ApplyResult, effectsOf, type EventEnding, type Outcome, type Target } from "../store/apply.ts";
import type { UnreadableDocumentError } from "../store/transaction-converter.ts";
import type { EventCompletion, EventEffect, EventStatus } from "../store/stripe-events.ts";
import { isConnected, openAccountReader } from "../stripe/account-reader.ts";
import { type Connection, isDisconnected } from "../stripe/client.ts";
import { UnreadablePaymentError } from "../stripe/expansion.ts";
import { type PaymentRef, type PaymentResult } from "../stripe/payments.ts";
import { paymentsIn, readPayout } from "../stripe/payouts.ts";
import { affectedPayments, UnroutableError } from "../stripe/event-routing.ts";

/** What the intake does in Firestore. */
export interface EventLedger {
  claimEvent: (event: StripeEvent, now: Date) => Promise<EventStatus | "new">;
  quarantineEvent: (ending: EventCompletion) => Promise<void>;
  isFranchisee: (id: string) => Promise<boolean>;
  applyAll: (targets: readonly Target[], context: DecisionContext, event?: EventEnding | null) => Promise<ApplyResult>;
}

export interface IntakeParts {
  ledger: EventLedger;
  connection: Connection;
  /** Asks Stripe for a payment, or knows an answer to a question that was asked after the event came. */
  payment: (payment: PaymentRef) => Promise<PaymentResult | null>;
  /** The mode among them is the one that this deployment serves. */
  defaults: RecordDefaults;
  now: () => Date;
}

/** What became of an event. `duplicate`: it was done before. */
export interface Intake {
  outcome: "done" | "quarantined" | "duplicate";
  /** Why it is quarantined, or changed nothing; null otherwise. */
  reason: string | null;
  effects: EventEffect[];
}

/** Asks Stripe for payments, each time anew. */
export function askForPayments(connection: Connection): (payment: PaymentRef) => Promise<PaymentResult | null> {
  return ({ stripePaymentId, chargedOn }) => openAccountReader(connection, chargedOn).payment(stripePaymentId);
}

/**
 * Takes an event in. One that is done already is left alone, unless it is a replay.
 * Throws StripeRequestError, AppError `unavailable`, and UnreadableDocumentError; then the event is not done, and is to be brought again.
 */
export async function takeEvent(event: StripeEvent, parts: IntakeParts, isReplay = false): Promise<Intake> {
  const known = await parts.ledger.claimEvent(event, parts.now());
  if (known === "done" && !isReplay) return { outcome: "duplicate", reason: null, effects: [] };
  const errand = new Errand(event, parts, isReplay);
  try {
    return await errand.run();
  } catch (error) {
    const reason = reasonToQuarantine(error);
    if (reason === null) throw error;
    const { effects } = errand;
    await parts.ledger.quarantineEvent({ id: event.id, reason, effects, now: parts.now() });
    return { outcome: "quarantined", reason, effects };
  }
}

/** What no repetition mends by itself. */
function reasonToQuarantine(error: unknown): string | null {
  if (error instanceof UnroutableError || error instanceof UnreadablePaymentError) return error.message;
  return isDisconnected(error) && error instanceof Error ? error.message : null;
}

class Errand {
  readonly #event: StripeEvent;
  readonly #parts: IntakeParts;
  readonly #isReplay: boolean;
  readonly #franchisees = new Set<string>();
  /** So far. */
  readonly effects: EventEffect[] = [];

  constructor(event: StripeEvent, parts: IntakeParts, isReplay: boolean) {
    this.#event = event;
    this.#parts = parts;
    this.#isReplay = isReplay;
  }

  async run(): Promise<Intake> {
    const { livemode, account, subject } = this.#event;
    if (livemode !== this.#parts.defaults.livemode) {
      throw new UnroutableError(
        `It is of the ${livemode ? "live" : "test"} mode, which this deployment does not serve.`,
      );
    }
    if (account !== null) await this.#requireFranchisee(account);
    return subject.kind === "payout" ? this.#takePayout(subject.payoutId) : this.#takePayments(subject);
  }

  async #takePayments(subject: Exclude<EventSubject, { kind: "payout" }>): Promise<Intake> {
    const concerned = await affectedPayments(this.#parts.connection, this.#event.account, subject);
    if ("reason" in concerned) return this.#finish([], concerned.reason);
    const targets: Target[] = [];
    let reason: string | null = null;
    for (const payment of concerned) {
      const target = await this.#targetOf(payment);
      if (!("reason" in target)) targets.push(target);
      else if (target.sharedAmong.length > 0)
        throw new UnroutableError(`${payment.stripePaymentId}: ${target.reason}.`);
      else reason = target.reason;
    }
    return this.#finish(targets, targets.length > 0 ? null : reason);
  }

  /** Of a payment that is to be passed on to a franchisee, but has not been yet, another event will tell. */
  async #targetOf(payment: PaymentRef): Promise<Target | { reason: string; sharedAmong: string[] }> {
    const { stripePaymentId } = payment;
    const reading = await this.#parts.payment(payment);
    if (!reading) throw new UnroutableError(`Stripe does not know ${stripePaymentId}.`);
    if (reading.kind === "unrouted") return reading;
    await this.#requireFranchisee(reading.franchiseeId);
    const { franchiseeId, facts } = reading;
    return { franchiseeId, observation: { kind: "facts", stripePaymentId, facts } };
  }

  /**
   * An account that is connected is a franchisee's before anything is recorded of it, as for the sync: the first webhook may come
   * before the first golden record.
   */
  async #requireFranchisee(id: string): Promise<void> {
    if (this.#franchisees.has(id)) return;
    const { ledger, connection } = this.#parts;
    if (!(await ledger.isFranchisee(id)) && !(await isConnected(connection, id))) {
      throw new UnroutableError(
        `${id} is no franchisee here: it is not connected to the platform, and nothing is recorded of it.`,
      );
    }
    this.#franchisees.add(id);
  }

  /**
   * A payout says which payments it brought to the bank; what is not in the ledger yet is fetched for it. A payment that is
   * nobody's, makes no sense or cannot be read does not keep the others from it.
   */
  async #takePayout(payoutId: string): Promise<Intake> {
    const { account } = this.#event;
    const { connection } = this.#parts;
    if (account === null) return this.#finish([], "a payout of the platform's own");
    const reading = await readPayout(connection, account, payoutId);
    if (!reading) throw new UnroutableError(`Stripe does not know ${payoutId}.`);
    if (!reading.isIncluded) return this.#finish([], "Stripe does not tell what is in it, or not yet");
    const tell = ({ stripePaymentId }: PaymentRef): Target => {
      return { franchiseeId: account, observation: { kind: "payout", stripePaymentId, payout: reading.payout } };
    };
    const riddles: string[] = [];
    const unreadable: UnreadableDocumentError[] = [];
    for await (const { payments: page, unresolved } of paymentsIn(connection, account, payoutId)) {
      riddles.push(...unresolved);
      const outcomes = await this.#apply(page.map(tell), unreadable);
      const isUnknown = (outcome: Outcome | undefined): boolean =>
        outcome !== undefined && "decision" in outcome && outcome.decision.outcome === "ignored";
      const unknown = page.filter((_payment, index) => isUnknown(outcomes[index]));
      const { targets, riddles: found } = await this.#fetchAll(unknown);
      riddles.push(...found);
      await this.#apply(targets, unreadable);
      const told = await this.#apply(unknown.map(tell), unreadable);
      this.effects.push(...effectsOf([...outcomes.filter((outcome) => !isUnknown(outcome)), ...told]));
    }
    for (const error of unreadable) throw error;
    if (riddles.length > 0) throw new UnroutableError(riddles.join(" "));
    return this.#finish([], this.effects.length > 0 ? null : "none of what is in it is a payment of the portal's");
  }

  async #fetchAll(payments: readonly PaymentRef[]): Promise<{ targets: Target[]; riddles: string[] }> {
    const targets: Target[] = [];
    const riddles: string[] = [];
    for (const payment of payments) {
      try {
        const target = await this.#targetOf(payment);
        if (!("reason" in target)) targets.push(target);
      } catch (error) {
        const reason = reasonToQuarantine(error);
        if (reason === null) throw error;
        riddles.push(reason);
      }
    }
    return { targets, riddles };
  }

  /** Throws UnreadableDocumentError. */
  async #finish(targets: readonly Target[], reason: string | null): Promise<Intake> {
    const { effects } = this;
    const ending = { id: this.#event.id, reason, effects, now: this.#parts.now(), isReplay: this.#isReplay };
    const unreadable: UnreadableDocumentError[] = [];
    const outcomes = await this.#apply(targets, unreadable, ending);
    for (const error of unreadable) throw error;
    return { outcome: "done", reason, effects: [...effects, ...effectsOf(outcomes)] };
  }

  async #apply(
    targets: readonly Target[],
    unreadable: UnreadableDocumentError[],
    ending: EventEnding | null = null,
  ): Promise<Outcome[]> {
    const context = { now: this.#parts.now(), defaults: this.#parts.defaults, confirms: true };
    const { outcomes } = await this.#parts.ledger.applyAll(targets, context, ending);
    for (const outcome of outcomes) if ("unreadable" in outcome) unreadable.push(outcome.unreadable);
    return outcomes;
  }
}
