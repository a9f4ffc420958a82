import type { Close } from "../../src/domain/close.ts";
import type { Observation } from "../../src/domain/observation.ts";
import { closeFranchisee } from "../../src/jobs/close/daily-close.ts";
import { apply } from "../../src/store/apply.ts";
import { closesAt } from "../../src/store/closes.ts";
import { currentReadTime } from "../../src/store/snapshot-reads.ts";
import { newFranchisee } from "./api.ts";
import { database, transactionsOf } from "./database.ts";
import { type CommandOutcome, runOperator } from "./operate.ts";
import { DEFAULTS, snapshotSeen, observation } from "./records.ts";

/** Runs `npm run ops -- close --local` with these arguments. */
export const close = (...args: string[]): Promise<CommandOutcome> => runOperator(["close", "--local", ...args]);

/** The lines of a command's output, without indentation. */
export const linesOf = ({ output }: CommandOutcome): string[] => output.split("\n").map((line) => line.trim());

/** The Stripe snapshot of a payment of 10.00, read this many seconds after 1970. */
export const snapshot = (id: string, fields: Parameters<typeof snapshotSeen>[0], asOfSeconds: number): Observation => ({
  ...snapshotSeen(fields, asOfSeconds),
  stripePaymentId: id,
});

/** 20.00 = 0.88 + 1.12 + 18.00. */
export const TWENTY = {
  amount_total: 2_000,
  amount_stripe_fee: 88,
  amount_platform_fee: 112,
  amount_franchisee_net: 1_800,
};

/** 10.00 − 0.59 − 0.41 = 9.00; − 2.50 − 3.00 − 1.50 + 0.10 = 2.10. */
export const ADJUSTED = {
  amountRefunded: 250,
  netAdjustment: { currency: "cad", amount: -690 },
  adjustmentParts: [{ currency: "cad", refunds: -250, disputes: -300, disputeFees: -150, feesReturned: 10, other: 0 }],
};

export class CloseFixture {
  readonly id = newFranchisee();
  readonly closes = database().collection(`franchisees/${this.id}/closes`);
  readonly transactions = transactionsOf(this.id);

  record(seen: Observation, at: string, confirms = false) {
    return apply(this.id, seen, { now: new Date(at), defaults: DEFAULTS, confirms });
  }

  /** Records a payment of 10.00 at this time. */
  pay(stripePaymentId: string, at: string, fields: object = {}) {
    return this.record(observation({ stripePaymentId, ...fields }), at);
  }

  closeUntil(until: string): Promise<number> {
    return closeFranchisee(this.id, { until });
  }

  /** The closes, in order. Throws if one is unreadable. */
  async stored(): Promise<Close[]> {
    const closes: Close[] = [];
    for await (const page of closesAt(await currentReadTime(), this.id)) {
      for (const entry of page) {
        if ("unreadable" in entry) throw new Error(entry.unreadable);
        closes.push(entry.close);
      }
    }
    return closes;
  }

  /** Runs `npm run ops -- close verify` on this franchisee. */
  verify(): Promise<CommandOutcome> {
    return close("verify", this.id);
  }

  /** Copies another franchisee's transactions. */
  async copyTransactions({ transactions }: CloseFixture): Promise<void> {
    const { docs } = await transactions.get();
    const batch = database().batch();
    batch.set(database().doc(`franchisees/${this.id}`), {});
    for (const document of docs) batch.set(this.transactions.doc(document.id), document.data());
    await batch.commit();
  }
}
