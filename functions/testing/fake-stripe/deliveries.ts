import { setTimeout as sleep } from "node:timers/promises";
import Stripe from "stripe";
import type { FakeBooks } from "./books.ts";
import type { StoredEvent } from "./objects.ts";

export interface DeliveryOptions {
  url: string | URL;
  /** For events of the platform and of connected accounts. The first of several, separated by commas, signs. */
  secrets: { account: string; connect: string };
  /** Before the second attempt; doubles with each. */
  firstDelayMs?: number;
  attempts?: number;
  timeoutMs?: number;
  parallel?: number;
  /** Called after the last attempt; the event stays pending. */
  onGivenUp?: (event: StoredEvent, reason: string) => void;
}

export interface DeliveryFaults {
  duplicate: boolean;
  /** Sends no events; they stay pending. */
  drop: boolean;
  /** Holds events until `settled` is called, then sends them one by one, newest first. */
  reorder: boolean;
}

export interface Deliveries {
  faults: DeliveryFaults;
  /** Resolves when each event is delivered or given up. */
  settled: () => Promise<void>;
  stop: () => void;
}

/** Delivers events like Stripe: signed, at least once, in any order, with retries. */
export function deliverWebhooks(books: FakeBooks, options: DeliveryOptions): Deliveries {
  const { parallel = 8, onGivenUp = report } = options;
  const faults: DeliveryFaults = { duplicate: false, drop: false, reorder: false };
  const stopped = new AbortController();
  const pending = new Set<Promise<void>>();
  const waiting: (() => void)[] = [];
  let held: StoredEvent[] = [];
  let sending = 0;

  async function withSlot<T>(work: () => Promise<T>): Promise<T> {
    if (sending >= parallel) await new Promise<void>((resolve) => void waiting.push(resolve));
    else sending += 1;
    try {
      return await work();
    } finally {
      // Passes the slot on.
      const next = waiting.shift();
      if (next) next();
      else sending -= 1;
    }
  }

  async function deliver(event: StoredEvent): Promise<void> {
    const { firstDelayMs = 500, attempts = 8 } = options;
    let reason = "";
    for (let count = 0; count < attempts; count += 1) {
      if (count > 0)
        await sleep(firstDelayMs * 2 ** (count - 1), undefined, { signal: stopped.signal }).catch(() => {});
      if (stopped.signal.aborted) return;
      reason = await withSlot(() => post(event, options, stopped.signal));
      if (reason === "") event.pending_webhooks = 0;
      if (reason === "" || stopped.signal.aborted) return;
    }
    onGivenUp(event, `${reason}, ${attempts} attempts`);
  }

  function start(event: StoredEvent): Promise<void> {
    const work = deliver(event).finally(() => pending.delete(work));
    pending.add(work);
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
      while (held.length > 0 || pending.size > 0) {
        const released = held.toReversed();
        held = [];
        for (const event of released) await send(event);
        await Promise.all(pending);
      }
    },
    stop: () => {
      stopped.abort();
      held = [];
      if (books.onEvent === onEvent) books.onEvent = undefined;
    },
  };
}

/** Returns the reason of a failure; empty after a success. A redirect is a failure, as for Stripe. */
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
    return response.ok ? "" : `status ${response.status}`;
  } catch (error) {
    return error instanceof Error && error.name === "TimeoutError" ? "timeout" : "connection lost";
  }
}

function report({ id, type }: StoredEvent, reason: string): void {
  console.warn(`Stripe stops delivering ${type} (${id}): ${reason}.`);
}
