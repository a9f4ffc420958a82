import type { StripeEvent } from "../../domain/stripe-event.ts";
import { AppError } from "../../errors.ts";
import { log } from "../../log.ts";
import type { EventCursor } from "../../store/stripe-events.ts";
import type { FailedPayment } from "../../store/sync-state.ts";
import type { SyncStore } from "../../store/sync-store.ts";
import { UnreadableDocumentError } from "../../store/transaction-converter.ts";
import { isRejected, StripeRequestError } from "../../stripe/client.ts";
import { undeliveredEvents } from "../../stripe/events.ts";
import { cachedFetcher, paymentFetcher } from "../../stripe/payment-fetcher.ts";
import { type EventDependencies, type EventResult, processEvent } from "./process-event.ts";

/** The results of a page of events that no webhook completed. */
export interface UndeliveredPage {
  /** How many events Stripe could not deliver. */
  undelivered: number;
  results: EventResult[];
  /** Payments whose documents cannot be read. */
  failures: FailedPayment[];
}

type Dependencies = Omit<EventDependencies, "fetchPayment" | "store"> & { store: SyncStore };

/** An event that is `processing` for longer was interrupted. */
const INTERRUPTED_AFTER_MS = 10 * 60_000;

/**
 * Processes, page by page, the events of an account (null: the platform) since then that Stripe could not deliver, and
 * the events of any time whose processing was interrupted. Throws StripeRequestError, AppError `unavailable`.
 */
export async function* processUndelivered(
  dependencies: Dependencies,
  account: string | null,
  since: Date,
): AsyncGenerator<UndeliveredPage> {
  const { connection, store, now } = dependencies;
  for await (const events of undeliveredEvents(connection, account, since)) {
    const statuses = await store.eventStatuses(events.map(({ id }) => id));
    // Not the quarantined ones, which an operator sees.
    const left = events.filter(({ id }) => (statuses.get(id) ?? "processing") === "processing");
    yield await processPage(dependencies, left, events.length);
  }
  const before = new Date(now().getTime() - INTERRUPTED_AFTER_MS);
  let cursor: EventCursor | null = null;
  do {
    const page = await store.interruptedEvents(account, before, cursor);
    yield await processPage(dependencies, page.events, 0);
    cursor = page.cursor;
  } while (cursor);
}

async function processPage(
  dependencies: Dependencies,
  events: readonly StripeEvent[],
  undelivered: number,
): Promise<UndeliveredPage> {
  // Each of these events is older than any request made now, so one response serves all events of a payment.
  const fetchPayment = cachedFetcher(paymentFetcher(dependencies.connection));
  const page: UndeliveredPage = { undelivered, results: [], failures: [] };
  for (const event of events) {
    const fields = { eventId: event.id, type: event.type };
    try {
      const result = await processEvent(event, { ...dependencies, fetchPayment });
      page.results.push(result);
      const { outcome, reason } = result;
      if (outcome === "quarantined") log.warn("stripe event", { ...fields, outcome, reason });
    } catch (error) {
      if (error instanceof UnreadableDocumentError) page.failures.push({ ...error.document, reason: error.message });
      else if (isOutage(error)) throw error;
      else {
        // An event that always fails must not block the sync.
        log.error("stripe event", error, { ...fields, outcome: "quarantined" });
        const reason = `Processing failed: ${error instanceof Error ? error.message : String(error)}`;
        await dependencies.store.quarantineEvent({ id: event.id, reason, effects: [], now: dependencies.now() });
        page.results.push({ outcome: "quarantined", reason, effects: [] });
      }
    }
  }
  return page;
}

/** Whether the failure concerns other events too. */
function isOutage(error: unknown): boolean {
  return error instanceof AppError || (error instanceof StripeRequestError && !isRejected(error));
}
