import { randomInt } from "node:crypto";
import type Stripe from "stripe";
import { untilAvailable } from "../../tools/local/until-available.ts";
import { dispute, refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import type { StoredEvent } from "../../testing/fake-stripe/objects.ts";
import type { PaymentSpec } from "../../testing/fake-stripe/payment-spec.ts";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { discrepancyOf } from "../../src/domain/reconciliation-exception.ts";
import type { GoldenObservation, Observation } from "../../src/domain/observation.ts";
import { processEvent } from "../../src/jobs/events/process-event.ts";
import { apply } from "../../src/store/apply.ts";
import { fromFirestore } from "../../src/store/transaction-converter.ts";
import { LeaseLostError } from "../../src/store/sync-state.ts";
import { KeyedMutex } from "../../src/store/keyed-mutex.ts";
import type { Connection } from "../../src/stripe/client.ts";
import { eventNewsSchema } from "../../src/stripe/events.ts";
import { newFranchisee, newPayment } from "./api.ts";
import { nextOf } from "./convergence/happenings.ts";
import { database, transactionsOf } from "./database.ts";
import { KilledError, Life } from "./mortal.ts";
import { DEFAULTS, observation } from "./records.ts";
import { connectTo, runSync } from "./stripe.ts";

interface Payment {
  id: string;
  franchiseeId: string;
  /** Null where the orchestrator is mistaken, and Stripe knows of none. */
  intent: Stripe.PaymentIntent | null;
  said: GoldenObservation[];
}

export function pick<T>(all: readonly T[]): T {
  const one = all[randomInt(all.length)];
  if (one === undefined) throw new Error("There is nothing to pick.");
  return one;
}

/** So many times of ten. */
const oftenOfTen = (times: number): boolean => randomInt(10) < times;

/** How many steps somebody lives: often to the end. */
const someLife = (): Life => new Life(oftenOfTen(4) ? 1 + randomInt(8) : Infinity);

/** What reaches the ledger of some franchisees from all sides, at the same time: each kind of it is one operation. */
export class Traffic {
  readonly franchisees = Array.from({ length: 5 }, newFranchisee);
  readonly #fake: FakeStripe;
  readonly #connection: Connection;
  readonly #events: StoredEvent[] = [];
  readonly #payments: Payment[] = [];
  /** Of the function that takes webhooks; they know nothing of each other. */
  readonly #instances = [new KeyedMutex(), new KeyedMutex()] as const;
  #seconds: number;
  #signed = 0;

  /** Begins so many days ago. */
  constructor(fake: FakeStripe, days: number) {
    this.#fake = fake;
    this.#connection = connectTo(fake);
    this.#seconds = Math.floor(Date.now() / 1000) - days * 86_400;
    fake.books.clock = () => this.#seconds;
    fake.books.onEvent = (event) => void this.#events.push(event);
  }

  async begin(): Promise<void> {
    for (const id of this.franchisees) {
      this.#fake.books.connect(id);
      await database.doc(`franchisees/${id}`).set({});
    }
    for (const id of this.franchisees) {
      const { intent } = this.#pay(id);
      if (intent) refund(this.#fake.books, intent, { amount: 100 });
      if (intent) dispute(this.#fake.books, intent);
    }
  }

  /** Nobody dies any more, and everything that there is in Stripe arrives. */
  async syncAll(): Promise<void> {
    for (const scope of ["platform", ...this.franchisees]) {
      await runSync(scope, this.#connection, { now: this.#now, owner: "last task" });
    }
  }

  readonly #now = (): Date => new Date(this.#seconds * 1000);

  /** Of every kind one, for whoever takes them in turn. */
  readonly operations: readonly (() => Promise<void>)[] = [
    () => this.#post(),
    () => this.#deliver(),
    () => this.#payAndPost(),
    () => this.#happen(),
    () => this.#correct(),
    () => this.#deliver(),
    () => this.#repeat(),
    () => this.#happen(),
    () => this.#sync(pick(["platform", ...this.franchisees])),
    () => this.#resolve(),
    () => this.#invent(),
  ];

  goOn(seconds: number): void {
    this.#seconds += seconds;
  }

  #pay(account: string): Payment {
    const mode = pick<PaymentSpec["mode"]>(["direct", "direct", "destination"]);
    const amount = 1_000 + randomInt(50_000);
    const workshopId = pick(["w1", "w2", "w3", ""]);
    const intent = this.#fake.books.pay({
      account,
      mode,
      amount,
      applicationFee: Math.floor(amount / 10),
      metadata: workshopId === "" ? {} : { workshopId, workshopName: `Workshop ${workshopId}` },
      ...(oftenOfTen(3) && { currency: "usd" }),
      ...(oftenOfTen(2) && { currency: "usd", settlement: { currency: "cad", rate: 1.35 } }),
      ...(oftenOfTen(2) && { settles: "late" }),
    });
    const payment = { id: intent.id, franchiseeId: account, intent, said: [] };
    this.#payments.push(payment);
    return payment;
  }

  /** A record of a payment as it is, or nearly so. */
  #record({ id, intent }: Payment, fields: object = {}): GoldenObservation {
    const amount_total = intent?.amount ?? 5_000;
    const stripeFee = Math.round(amount_total * 0.029) + 30;
    const platformFee = Math.floor(amount_total / 10) - (oftenOfTen(2) ? 1 : 0);
    const parts = {
      amount_stripe_fee: stripeFee,
      amount_platform_fee: platformFee,
      amount_franchisee_net: amount_total - stripeFee - platformFee,
    };
    this.#signed += 1;
    const record = {
      stripePaymentId: id,
      amount_total,
      ...(oftenOfTen(8) ? parts : { amount_stripe_fee: null, amount_platform_fee: null, amount_franchisee_net: null }),
      status: pick(["succeeded", "succeeded", "succeeded", "processing", null]),
      workshopId: pick(["w1", "w2", "w3", null]),
      workshopName: pick(["Clay", "Glass", null]),
      currency: pick(["cad", "usd", null]),
      ...fields,
    };
    // Signed later than all before, whatever the time is.
    return observation(record, this.#seconds + this.#signed);
  }

  async #apply(franchiseeId: string, seen: Observation): Promise<void> {
    await untilAvailable(() => apply(franchiseeId, seen, { now: this.#now(), defaults: DEFAULTS }));
  }

  async #say(payment: Payment, fields: object = {}): Promise<void> {
    const said = this.#record(payment, fields);
    payment.said.push(said);
    await this.#apply(payment.franchiseeId, said);
  }

  async #payAndPost(): Promise<void> {
    const payment = this.#pay(pick(this.franchisees));
    if (oftenOfTen(7)) await this.#say(payment);
  }

  async #post(): Promise<void> {
    await this.#say(pick(this.#payments));
  }

  async #correct(): Promise<void> {
    const fields = { correction: "counted again", status: "succeeded", livemode: oftenOfTen(1) };
    await this.#say(pick(this.#payments), { ...fields, amount_total: 1_000 + randomInt(50_000) });
  }

  /** What was said once, twice more at the same time. */
  async #repeat(): Promise<void> {
    const { franchiseeId, said } = pick(this.#payments);
    const again = said.length > 0 ? pick(said) : undefined;
    if (again) await Promise.all([this.#apply(franchiseeId, again), this.#apply(franchiseeId, again)]);
  }

  async #invent(): Promise<void> {
    const payment = { id: newPayment(), franchiseeId: pick(this.franchisees), intent: null, said: [] };
    this.#payments.push(payment);
    await this.#say(payment);
    const asOf = new Date((this.#seconds + 2 * 86_400) * 1000);
    if (oftenOfTen(5)) {
      await this.#apply(payment.franchiseeId, { kind: "absence", stripePaymentId: payment.id, asOf });
    }
  }

  async #resolve(): Promise<void> {
    const { franchiseeId } = pick(this.#payments);
    const open = await transactionsOf(franchiseeId).where("exception", "!=", null).limit(5).get();
    if (open.empty) return;
    const transaction = fromFirestore(pick(open.docs));
    const isResolved = transaction.exception === "open";
    const { stripePaymentId } = transaction;
    const resolution = { seen: discrepancyOf(transaction), isResolved, reason: "known", by: "Ada" };
    await this.#apply(franchiseeId, { kind: "resolution", stripePaymentId, ...resolution });
  }

  /** Something happens in Stripe, and its webhook comes at once, or never. */
  async #happen(): Promise<void> {
    const { intent } = pick(this.#payments);
    const next = intent ? nextOf(this.#fake.books, intent, 1 + randomInt(9)) : [];
    if (next.length > 0) pick(next)();
    const event = this.#events.at(-1);
    if (event && oftenOfTen(8)) await this.#take(event);
  }

  /** One of the last events, delivered already or not, twice at the same time. */
  async #deliver(): Promise<void> {
    const event = pick(this.#events.slice(-8));
    await Promise.all([this.#take(event), this.#take(event)]);
  }

  async #take(event: StoredEvent): Promise<void> {
    const news = eventNewsSchema.parse(JSON.parse(JSON.stringify(event)));
    if (news.kind !== "event") return;
    const mutex = oftenOfTen(9) ? this.#instances[0] : this.#instances[1];
    const dependencies = { ...someLife().eventDependencies(this.#connection, mutex), now: this.#now };
    await ifItLives(() => untilAvailable(() => processEvent(news.event, dependencies)));
  }

  async #sync(scope: string): Promise<void> {
    const life = someLife();
    const options = {
      now: this.#now,
      owner: `task ${randomInt(3)}`,
      pageSize: 10,
      store: life.store(new KeyedMutex()),
    };
    await ifItLives(() => untilAvailable(() => runSync(scope, life.connection(this.#connection), options)));
  }
}

async function ifItLives(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof KilledError) && !(error instanceof LeaseLostError)) throw error;
  }
}
