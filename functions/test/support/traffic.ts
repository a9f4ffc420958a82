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
import { receivedEventSchema } from "../../src/stripe/events.ts";
import { newFranchisee, newPayment } from "./api.ts";
import { stripeActions } from "./convergence/stripe-actions.ts";
import { database, transactionsOf } from "./database.ts";
import { DEFAULTS, observation } from "./records.ts";
import { CrashError, SimulatedProcess, storeWith } from "./simulated-process.ts";
import { connectTo, runSync } from "./stripe.ts";
import { eventDependencies } from "./webhooks.ts";

interface Payment {
  id: string;
  franchiseeId: string;
  /** Null for a payment that Stripe does not have. */
  intent: Stripe.PaymentIntent | null;
  records: GoldenObservation[];
}

export function pick<T>(all: readonly T[]): T {
  const one = all[randomInt(all.length)];
  if (one === undefined) throw new Error("Nothing to pick from.");
  return one;
}

/** True in this many of ten cases. */
const chanceInTen = (times: number): boolean => randomInt(10) < times;

/** A process that often crashes after a few steps. */
const someProcess = (): SimulatedProcess => new SimulatedProcess(chanceInTen(4) ? 1 + randomInt(8) : Infinity);

/** Concurrent writes to the ledger of some franchisees, from every writer: each kind is one operation. */
export class Traffic {
  readonly franchisees = Array.from({ length: 5 }, newFranchisee);
  readonly #fake: FakeStripe;
  readonly #connection: Connection;
  readonly #events: StoredEvent[] = [];
  readonly #payments: Payment[] = [];
  /** One for each instance of the webhook function. */
  readonly #mutexes = [new KeyedMutex(), new KeyedMutex()] as const;
  #seconds: number;
  #signed = 0;

  /** Begins this many days ago. */
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
      await database().doc(`franchisees/${id}`).set({});
    }
    for (const id of this.franchisees) {
      // Settled in Canadian dollars, so that every counter is used.
      const { intent } = this.#pay(id, false);
      if (intent) refund(this.#fake.books, intent, { amount: 100 });
      if (intent) dispute(this.#fake.books, intent);
    }
  }

  /** Syncs everything without crashes. */
  async syncAll(): Promise<void> {
    for (const scope of ["platform", ...this.franchisees]) {
      await runSync(scope, this.#connection, { now: this.#now, owner: "last task" });
    }
  }

  readonly #now = (): Date => new Date(this.#seconds * 1000);

  /** Each kind of operation, to be run in turn. */
  readonly operations: readonly (() => Promise<void>)[] = [
    () => this.#post(),
    () => this.#deliver(),
    () => this.#payAndPost(),
    () => this.#act(),
    () => this.#correct(),
    () => this.#deliver(),
    () => this.#repeat(),
    () => this.#act(),
    () => this.#sync(pick(["platform", ...this.franchisees])),
    () => this.#resolve(),
    () => this.#signUnknown(),
  ];

  advanceClock(seconds: number): void {
    this.#seconds += seconds;
  }

  #pay(account: string, isVaried = true): Payment {
    const mode = pick<PaymentSpec["mode"]>(["direct", "direct", "destination"]);
    const amount = 1_000 + randomInt(50_000);
    const workshopId = pick(["w1", "w2", "w3", ""]);
    const intent = this.#fake.books.pay({
      account,
      mode,
      amount,
      applicationFee: Math.floor(amount / 10),
      metadata: workshopId === "" ? {} : { workshopId, workshopName: `Workshop ${workshopId}` },
      ...(isVaried && chanceInTen(3) && { currency: "usd" }),
      ...(isVaried && chanceInTen(2) && { currency: "usd", settlement: { currency: "cad", rate: 1.35 } }),
      ...(isVaried && chanceInTen(2) && { settles: "late" }),
    });
    const payment = { id: intent.id, franchiseeId: account, intent, records: [] };
    this.#payments.push(payment);
    return payment;
  }

  /** A record of a payment, sometimes with a wrong fee. */
  #record({ id, intent }: Payment, fields: object = {}): GoldenObservation {
    const amount_total = intent?.amount ?? 5_000;
    const stripeFee = Math.round(amount_total * 0.029) + 30;
    const platformFee = Math.floor(amount_total / 10) - (chanceInTen(2) ? 1 : 0);
    const parts = {
      amount_stripe_fee: stripeFee,
      amount_platform_fee: platformFee,
      amount_franchisee_net: amount_total - stripeFee - platformFee,
    };
    this.#signed += 1;
    const record = {
      stripePaymentId: id,
      amount_total,
      ...(chanceInTen(8) ? parts : { amount_stripe_fee: null, amount_platform_fee: null, amount_franchisee_net: null }),
      status: pick(["succeeded", "succeeded", "succeeded", "processing", null]),
      workshopId: pick(["w1", "w2", "w3", null]),
      workshopName: pick(["Clay", "Glass", null]),
      currency: pick(["cad", "usd", null]),
      ...fields,
    };
    // Signed later than every record before it.
    return observation(record, this.#seconds + this.#signed);
  }

  async #apply(franchiseeId: string, seen: Observation): Promise<void> {
    await untilAvailable(() => apply(franchiseeId, seen, { now: this.#now(), defaults: DEFAULTS }));
  }

  async #sign(payment: Payment, fields: object = {}): Promise<void> {
    const record = this.#record(payment, fields);
    payment.records.push(record);
    await this.#apply(payment.franchiseeId, record);
  }

  async #payAndPost(): Promise<void> {
    const payment = this.#pay(pick(this.franchisees));
    if (chanceInTen(7)) await this.#sign(payment);
  }

  async #post(): Promise<void> {
    await this.#sign(pick(this.#payments));
  }

  async #correct(): Promise<void> {
    const fields = { correction: "counted again", status: "succeeded", livemode: chanceInTen(1) };
    await this.#sign(pick(this.#payments), { ...fields, amount_total: 1_000 + randomInt(50_000) });
  }

  /** Repeats a record twice at the same time. */
  async #repeat(): Promise<void> {
    const { franchiseeId, records } = pick(this.#payments);
    const again = records.length > 0 ? pick(records) : undefined;
    if (again) await Promise.all([this.#apply(franchiseeId, again), this.#apply(franchiseeId, again)]);
  }

  async #signUnknown(): Promise<void> {
    const payment = { id: newPayment(), franchiseeId: pick(this.franchisees), intent: null, records: [] };
    this.#payments.push(payment);
    await this.#sign(payment);
    const asOf = new Date((this.#seconds + 2 * 86_400) * 1000);
    if (chanceInTen(5)) {
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

  /** Takes an action in Stripe, whose webhook comes at once or never. */
  async #act(): Promise<void> {
    const { intent } = pick(this.#payments);
    const actions = intent ? stripeActions(this.#fake.books, intent, 1 + randomInt(9)) : [];
    if (actions.length > 0) pick(actions)();
    const event = this.#events.at(-1);
    if (event && chanceInTen(8)) await this.#take(event);
  }

  /** Delivers one of the last events, repeated or not, twice at the same time. */
  async #deliver(): Promise<void> {
    const event = pick(this.#events.slice(-8));
    await Promise.all([this.#take(event), this.#take(event)]);
  }

  async #take(event: StoredEvent): Promise<void> {
    const received = receivedEventSchema.parse(JSON.parse(JSON.stringify(event)));
    if (received.kind !== "event") return;
    const store = storeWith(chanceInTen(9) ? this.#mutexes[0] : this.#mutexes[1]);
    const process = someProcess();
    const dependencies = eventDependencies(process.connection(this.#connection), process.store(store));
    await ignoreCrash(() => untilAvailable(() => processEvent(received.event, { ...dependencies, now: this.#now })));
  }

  async #sync(scope: string): Promise<void> {
    const process = someProcess();
    const options = {
      now: this.#now,
      owner: `task ${randomInt(3)}`,
      pageSize: 10,
      store: process.store(storeWith(new KeyedMutex())),
    };
    await ignoreCrash(() => untilAvailable(() => runSync(scope, process.connection(this.#connection), options)));
  }
}

async function ignoreCrash(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof CrashError) && !(error instanceof LeaseLostError)) throw error;
  }
}
