import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type ApiResponse, sendSigned, transactionsPath } from "./api.ts";
import { revisionsOf, transactionsOf } from "./database.ts";
import { legacyExample } from "./records.ts";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { expectTotals } from "./totals.ts";
import { storedEvent } from "./webhooks.ts";

/** How long a sender retries. */
const RETRY_LIMIT_MS = 240_000;

/** A response to a sender. `null`: no response. */
export type SenderResponse = Pick<ApiResponse, "status" | "body" | "headers"> | null;

/** Retries until the response is 200, and returns all responses. A lost connection counts as no response. */
export async function retryUntilOk(send: () => Promise<ApiResponse>, pauseMs = 20): Promise<SenderResponse[]> {
  const responses: SenderResponse[] = [];
  const end = Date.now() + RETRY_LIMIT_MS;
  while (Date.now() < end) {
    const response = await send().catch(() => null);
    responses.push(response);
    if (response?.status === 200) return responses;
    if (response && response.status < 500) throw new Error(`Response ${response.status}: ${response.text}`);
    await sleep(pauseMs * (0.5 + Math.random()));
  }
  throw new Error(`No 200 within ${RETRY_LIMIT_MS / 1000} s; the last status was ${responses.at(-1)?.status}.`);
}

/** Makes a request to one of the instances. */
export type SendTo = (request: (url: string) => Promise<ApiResponse>) => Promise<ApiResponse>;

/** A payment whose golden records the orchestrator posts version by version, each until it is acknowledged. */
export class Sender {
  readonly id = `pi_${randomBytes(8).toString("hex")}`;
  readonly franchiseeId: string;
  /** Acknowledged versions. */
  versions = 0;
  #total = 1_000;

  constructor(franchiseeId: string) {
    this.franchiseeId = franchiseeId;
  }

  /** Posts the next version: with other details, or with other amounts as well. */
  async post(to: SendTo, correction: string | null = null): Promise<SenderResponse[]> {
    if (correction !== null) this.#total += 7;
    const body = JSON.stringify({
      ...legacyExample,
      stripePaymentId: this.id,
      amount_total: this.#total,
      amount_stripe_fee: 59,
      amount_platform_fee: 41,
      amount_franchisee_net: this.#total - 100,
      name: `version ${this.versions + 1}`,
      correction,
    });
    // Each attempt has a new signature. Versions are more than a second apart, the precision of signing times.
    const at = (): Date => new Date(Date.now() - 200_000 + 20_000 * this.versions);
    const path = transactionsPath(this.franchiseeId);
    const headers = { "Content-Type": "application/json" };
    const responses = await retryUntilOk(() =>
      to((url) => sendSigned("POST", `${url}${path}`, body, { at: at(), headers })),
    );
    this.versions += 1;
    return responses;
  }

  /** The stored and the expected content. */
  async stored(): Promise<[actual: unknown, expected: unknown]> {
    const document = await transactionsOf(this.franchiseeId).doc(this.id).get();
    const revisions = await revisionsOf(this.franchiseeId, this.id);
    const versions = revisions.map(({ before }) => nameIn(before));
    const name: unknown = document.get("name");
    const total: unknown = document.get("amount_total");
    return [
      { id: this.id, name, total, versions },
      {
        id: this.id,
        name: `version ${this.versions}`,
        total: this.#total,
        versions: Array.from({ length: this.versions - 1 }, (_none, index) => `version ${index + 1}`),
      },
    ];
  }
}

/** Fails unless exactly the acknowledged versions are stored, once each. */
export async function expectStored(sender: Sender): Promise<void> {
  const [actual, expected] = await sender.stored();
  expect(actual).toEqual(expected);
}

/**
 * Fails unless every acknowledged record is stored once, each event is done, and there are no other payments than the
 * senders' and Stripe's.
 */
export async function expectAcknowledged(
  { books }: FakeStripe,
  franchisees: readonly string[],
  senders: readonly Sender[],
  events: Iterable<string>,
): Promise<void> {
  for (const sender of senders) await expectStored(sender);
  for (const id of events) expect(await storedEvent(id)).toMatchObject({ status: "done" });
  for (const id of franchisees) {
    const { transactions } = await expectTotals(id);
    const mine = senders.filter(({ franchiseeId }) => franchiseeId === id).length;
    expect(transactions).toHaveLength(mine + books.connect(id).payment_intent.newestFirst().length);
  }
}

function nameIn(before: unknown): unknown {
  return typeof before === "object" && before !== null && "name" in before ? before.name : undefined;
}
