import { z } from "zod";
import { canonicalJson } from "./canonical-json.ts";
import { AMOUNT_FIELDS, type Amounts, type Money, NO_AMOUNTS } from "./money.ts";
import { figuresIn, isStripeFeeStated, keptOf, type StripeSnapshot, UNKNOWN_APPLICATION } from "./stripe-snapshot.ts";
import { type GoldenRecord, unallocatedOf } from "./golden-record.ts";
import { finality } from "./payment.ts";

/**
 * - `expected`: Stripe's figures are not final
 * - `matched`: all figures agree with Stripe
 * - `mismatched`: some figures differ (`differences`)
 * - `missing_in_portal`: Stripe has the payment, the orchestrator has not sent it
 * - `missing_in_stripe`: a golden record over 24 hours old that Stripe does not know
 * - `unrelated`: a sale on the franchisee's own account that does not belong to the business (`isUnrelated`)
 */
export const RECONCILIATION_STATUSES = [
  "expected",
  "matched",
  "mismatched",
  "missing_in_portal",
  "missing_in_stripe",
  "unrelated",
] as const;

export const DIFFERENCE_FIELDS = [
  ...AMOUNT_FIELDS,
  "unallocated",
  "currency",
  "livemode",
  "status",
  "balance",
] as const;

const figure = z.union([z.number(), z.string(), z.boolean()]);

/**
 * Amounts are in minor units; `unallocated` is the total minus its parts, by definition 0 at Stripe. `balance` is what
 * the franchisee keeps, by the payment's objects (`recorded`) and by the movements on their balance (`stripe`): in
 * another currency than the transaction's, a text such as `500 usd`.
 */
const differenceSchema = z.object({ field: z.enum(DIFFERENCE_FIELDS), recorded: figure, stripe: figure });

export type Difference = z.infer<typeof differenceSchema>;

/** The comparison of a transaction with Stripe. */
export const comparisonSchema = z.object({
  status: z.enum(RECONCILIATION_STATUSES),
  differences: z.array(differenceSchema),
});

export interface Reconciliation extends z.infer<typeof comparisonSchema> {
  /**
   * Amounts that Stripe states in another currency than the record, hides, or, for the fees, states only as their sum.
   */
  notCompared: (typeof AMOUNT_FIELDS)[number][];
  /** Null before the first comparison. */
  checkedAt: Date | null;
}

/** The last statements of the orchestrator and Stripe about a payment. */
export interface Statements {
  /** As sent; null while only Stripe has the payment. */
  golden: GoldenRecord | null;
  /** When the golden record was signed; null for one of the legacy service. */
  goldenSentAt: Date | null;
  /** Null before Stripe has been read. */
  stripe: StripeSnapshot | null;
  /** When Stripe did not know the payment; null if that never happened, or it was found later. */
  absentAsOf: Date | null;
  /** Null if it agrees with the Stripe snapshot, or was not compared. */
  onBalance: OnBalance | null;
}

/** What a payment's movements on the franchisee's Stripe balance add up to. */
export interface OnBalance {
  /** By currency, without zeros. */
  kept: Money[];
  /** When they were listed. */
  asOf: Date;
}

/** Whether the movements add up to what the payment's objects state. Figures that are not final agree with any. */
export function agreesWithBalance(snapshot: StripeSnapshot, { kept }: Pick<OnBalance, "kept">): boolean {
  const stated = keptOf(snapshot);
  return stated === null || canonicalJson(stated) === canonicalJson(kept);
}

/**
 * Compares the golden record with Stripe, to the minor unit. An unset field cannot differ; `currency` is the
 * transaction's. Before Stripe's figures are final, only the record's own parts and total are compared.
 */
export function reconcile(statements: Statements, currency: string, applicationId: string | null): Reconciliation {
  const compared = compareRecord(statements, currency, applicationId);
  const { stripe, onBalance } = statements;
  const balance = stripe && onBalance ? balanceDifferences(stripe, onBalance, currency) : [];
  if (balance.length === 0) return compared;
  const { status } = compared;
  const isException = status === "missing_in_portal" || status === "missing_in_stripe";
  return {
    ...compared,
    status: isException ? status : "mismatched",
    differences: [...compared.differences, ...balance],
  };
}

function compareRecord(
  { golden, goldenSentAt, stripe, absentAsOf }: Statements,
  currency: string,
  applicationId: string | null,
): Reconciliation {
  const compared = { differences: [], notCompared: [], checkedAt: stripe?.asOf ?? absentAsOf };
  if (!golden) {
    const isOurs = !stripe || !isUnrelated(stripe, applicationId);
    return { ...compared, status: isOurs ? "missing_in_portal" : "unrelated" };
  }
  if (!stripe) {
    const differences = unallocatedDifference(golden);
    const status = absentAsOf ? "missing_in_stripe" : statusOf(differences, "expected");
    return { ...compared, status, differences };
  }

  const identity = identityDifferences(golden, goldenSentAt, stripe, currency);
  const figures = finalFigures(golden, stripe, currency);
  if (!figures) {
    const differences = [...identity, ...unallocatedDifference(golden)];
    const agreed = stripe.status === "canceled" ? "matched" : "expected";
    return { ...compared, status: statusOf(differences, agreed), differences };
  }
  const notCompared: Reconciliation["notCompared"] = [];
  const differences: Difference[] = [];
  const isFeeUnstated = stripe.status === "succeeded" && !isStripeFeeStated(stripe);
  const unstated: ReadonlySet<string> = new Set(isFeeUnstated ? ["amount_stripe_fee", "amount_platform_fee"] : []);
  for (const field of AMOUNT_FIELDS) {
    const [recorded, inStripe] = [golden[field], figures[field]];
    if (recorded === null) continue;
    if (inStripe === undefined || unstated.has(field)) notCompared.push(field);
    else if (recorded !== inStripe) differences.push({ field, recorded, stripe: inStripe });
  }
  // If all figures agree with Stripe's, they add up.
  if (notCompared.length > 0) differences.push(...unallocatedDifference(golden));
  differences.push(...identity);
  const agreed = stripe.feesStatus === "hidden" ? "expected" : "matched";
  return { ...compared, status: statusOf(differences, agreed), differences, notCompared };
}

/**
 * Whether a payment without a golden record is unrelated to the business: a direct charge without a workshop in its
 * metadata, made by another Connect application than this deployment's, or by the franchisee alone (their own
 * subscription, terminal or payment link). Stripe's `charge.application` is "ID of the Connect application that created
 * the charge" (https://docs.stripe.com/api/charges/object). Without a configured application, any counts as ours.
 */
function isUnrelated({ mode, application, details }: StripeSnapshot, applicationId: string | null): boolean {
  if (mode !== "direct" || application === UNKNOWN_APPLICATION) return false;
  if (details.workshopId !== null || details.workshopName !== null) return false;
  return application === null || (applicationId !== null && application !== applicationId);
}

/** Stripe's figures in this currency; undefined while they may change, and if neither source has money. */
function finalFigures(golden: GoldenRecord, snapshot: StripeSnapshot, currency: string): Partial<Amounts> | undefined {
  // A canceled payment moves no money.
  if (snapshot.status === "canceled") return golden.status === "succeeded" ? NO_AMOUNTS : undefined;
  return snapshot.feesStatus === "pending" ? undefined : figuresIn(snapshot, currency);
}

function identityDifferences(
  golden: GoldenRecord,
  sentAt: Date | null,
  snapshot: StripeSnapshot,
  shownCurrency: string,
): Difference[] {
  const { charged, settled, received, livemode, status, feesStatus } = snapshot;
  const differences: Difference[] = [];
  const isFinal = status === "succeeded" && feesStatus !== "pending";
  const currency = golden.currency ?? (isFinal ? shownCurrency : null);
  if (currency !== null && ![charged, settled, received].some((leg) => leg?.currency === currency)) {
    differences.push({ field: "currency", recorded: currency, stripe: charged.currency });
  }
  const sent = { livemode: golden.livemode ?? livemode, status: golden.status ?? status };
  if (sent.livemode !== livemode) differences.push({ field: "livemode", recorded: sent.livemode, stripe: livemode });
  if (sent.status !== status && isContradiction(sent.status, sentAt, snapshot)) {
    differences.push({ field: "status", recorded: sent.status, stripe: status });
  }
  return differences;
}

/** Between the orchestrator and this service. */
const CLOCK_SKEW_MS = 5 * 60_000;

/** Two different final statuses, or a success that Stripe had not recorded later. */
function isContradiction(sent: string, sentAt: Date | null, { status, asOf }: StripeSnapshot): boolean {
  if (finality(status) > 0) return finality(sent) > 0;
  return sent === "succeeded" && asOf.getTime() - (sentAt?.getTime() ?? -Infinity) > CLOCK_SKEW_MS;
}

/** One per currency. */
function balanceDifferences(snapshot: StripeSnapshot, { kept }: OnBalance, currency: string): Difference[] {
  const stated = keptOf(snapshot) ?? kept;
  const currencies = new Set([...stated, ...kept].map((money) => money.currency));
  return [...currencies].toSorted().flatMap((code) => {
    const amountIn = (all: readonly Money[]): number => all.find((money) => money.currency === code)?.amount ?? 0;
    const figureOf = (amount: number) => (code === currency ? amount : `${amount} ${code}`);
    const [recorded, onBalance] = [amountIn(stated), amountIn(kept)];
    return recorded === onBalance
      ? []
      : [{ field: "balance" as const, recorded: figureOf(recorded), stripe: figureOf(onBalance) }];
  });
}

function unallocatedDifference(golden: GoldenRecord): Difference[] {
  const recorded = unallocatedOf(golden);
  return recorded === 0 ? [] : [{ field: "unallocated", recorded, stripe: 0 }];
}

function statusOf<S extends Reconciliation["status"]>(differences: readonly Difference[], otherwise: S) {
  return differences.length > 0 ? "mismatched" : otherwise;
}
