import { setTimeout as sleep } from "node:timers/promises";
import Stripe from "stripe";
import type { FakeBooks } from "./books.ts";
import type { StoredEvent } from "./objects.ts";

/** Delivers events as Stripe does: signed, at least once, in any order, and again after a failure. */

export interface DeliveryOptions {
  url: string | URL;
  /** For the platform's own events, and for those of connected accounts. Of several, by commas, the first one signs. */
  secrets: { account: string; connect: string };
  /** Before the second try; it doubles with each. */
  firstWaitMs?: number;
  tries?: number;
  timeoutMs?: number;
  parallel?: number;
  /** Called when an event is given up; it stays pending. */
  onGivenUp?: (event: StoredEvent, reason: string) => void;
}

export interface DeliveryFaults {
  duplicate: boolean;
  /** No event is sent; it stays pending. */
  drop: boolean;
  /** Events are held until `settled` is called, and then sent one by one, the last first. */
  reorder: boolean;
}

export interface Deliveries {
  faults: DeliveryFaults;
  /** Resolves when each event has arrived or is given up. */
  settled: () => Promise<void>;
  stop: () => void;
}

export function deliverWebhooks(books: FakeBooks, options: DeliveryOptions): Deliveries {
  const { parallel = 8, onGivenUp = report } = options;
  const faults: DeliveryFaults = { duplicate: false, drop: false, reorder: false };
  const stopped = new AbortController();
  const underWay = new Set<Promise<void>>();
  const waiting: (() => void)[] = [];
  let held: StoredEvent[] = [];
  let sending = 0;

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (sending >= parallel) await new Promise<void>((resolve) => void waiting.push(resolve));
    else sending += 1;
    try {
      return await work();
    } finally {
      // The next one uses the slot.
      const next = waiting.shift();
      if (next) next();
      else sending -= 1;
    }
  }

  async function deliver(event: StoredEvent): Promise<void> {
    const { firstWaitMs = 500, tries = 8 } = options;
    let reason = "";
    for (let count = 0; count < tries; count += 1) {
      if (count > 0) await sleep(firstWaitMs * 2 ** (count - 1), undefined, { signal: stopped.signal }).catch(() => {});
      if (stopped.signal.aborted) return;
      reason = await inTurn(() => post(event, options, stopped.signal));
      if (reason === "") event.pending_webhooks = 0;
      if (reason === "" || stopped.signal.aborted) return;
    }
    onGivenUp(event, `${reason}, ${tries} times`);
  }

  function start(event: StoredEvent): Promise<void> {
    const work = deliver(event).finally(() => underWay.delete(work));
    underWay.add(work);
    return work;
  }

  async function send(event: StoredEvent): Promise<void> {
    await Promise.all(Array.from({ length: faults.duplicate ? 2 : 1 }, () => start(event)));
  }

  const onEvent = (event: StoredEvent): void => {
    if (faults.drop) return;
    if (faults.reorder) held.push(event);
    else void send(event);
  };
  books.onEvent = onEvent;

  return {
    faults,
    settled: async () => {
      while (held.length > 0 || underWay.size > 0) {
        const released = held.toReversed();
        held = [];
        for (const event of released) await send(event);
        await Promise.all(underWay);
      }
    },
    stop: () => {
      stopped.abort();
      held = [];
      if (books.onEvent === onEvent) books.onEvent = undefined;
    },
  };
}

/** Returns what went wrong; empty if the event has arrived. A redirect is a failure, as it is to Stripe. */
async function post(event: StoredEvent, options: DeliveryOptions, stopped: AbortSignal): Promise<string> {
  const { url, secrets, timeoutMs = 30_000 } = options;
  const payload = JSON.stringify(event, null, 2);
  const [secret = ""] = (event.account === undefined ? secrets.account : secrets.connect).split(",");
  try {
    const response = await fetch(url, {
      method: "POST",
      body: payload,
      headers: {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Stripe-Signature": Stripe.webhooks.generateTestHeaderString({ payload, secret: secret.trim() }),
      },
      redirect: "manual",
      signal: AbortSignal.any([stopped, AbortSignal.timeout(timeoutMs)]),
    });
    await response.arrayBuffer();
    return response.ok ? "" : `answered with ${response.status}`;
  } catch (error) {
    return error instanceof Error && error.name === "TimeoutError" ? "not answered in time" : "the connection was lost";
  }
}

function report({ id, type }: StoredEvent, reason: string): void {
  console.warn(`Stripe gives up on delivering ${type} (${id}): ${reason}.`);
}
