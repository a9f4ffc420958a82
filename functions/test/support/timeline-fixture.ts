import type { PaymentSpec } from "../../testing/fake-stripe/payment-spec.ts";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import type { Transaction } from "../../src/domain/transaction.ts";
import type { SyncReport } from "../../src/jobs/sync/report.ts";
import { apply } from "../../src/store/apply.ts";
import { fromFirestore } from "../../src/store/transaction-converter.ts";
import { newFranchisee } from "./api.ts";
import { database, transactionsOf } from "./database.ts";
import { DEFAULTS, observation } from "./records.ts";
import { connectTo, runSync, type StartStripe } from "./stripe.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A franchisee whose clock the test advances: Stripe's clock and that of the sync show the same time. */
export class Timeline {
  readonly fake: FakeStripe;
  readonly franchiseeId = newFranchisee();
  #now = Date.now();

  constructor(fake: FakeStripe) {
    this.fake = fake;
    fake.books.clock = () => Math.floor(this.#now / 1000);
    fake.books.connect(this.franchiseeId);
  }

  get seconds(): number {
    return Math.floor(this.#now / 1000);
  }

  after(span: number): this {
    this.#now += span;
    return this;
  }

  order(fields: Partial<PaymentSpec> = {}) {
    const { franchiseeId: account } = this;
    return this.fake.books.createIntent({
      account,
      mode: "direct",
      amount: 1_000,
      stripeFee: 59,
      applicationFee: 41,
      ...fields,
    });
  }

  pay(fields: Partial<PaymentSpec> = {}) {
    const intent = this.order(fields);
    this.fake.books.attempt(intent);
    return intent;
  }

  /** Syncs the platform, then the franchisee, as the schedule does. */
  async sync(key?: string): Promise<SyncReport[]> {
    const options = { now: () => new Date(this.#now) };
    const connection = connectTo(this.fake, key === undefined ? {} : { key });
    return [await runSync("platform", connection, options), await runSync(this.franchiseeId, connection, options)];
  }

  async golden(fields: object): Promise<void> {
    const context = { now: new Date(this.#now), defaults: DEFAULTS };
    await apply(this.franchiseeId, observation(fields, this.#now / 1000), context);
  }

  async transaction({ id }: { id: string }): Promise<Transaction | null> {
    const snapshot = await transactionsOf(this.franchiseeId).doc(id).get();
    return snapshot.exists ? fromFirestore(snapshot) : null;
  }
}

/** Begins a timeline now, with a first sync. */
export async function startTimeline(startStripe: StartStripe): Promise<Timeline> {
  // The timeline of an earlier test may have ended in the future.
  await database().doc("syncState/platform").delete();
  const timeline = new Timeline(await startStripe());
  await timeline.sync();
  return timeline;
}
