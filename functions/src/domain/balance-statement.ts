import { type BalanceTransaction, isOfPayout, PAYMENTS } from "./balance-transaction.ts";
import { compareTexts } from "./canonical-json.ts";
import type { CategoryTotal } from "./deposit.ts";
import { keptOf } from "./kept.ts";
import { FEE_RECIPIENTS } from "./stripe-snapshot.ts";

/** A month of a Stripe balance in one currency, by date of movement. Amounts in minor units. */
export interface BalanceStatement {
  currency: string;
  /** The net of all earlier movements. */
  opening: number;
  /** The month's movements by reporting category, without payouts; the greatest net first. */
  activity: CategoryTotal[];
  /** The net of payouts and of those that came back: negative when money left for the bank. */
  payouts: number;
  /** `opening` + the net of `activity` + `payouts`. */
  closing: number;
  /** For disputes: those deducted with a dispute, and those billed for countering one. */
  disputeFees: number;
  /** The others that were deducted from the month's movements: Stripe's, taxes included, and the platform's. */
  stripeFees: number;
  platformFees: number;
  /** As Stripe stated them; null unless its balance was compared in this month. */
  available: number | null;
  pending: number | null;
  /** `available` + `pending`, and what `closing` exceeds it by. */
  stripeBalance: number | null;
  difference: number | null;
}

/** A balance as Stripe stated it. */
interface StatedBalance {
  available: number;
  pending: number;
}

/** What a movement changes. */
export type Movement = Pick<
  BalanceTransaction,
  "balanceType" | "reportingCategory" | "currency" | "amount" | "fee" | "net" | "feeDetails" | "source" | "description"
>;

type Fees = Pick<BalanceStatement, "disputeFees" | "stripeFees" | "platformFees">;

interface Sums extends Fees {
  categories: Map<string, CategoryTotal>;
  payouts: number;
}

/** Adds up a month's movements, in any order, each currency on its own. */
export class StatementAccumulator {
  readonly #byCurrency = new Map<string, Sums>();

  /** Ignores movements of other balances than the one that Stripe pays out. */
  add(movement: Movement): void {
    if (movement.balanceType !== PAYMENTS) return;
    const sums = this.#sumsOf(movement.currency);
    const { disputeFees, stripeFees, platformFees } = feesOf(movement);
    sums.disputeFees += disputeFees;
    sums.stripeFees += stripeFees;
    sums.platformFees += platformFees;
    const { reportingCategory, amount, fee, net } = movement;
    if (isOfPayout(movement)) {
      sums.payouts += net;
      return;
    }
    const total = sums.categories.get(reportingCategory);
    sums.categories.set(reportingCategory, {
      reportingCategory,
      count: (total?.count ?? 0) + 1,
      amount: (total?.amount ?? 0) + amount,
      fee: (total?.fee ?? 0) + fee,
      net: (total?.net ?? 0) + net,
    });
  }

  /** Those with a movement. */
  get currencies(): string[] {
    return [...this.#byCurrency.keys()];
  }

  /**
   * A statement per currency of `openings`, by code. `stated`: the balance that Stripe stated at the end of these
   * movements, in which a missing currency is 0; null if it stated none.
   */
  statements(
    openings: ReadonlyMap<string, number>,
    stated: Readonly<Record<string, StatedBalance>> | null,
  ): BalanceStatement[] {
    return [...openings]
      .toSorted(([a], [b]) => compareTexts(a, b))
      .map(([currency, opening]) => {
        const { categories, payouts, disputeFees, stripeFees, platformFees } =
          this.#byCurrency.get(currency) ?? noSums();
        const activity = [...categories.values()].toSorted(
          (a, b) => b.net - a.net || compareTexts(a.reportingCategory, b.reportingCategory),
        );
        const closing = activity.reduce((sum, { net }) => sum + net, opening + payouts);
        const { available, pending } = stated ? (stated[currency] ?? NOTHING) : UNSTATED;
        const stripeBalance = available === null || pending === null ? null : available + pending;
        const difference = stripeBalance === null ? null : closing - stripeBalance;
        return {
          currency,
          opening,
          activity,
          payouts,
          closing,
          disputeFees,
          stripeFees,
          platformFees,
          available,
          pending,
          stripeBalance,
          difference,
        };
      });
  }

  #sumsOf(currency: string): Sums {
    const known = this.#byCurrency.get(currency);
    if (known) return known;
    const sums = noSums();
    this.#byCurrency.set(currency, sums);
    return sums;
  }
}

function noSums(): Sums {
  return { categories: new Map(), payouts: 0, disputeFees: 0, stripeFees: 0, platformFees: 0 };
}

const NOTHING: StatedBalance = { available: 0, pending: 0 };
const UNSTATED = { available: null, pending: null };

/** What a movement took for Stripe and for the platform; negative if it returned it. An unknown fee is Stripe's. */
export function feesOf(movement: Movement): Fees {
  const platformFees = platformFeesOf(movement);
  const [kept] = keptOf([movement]);
  const forDispute = 0 - (kept?.disputeFees ?? 0);
  if (forDispute !== 0) return { disputeFees: forDispute - platformFees, stripeFees: 0, platformFees };
  return { disputeFees: 0, stripeFees: movement.fee - platformFees, platformFees };
}

/** The application fees that a movement took, in minor units; negative if it returned them. */
export function platformFeesOf({ feeDetails }: Pick<Movement, "feeDetails">): number {
  return feeDetails.reduce(
    (sum, { type, amount }) => (FEE_RECIPIENTS.get(type) === "platform" ? sum + amount : sum),
    0,
  );
}
