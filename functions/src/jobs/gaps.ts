import { log } from "../log.ts";
import { UnreadableDocument } from "../store/document.ts";
import type { FailedPayment, SyncState } from "../store/sync-state.ts";
import { undeliveredEvents } from "../stripe/events.ts";
import type { PaymentPlace, Reading } from "../stripe/payments.ts";
import { askForPayments, type EventLedger, type Intake, takeEvent } from "./intake.ts";
import type { SyncParts } from "./parts.ts";
import { eventsSince } from "./plan.ts";

/** A page of events that Stripe could not deliver, and what became of those that are not done by other ways. */
export interface GapsPage {
  undelivered: number;
  intakes: Intake[];
  /** Payments whose documents cannot be read. */
  failures: FailedPayment[];
  /** Documents that were read and written for it. */
  reads: number;
  writes: number;
}

/**
 * Takes in the events of an account (null: the platform's own) since its last run that no webhook brought, page by page.
 * Throws StripeFailure, and AppError `unavailable`; what was taken in until then stays so.
 */
export async function* fillGaps(
  { ledger, connection, defaults }: SyncParts,
  account: string | null,
  state: SyncState,
  now: () => Date,
): AsyncGenerator<GapsPage> {
  const window = eventsSince(state, now());
  if (!window) return;
  if (window.isLate) log.warn("stripe sync comes too late for some events", { account, since: window.since });
  for await (const events of undeliveredEvents(connection, account, window.since)) {
    // Each event of the page is older than a question that is asked now, so one question does for all of a payment's.
    const answers = new Map<string, Promise<Reading | null>>();
    const ask = askForPayments(connection);
    const payment = (place: PaymentPlace): Promise<Reading | null> => {
      const known = answers.get(place.stripePaymentId) ?? ask(place);
      answers.set(place.stripePaymentId, known);
      return known;
    };
    const page: GapsPage = { undelivered: events.length, intakes: [], failures: [], reads: events.length, writes: 0 };
    const parts = { ledger: counted(ledger, page), connection, payment, defaults, now };
    const statuses = await ledger.eventStatuses(events.map(({ id }) => id));
    for (const event of events) {
      // What is quarantined has been brought to somebody's notice.
      const status = statuses.get(event.id);
      if (status === "done" || status === "quarantined") continue;
      try {
        const intake = await takeEvent(event, parts);
        page.intakes.push(intake);
        const { outcome, reason } = intake;
        if (outcome === "quarantined")
          log.warn("stripe event", { eventId: event.id, type: event.type, outcome, reason });
      } catch (error) {
        if (!(error instanceof UnreadableDocument)) throw error;
        page.failures.push({ ...error.document, reason: error.message });
      }
    }
    log.info("stripe events that no webhook brought", { account, ...countsOf(page) });
    yield page;
  }
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

function countsOf({ undelivered, intakes }: GapsPage) {
  const quarantined = intakes.filter(({ outcome }) => outcome === "quarantined").length;
  return { undelivered, taken: intakes.length - quarantined, quarantined };
}
