import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { recordDefaults, stripeAccess } from "../../config.ts";
import { type EventStore, syncStore } from "../../store/sync-store.ts";
import { connect, type Connection, type ConnectionOptions } from "../../stripe/client.ts";
import { keyOf, paymentFetcher } from "../../stripe/payment-fetcher.ts";
import { Batches } from "./batches.ts";
import { applyPayment, type Claim, type EventDependencies, type EventResult } from "./process-event.ts";

interface Shared extends Pick<EventDependencies, "connection" | "fetchPayment" | "store"> {
  access: string;
  batches: Batches<Claim, EventResult>;
  claims: ClaimsInProgress;
}

let shared: Shared | undefined;

/**
 * The dependencies of events that share a rate of Stripe requests, and those of a payment that are processed at the
 * same time one request and one commit, until the settings of this instance change. Throws if one is missing.
 */
export function sharedDependencies(limits: Partial<ConnectionOptions>): EventDependencies {
  const options = stripeAccess();
  const access = `${options.key} ${options.base.href}`;
  if (shared?.access !== access) shared = share(access, connect({ ...options, ...limits }));
  const { batches, claims, connection, fetchPayment, store } = shared;
  const own = { connection, fetchPayment, store, defaults: recordDefaults(), now: () => new Date() };
  const joinPayment: EventDependencies["joinPayment"] = (payment, events) => {
    const key = keyOf(payment);
    return batches.add(key, events, async (close) => {
      await claims.ended(key);
      return applyPayment(payment, close, own);
    });
  };
  return { ...own, joinPayment };
}

function share(access: string, connection: Connection): Shared {
  const claims = new ClaimsInProgress();
  const store = { ...syncStore, claimEvent: claims.tracked(syncStore.claimEvent) };
  return { access, batches: new Batches(), claims, connection, fetchPayment: paymentFetcher(connection), store };
}

/** For the claims of other events, in milliseconds. */
const MAX_CLAIM_WAIT_MS = 200;

/**
 * The claims of events that name their payment, by payment. Stripe sends these within milliseconds: the request for the
 * first one waits for the claims of those that have arrived.
 */
class ClaimsInProgress {
  readonly #claims = new Map<string, Set<Promise<unknown>>>();

  tracked(claimEvent: EventStore["claimEvent"]): EventStore["claimEvent"] {
    return (event, now) => {
      const claim = claimEvent(event, now);
      const { account, subject } = event;
      if (subject.kind === "payment") {
        this.#track(keyOf({ chargedOn: account, stripePaymentId: subject.stripePaymentId }), claim);
      }
      return claim;
    };
  }

  #track(key: string, claim: Promise<unknown>): void {
    const claims = this.#claims.get(key) ?? new Set();
    this.#claims.set(key, claims.add(claim));
    const end = (): void => {
      claims.delete(claim);
      if (claims.size === 0) this.#claims.delete(key);
    };
    claim.then(end, end);
  }

  /**
   * Resolves when those that are in progress now have ended, or soon. Their events have been added to a batch then,
   * unless this instance has to look their franchisee up first.
   */
  async ended(key: string): Promise<void> {
    const claims = this.#claims.get(key);
    if (!claims) return;
    await Promise.race([Promise.allSettled(claims), sleep(MAX_CLAIM_WAIT_MS)]);
    await turn();
  }
}
