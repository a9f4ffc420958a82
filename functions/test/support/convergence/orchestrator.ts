import type Stripe from "stripe";
import { FakeBooks } from "../../../testing/fake-stripe/books.ts";
import type { PaymentSpec } from "../../../testing/fake-stripe/payment-spec.ts";
import { apply } from "../../../src/store/apply.ts";
import { newFranchisee, newPayment } from "../api.ts";
import { transactionsOf } from "../database.ts";
import type { SignedRecord } from "../oracle.ts";
import { DEFAULTS, observation } from "../records.ts";
import { type FaultInjection, retryFaults } from "./fault-injection.ts";
import type { Order, RecordShape, Scenario, Step } from "./scenario.ts";
import { firstTransfer } from "./stripe-actions.ts";

/** The value of a minor unit in Canadian cents. Amounts in cents are rounded: ten won are about a cent. */
const RATES: ReadonlyMap<string, number> = new Map([
  ["usd", 1.37],
  ["krw", 0.0973],
]);

/** A payment, or one that only the orchestrator knows. */
export interface SimulatedPayment {
  id: string;
  account: string;
  intent: Stripe.PaymentIntent | null;
  shape: RecordShape;
  amounts: {
    amount_total: number;
    amount_stripe_fee: number;
    amount_platform_fee: number;
    amount_franchisee_net: number;
  };
  currency: string;
  records: (SignedRecord & { isPosted: boolean })[];
  /** When its first golden record created the document. */
  createdAt: Date | null;
}

type SignStep = Omit<Extract<Step, { kind: "sign record" }>, "kind" | "payment">;
type Setting = Pick<Scenario, "accounts" | "behaviour" | "delayDays" | "feesPayer">;

/** Creates the payments of some franchisees, and posts golden records of them. */
export class Orchestrator {
  readonly books = new FakeBooks();
  readonly accounts: string[];
  readonly payments: SimulatedPayment[] = [];
  protected seconds: number;
  #serial = 0;

  readonly #faults: FaultInjection | null;

  constructor(start: number, { accounts, behaviour, delayDays, feesPayer }: Setting, faults: FaultInjection | null) {
    this.#faults = faults;
    this.seconds = start;
    this.books.clock = () => this.seconds;
    this.books.behaviour = behaviour;
    this.books.delayDays = delayDays;
    this.accounts = Array.from({ length: accounts }, newFranchisee);
    for (const account of this.accounts) this.books.connect(account, feesPayer);
  }

  now = (): Date => new Date(this.seconds * 1000);

  order(order: Order, shape: RecordShape, isPaid: boolean): void {
    const { amount, hasFee, isLate, currency, isConverted, createdBy, metadata, billing } = order;
    const account = pick(this.accounts, order.account) ?? "";
    const mode = order.mode === "destination by amount" ? "destination" : order.mode;
    const fee = Math.floor(amount / 10);
    const stripeFee = Math.round(amount * 0.029) + 30;
    const takesFee = order.mode === "destination" || (mode === "direct" && hasFee);
    const spec: PaymentSpec = { account, mode, amount, currency, stripeFee, metadata, billing };
    if (takesFee) spec.applicationFee = fee;
    if (order.mode === "destination by amount") spec.transferAmount = amount - fee;
    if (isLate) spec.settles = "late";
    const rate = RATES.get(currency);
    if (rate !== undefined && isConverted) spec.settlement = spec.arrival = { currency: "cad", rate };
    if (mode === "direct" && createdBy !== "us") spec.application = createdBy === "another" ? "ca_another" : null;
    const intent = this.books.createIntent(spec);
    const net = {
      direct: amount - stripeFee - (takesFee ? fee : 0),
      destination: amount - fee,
      "destination by amount": amount - fee,
      transfer: firstTransfer(amount),
    }[order.mode];
    this.#add({ id: intent.id, account, intent, shape, currency }, amount, stripeFee, net);
    if (isPaid) this.books.attempt(intent);
  }

  /** Adds a payment that Stripe does not have. */
  signUnknown(account: number, shape: RecordShape): void {
    const payment = {
      id: newPayment(),
      account: pick(this.accounts, account) ?? "",
      intent: null,
      shape,
      currency: "cad",
    };
    this.#add(payment, 10_000, 320, 9_000);
  }

  #add(
    payment: Pick<SimulatedPayment, "id" | "account" | "intent" | "shape" | "currency">,
    amount: number,
    stripeFee: number,
    net: number,
  ): void {
    const { netError, addsUp } = payment.shape;
    const amounts = {
      amount_total: amount,
      amount_stripe_fee: stripeFee,
      amount_platform_fee: amount - stripeFee - net - (addsUp ? netError : 0),
      amount_franchisee_net: net + netError,
    };
    this.payments.push({ ...payment, amounts, records: [], createdAt: null });
  }

  /**
   * Signs a record, and posts it or leaves that for later. It changes money only by a correction, in a second of its
   * own, and its status is never less final than before (docs/decisions/0002).
   */
  async sign(which: number, { status, name, netCorrection, isPosted }: SignStep): Promise<void> {
    const payment = pick(this.payments, which);
    if (!payment) return;
    const { shape, amounts, records } = payment;
    const last = records.at(-1);
    const isCorrection = netCorrection > 0 && last !== undefined;
    if (isCorrection) {
      this.seconds += 1;
      amounts.amount_franchisee_net += netCorrection;
      if (!shape.hasParts) amounts.amount_total += netCorrection;
    }
    const isCorrected = isCorrection || (last?.record.correction ?? null) !== null;
    const all = new Set<string | null>([status, ...records.map(({ record }) => record.status)]);
    const mostFinal = ["succeeded", "canceled"].find((one) => all.has(one)) ?? status;
    const { amount_total } = amounts;
    const { record, sentAt } = observation(
      {
        stripePaymentId: payment.id,
        amount_stripe_fee: null,
        amount_platform_fee: null,
        amount_franchisee_net: null,
        ...(shape.hasParts ? amounts : { amount_total }),
        currency: { none: null, right: payment.currency, cad: "cad" }[shape.currency],
        name,
        status: isCorrected ? mostFinal : status,
        // No two records are the same.
        workshopTime: `time ${(this.#serial += 1)}`,
        correction: isCorrected ? "counted again" : null,
      },
      this.seconds,
    );
    if (isCorrection) this.seconds += 1;
    const signed = { record, sentAt, isPosted: false };
    records.push(signed);
    if (isPosted) await this.#post(payment, signed);
  }

  async post(which: number): Promise<void> {
    const all = this.payments.flatMap((payment) => payment.records.map((signed) => ({ payment, signed })));
    const found = pick(all, which);
    if (found) await this.#post(found.payment, found.signed);
  }

  async #post(payment: SimulatedPayment, signed: SimulatedPayment["records"][number]): Promise<void> {
    const context = { now: this.now(), defaults: DEFAULTS };
    const golden = { kind: "golden" as const, record: signed.record, sentAt: signed.sentAt };
    const isFirst = payment.records.every(({ isPosted }) => !isPosted);
    const { outcome } = await retryFaults(this.#faults, () => apply(payment.account, golden, context));
    if (outcome === "conflict") throw new Error(`${payment.id}: a record was refused.`);
    signed.isPosted = true;
    // A first record can be a duplicate of an earlier try whose response was lost.
    const isCreated = outcome === "created" || (outcome === "duplicate" && isFirst && (await isNew(payment)));
    if (isCreated) payment.createdAt = context.now;
  }
}

/** Whether its document is unchanged since it was created. */
async function isNew({ account, id }: SimulatedPayment): Promise<boolean> {
  return (await transactionsOf(account).doc(id).get()).get("revision") === 0;
}

export function pick<T>(all: readonly T[], which: number): T | undefined {
  return all[which % Math.max(all.length, 1)];
}
