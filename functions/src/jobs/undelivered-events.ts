import type { StripeEvent } from "../domain/stripe-event.ts";
import { AppError } from "../errors.ts";
import { log } from "../log.ts";
import { UnreadableDocumentError } from "../store/transaction-converter.ts";
import type { FailedPayment, SyncState } from "../store/sync-state.ts";
import { isRefusal, StripeRequestError } from "../stripe/client.ts";
import { undeliveredEvents } from "../stripe/events.ts";
import type { PaymentRef, PaymentResult } from "../stripe/payments.ts";
import { askForPayments, type EventLedger, type Intake, takeEvent } from "./process-event.ts";
import type { SyncParts } from "./dependencies.ts";
import { eventsSince } from "./sync-window.ts";

/** Some events that no webhook brought to their end, and what became of those that are not done by other ways. */
export interface GapsPage {
  /** How many of them Stripe could not deliver. */
  undelivered: number;
  intakes: Intake[];
  /** Payments whose documents cannot be read. */
  failures: FailedPayment[];
  /** Documents that were read and written for it. */
  reads: number;
  writes: number;
}

/** Whoever has an event in hand is through with it, or gone, after so many milliseconds. */
const INTERRUPTED_AFTER_MS = 10 * 60_000;

/**
 * Takes in the events of an account (null: the platform's own) since its last run that Stripe could not deliver, and those of any
 * time whose handler was interrupted or failed, page by page. Throws StripeRequestError where Stripe cannot be asked, and AppError
 * `unavailable`; what was taken in until then stays so.
 */
export async function* fillGaps(
  parts: SyncParts,
  account: string | null,
  state: SyncState,
  now: () => Date,
): AsyncGenerator<GapsPage> {
  const window = eventsSince(state, now());
  if (!window) return;
  if (window.isLate) log.warn("stripe sync comes too late for some events", { account, since: window.since });
  for await (const events of undeliveredEvents(parts.connection, account, window.since)) {
    const statuses = await parts.ledger.eventStatuses(events.map(({ id }) => id));
    // What is quarantined has been brought to somebody's notice.
    const left = events.filter(({ id }) => (statuses.get(id) ?? "processing") === "processing");
    const page = await takePage(parts, left, now);
    yield { ...page, undelivered: events.length, reads: page.reads + events.length };
  }
  const interrupted = await parts.ledger.interruptedEvents(account, new Date(now().getTime() - INTERRUPTED_AFTER_MS));
  const page = await takePage(parts, interrupted, now);
  yield { ...page, reads: page.reads + Math.max(interrupted.length, 1) };
}

async function takePage(
  { ledger, connection, defaults }: SyncParts,
  events: readonly StripeEvent[],
  now: () => Date,
): Promise<GapsPage> {
  // Each event of the page is older than a question that is asked now, so one question does for all of a payment's.
  const answers = new Map<string, Promise<PaymentResult | null>>();
  const ask = askForPayments(connection);
  const payment = (place: PaymentRef): Promise<PaymentResult | null> => {
    const key = JSON.stringify([place.chargedOn, place.stripePaymentId]);
    const known = answers.get(key) ?? ask(place);
    answers.set(key, known);
    return known;
  };
  const page: GapsPage = { undelivered: 0, intakes: [], failures: [], reads: 0, writes: 0 };
  const parts = { ledger: counted(ledger, page), connection, payment, defaults, now };
  for (const event of events) {
    const fields = { eventId: event.id, type: event.type };
    try {
      const intake = await takeEvent(event, parts);
      page.intakes.push(intake);
      const { outcome, reason } = intake;
      if (outcome === "quarantined") log.warn("stripe event", { ...fields, outcome, reason });
    } catch (error) {
      if (error instanceof UnreadableDocumentError) page.failures.push({ ...error.document, reason: error.message });
      else if (isOutage(error)) throw error;
      else {
        // One event that nobody understands must not keep the sync from all others, run after run.
        log.error("stripe event", error, { ...fields, outcome: "quarantined" });
        const reason = `Taking it in failed: ${error instanceof Error ? error.message : String(error)}`;
        await parts.ledger.quarantineEvent({ id: event.id, reason, effects: [], now: now() });
        page.intakes.push({ outcome: "quarantined", reason, effects: [] });
      }
    }
  }
  return page;
}

/** Whether it is no fault of the one event. */
function isOutage(error: unknown): boolean {
  return error instanceof AppError || (error instanceof StripeRequestError && !isRefusal(error));
}

/** The ledger, and what is done in it added up. */
function counted(ledger: EventLedger, page: GapsPage): EventLedger {
  const writes = <Args extends unknown[], T>(write: (...args: Args) => Promise<T>) => {
    return (...args: Args): Promise<T> => {
      page.writes += 1;
      return write(...args);
    };
  };
  return {
    isFranchisee: ledger.isFranchisee,
    claimEvent: writes(ledger.claimEvent),
    quarantineEvent: writes(ledger.quarantineEvent),
    applyAll: async (...args) => {
      const applied = await ledger.applyAll(...args);
      page.reads += applied.reads;
      page.writes += applied.writes;
      return applied;
    },
  };
}
