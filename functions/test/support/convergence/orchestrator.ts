import type Stripe from "stripe";
import { FakeBooks } from "../../../testing/fake-stripe/books.ts";
import type { PaymentSpec } from "../../../testing/fake-stripe/payment-spec.ts";
import { apply } from "../../../src/store/apply.ts";
import { newFranchisee, newPayment } from "../api.ts";
import { transactionsOf } from "../database.ts";
import type { Said } from "../oracle.ts";
import { DEFAULTS, observation } from "../records.ts";
import { firstTransfer } from "./happenings.ts";
import type { History, Order, Says } from "./history.ts";
import { type Troubles, untilThrough } from "./troubles.ts";

/** A payment, or what the orchestrator alone takes for one. */
export interface Subject {
  id: string;
  account: string;
  intent: Stripe.PaymentIntent | null;
  says: Says;
  amounts: {
    amount_total: number;
    amount_stripe_fee: number;
    amount_platform_fee: number;
    amount_franchisee_net: number;
  };
  currency: string;
  said: (Said & { isPosted: boolean })[];
  /** When its first golden record made the document. */
  createdBy: Date | null;
}

type Setting = Pick<History, "accounts" | "behaviour" | "feesPayer">;

/** Whoever asks for the payments of some franchisees, and posts golden records of them. */
export class Orchestrator {
  readonly books = new FakeBooks();
  readonly accounts: string[];
  readonly subjects: Subject[] = [];
  protected seconds: number;
  #serial = 0;

  readonly #troubles: Troubles | null;

  constructor(start: number, { accounts, behaviour, feesPayer }: Setting, troubles: Troubles | null) {
    this.#troubles = troubles;
    this.seconds = start;
    this.books.clock = () => this.seconds;
    this.books.behaviour = behaviour;
    this.accounts = Array.from({ length: accounts }, newFranchisee);
    for (const account of this.accounts) this.books.connect(account, feesPayer);
  }

  now = (): Date => new Date(this.seconds * 1000);

  order(order: Order, says: Says, isPaid: boolean): void {
    const { amount, hasFee, isLate, currency, isConverted, madeBy, metadata, billing } = order;
    const account = pick(this.accounts, order.account) ?? "";
    const mode = order.mode === "destination by amount" ? "destination" : order.mode;
    const fee = Math.floor(amount / 10);
    const stripeFee = Math.round(amount * 0.029) + 30;
    const takesFee = order.mode === "destination" || (mode === "direct" && hasFee);
    const asked: PaymentSpec = { account, mode, amount, currency, stripeFee, metadata, billing };
    if (takesFee) asked.applicationFee = fee;
    if (order.mode === "destination by amount") asked.transferAmount = amount - fee;
    if (isLate) asked.settles = "late";
    // At a rate that leaves no cents of a fee in the air, so that the oracle's sums and Stripe's are the same.
    if (currency === "usd" && isConverted) asked.settlement = asked.arrival = { currency: "cad", rate: 2 };
    if (mode === "direct" && madeBy !== "us") asked.application = madeBy === "another" ? "ca_another" : null;
    const intent = this.books.createIntent(asked);
    const net = {
      direct: amount - stripeFee - (takesFee ? fee : 0),
      destination: amount - fee,
      "destination by amount": amount - fee,
      transfer: firstTransfer(amount),
    }[order.mode];
    this.#expect({ id: intent.id, account, intent, says, currency }, amount, stripeFee, net);
    if (isPaid) this.books.attempt(intent);
  }

  /** The orchestrator is mistaken: there is no such payment. */
  invent(account: number, says: Says): void {
    const subject = {
      id: newPayment(),
      account: pick(this.accounts, account) ?? "",
      intent: null,
      says,
      currency: "cad",
    };
    this.#expect(subject, 10_000, 320, 9_000);
  }

  #expect(
    subject: Pick<Subject, "id" | "account" | "intent" | "says" | "currency">,
    amount: number,
    stripeFee: number,
    net: number,
  ): void {
    const { off, addsUp } = subject.says;
    const amounts = {
      amount_total: amount,
      amount_stripe_fee: stripeFee,
      amount_platform_fee: amount - stripeFee - net - (addsUp ? off : 0),
      amount_franchisee_net: net + off,
    };
    this.subjects.push({ ...subject, amounts, said: [], createdBy: null });
  }

  /**
   * The orchestrator signs a record, and posts it or leaves that for later. It changes money only by a correction, in a second of
   * its own, and says no less final a status from then on (docs/decisions/0002).
   */
  async say(payment: number, status: string | null, name: string | null, correctsBy: number, isPosted: boolean) {
    const subject = pick(this.subjects, payment);
    if (!subject) return;
    const { says, amounts, said } = subject;
    const last = said.at(-1);
    const corrects = correctsBy > 0 && last !== undefined;
    if (corrects) {
      this.seconds += 1;
      amounts.amount_franchisee_net += correctsBy;
      if (!says.parts) amounts.amount_total += correctsBy;
    }
    const hasCorrected = corrects || (last?.record.correction ?? null) !== null;
    const all = new Set<string | null>([status, ...said.map(({ record }) => record.status)]);
    const mostFinal = ["succeeded", "canceled"].find((one) => all.has(one)) ?? status;
    const { amount_total } = amounts;
    const { record, sentAt } = observation(
      {
        stripePaymentId: subject.id,
        amount_stripe_fee: null,
        amount_platform_fee: null,
        amount_franchisee_net: null,
        ...(says.parts ? amounts : { amount_total }),
        currency: { none: null, right: subject.currency, cad: "cad" }[says.currency],
        name,
        status: hasCorrected ? mostFinal : status,
        // So that no two records say the same.
        workshopTime: `time ${(this.#serial += 1)}`,
        correction: hasCorrected ? "counted again" : null,
      },
      this.seconds,
    );
    if (corrects) this.seconds += 1;
    const one = { record, sentAt, isPosted: false };
    said.push(one);
    if (isPosted) await this.#post(subject, one);
  }

  async post(which: number): Promise<void> {
    const all = this.subjects.flatMap((subject) => subject.said.map((one) => ({ subject, one })));
    const found = pick(all, which);
    if (found) await this.#post(found.subject, found.one);
  }

  async #post(subject: Subject, one: Subject["said"][number]): Promise<void> {
    const context = { now: this.now(), defaults: DEFAULTS };
    const golden = { kind: "golden" as const, record: one.record, sentAt: one.sentAt };
    const isFirst = subject.said.every(({ isPosted }) => !isPosted);
    const { outcome } = await untilThrough(this.#troubles, () => apply(subject.account, golden, context));
    if (outcome === "conflict") throw new Error(`${subject.id}: a record was refused.`);
    one.isPosted = true;
    // A first record that is told to be a duplicate was taken before, by a try that was not told so.
    const isCreated = outcome === "created" || (outcome === "duplicate" && isFirst && (await isNew(subject)));
    if (isCreated) subject.createdBy = context.now;
  }
}

/** Whether nothing has happened to its document since it was made. */
async function isNew({ account, id }: Subject): Promise<boolean> {
  return (await transactionsOf(account).doc(id).get()).get("revision") === 0;
}

export function pick<T>(all: readonly T[], which: number): T | undefined {
  return all[which % Math.max(all.length, 1)];
}
