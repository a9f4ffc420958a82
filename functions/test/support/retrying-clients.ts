import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type ApiResponse, sendSigned, transactionsPath } from "./api.ts";
import { revisionsOf, transactionsOf } from "./database.ts";
import { legacyExample } from "./records.ts";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { expectTotals } from "./totals.ts";
import { storedEvent } from "./webhooks.ts";

/** How long a sender goes on, in milliseconds, until it takes what it sends for lost. */
const PATIENCE_MS = 240_000;

/** What was answered to one who sends something until it is served. `null`: nobody answered. */
export type Heard = Pick<ApiResponse, "status" | "body" | "headers"> | null;

/** Sends it until it is answered 200; says what was heard before. Nobody who answers does not count as an answer. */
export async function untilAnswered(send: () => Promise<ApiResponse>, pauseMs = 20): Promise<Heard[]> {
  const heard: Heard[] = [];
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end) {
    const answer = await send().catch(() => null);
    heard.push(answer);
    if (answer?.status === 200) return heard;
    if (answer && answer.status < 500) throw new Error(`Answered ${answer.status}: ${answer.text}`);
    await sleep(pauseMs * (0.5 + Math.random()));
  }
  throw new Error(`Not served in ${PATIENCE_MS / 1000} s; the last answer was ${heard.at(-1)?.status}.`);
}

/** Makes a request to whoever serves it. */
export type To = (request: (url: string) => Promise<ApiResponse>) => Promise<ApiResponse>;

/** A payment of which the orchestrator posts golden records, one version after the other, each until it is answered. */
export class Sender {
  readonly id = `pi_${randomBytes(8).toString("hex")}`;
  readonly franchiseeId: string;
  /** Acknowledged versions. */
  versions = 0;
  #total = 1_000;

  constructor(franchiseeId: string) {
    this.franchiseeId = franchiseeId;
  }

  /** The next version: with other details, or with other money as well. */
  async post(to: To, correction: string | null = null): Promise<Heard[]> {
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
    // Each try is signed anew, and each version later than all before, by more than the second that is told apart.
    const at = (): Date => new Date(Date.now() - 200_000 + 20_000 * this.versions);
    const path = transactionsPath(this.franchiseeId);
    const headers = { "Content-Type": "application/json" };
    const heard = await untilAnswered(() =>
      to((url) => sendSigned("POST", `${url}${path}`, body, { at: at(), headers })),
    );
    this.versions += 1;
    return heard;
  }

  /** What is stored of it, beside what has to be. */
  async stored(): Promise<[is: unknown, should: unknown]> {
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

/** What is stored of it is what was acknowledged, once. */
export async function expectStored(sender: Sender): Promise<void> {
  const [is, should] = await sender.stored();
  expect(is).toEqual(should);
}

/** Whatever was acknowledged to senders is there, once, each event is done, and there is nothing but theirs and Stripe's payments. */
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
