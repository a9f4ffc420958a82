import { AMOUNT_FIELDS, type Amounts, NO_AMOUNTS } from "./money.ts";
import { figuresIn, isStripeFeeStated, type StripeSnapshot, UNKNOWN_APPLICATION } from "./stripe-snapshot.ts";
import { type GoldenRecord, unallocatedOf } from "./golden-record.ts";
import { finality } from "./payment.ts";

/**
 * - `expected`: Stripe's figures are not final yet
 * - `matched`: all figures agree with Stripe
 * - `mismatched`: a figure differs; `differences` says which, and by how much
 * - `missing_in_portal`: Stripe has the payment, the orchestrator never sent it
 * - `missing_in_stripe`: a golden record over 24 hours old that Stripe does not know
 * - `unrelated`: a sale on the franchisee's own account that is not the business's (`isUnrelated`)
 */
export const RECONCILIATION_STATUSES = [
  "expected",
  "matched",
  "mismatched",
  "missing_in_portal",
  "missing_in_stripe",
  "unrelated",
] as const;

export const DIFFERENCE_FIELDS = [...AMOUNT_FIELDS, "unallocated", "currency", "livemode", "status"] as const;

/**
 * A differing field. Amounts are in minor units; `unallocated` is the total minus its parts, by definition 0 at Stripe.
 * Differing currencies, modes and final statuses are given as they are.
 */
export interface Difference {
  field: (typeof DIFFERENCE_FIELDS)[number];
  recorded: number | string | boolean;
  stripe: number | string | boolean;
}

/** `checkedAt` is null before the first comparison. */
export interface Reconciliation {
  status: (typeof RECONCILIATION_STATUSES)[number];
  differences: Difference[];
  /**
   * Amounts that cannot be compared: Stripe states them in another currency than the record, hides them, or states only
   * the sum of both fees.
   */
  notCompared: (typeof AMOUNT_FIELDS)[number][];
  checkedAt: Date | null;
}

/** What the orchestrator and Stripe state about a payment. */
export interface Statements {
  /** The current golden record, as sent; null while only Stripe has the payment. */
  golden: GoldenRecord | null;
  /** When the current golden record was signed; null for one of the legacy service. */
  goldenSentAt: Date | null;
  /** Null before Stripe has been read. */
  stripe: StripeSnapshot | null;
  /** When Stripe was read and did not know the payment; null if that never happened, or it was found later. */
  absentAsOf: Date | null;
}

/**
 * Compares the golden record with Stripe, to the minor unit. An unset field cannot differ; `currency` is the one that
 * the payment is shown in. Before Stripe's figures are final, the record is compared with itself: its parts must add up
 * to its total.
 */
export function reconcile(
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
  const isClaimed = stripe.status === "succeeded" && !isStripeFeeStated(stripe);
  const unstated: ReadonlySet<string> = new Set(isClaimed ? ["amount_stripe_fee", "amount_platform_fee"] : []);
  for (const field of AMOUNT_FIELDS) {
    const [recorded, inStripe] = [golden[field], figures[field]];
    if (recorded === null) continue;
    if (inStripe === undefined || unstated.has(field)) notCompared.push(field);
    else if (recorded !== inStripe) differences.push({ field, recorded, stripe: inStripe });
  }
  // Figures that agree with Stripe's add up, because Stripe's do.
  if (notCompared.length > 0) differences.push(...unallocatedDifference(golden));
  differences.push(...identity);
  const agreed = stripe.feesStatus === "hidden" ? "expected" : "matched";
  return { ...compared, status: statusOf(differences, agreed), differences, notCompared };
}

/**
 * Whether a payment without a golden record is unrelated to the business: a direct charge without a workshop in its
 * metadata, made by another Connect application than this deployment's, or by the franchisee alone (a subscription, a
 * terminal, a payment link of their own). Stripe's `charge.application` is "ID of the Connect application that created
 * the charge" (https://docs.stripe.com/api/charges/object). If this deployment's application is not configured, any
 * application counts as it.
 */
export function isUnrelated({ mode, application, details }: StripeSnapshot, applicationId: string | null): boolean {
  if (mode !== "direct" || application === UNKNOWN_APPLICATION) return false;
  if (details.workshopId !== null || details.workshopName !== null) return false;
  return application === null || (applicationId !== null && application !== applicationId);
}

/** Stripe's figures in this currency; undefined while they may change, and where neither side has money. */
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
  // A record without a currency has the default one once Stripe's figures are final.
  const meant = status === "succeeded" && feesStatus !== "pending" ? shownCurrency : null;
  const currency = golden.currency ?? meant;
  if (currency !== null && ![charged, settled, received].some((leg) => leg?.currency === currency)) {
    differences.push({ field: "currency", recorded: currency, stripe: charged.currency });
  }
  // An unset field cannot differ.
  const said = { livemode: golden.livemode ?? livemode, status: golden.status ?? status };
  if (said.livemode !== livemode) differences.push({ field: "livemode", recorded: said.livemode, stripe: livemode });
  if (said.status !== status && isContradiction(said.status, sentAt, snapshot)) {
    differences.push({ field: "status", recorded: said.status, stripe: status });
  }
  return differences;
}

/** The greatest difference between the clocks of the orchestrator and of this service. */
const CLOCK_SKEW_MS = 5 * 60_000;

/** Two different final statuses, or a success that Stripe did not have later. */
function isContradiction(said: string, sentAt: Date | null, { status, asOf }: StripeSnapshot): boolean {
  if (finality(status) > 0) return finality(said) > 0;
  return said === "succeeded" && asOf.getTime() - (sentAt?.getTime() ?? -Infinity) > CLOCK_SKEW_MS;
}

function unallocatedDifference(golden: GoldenRecord): Difference[] {
  const recorded = unallocatedOf(golden);
  return recorded === 0 ? [] : [{ field: "unallocated", recorded, stripe: 0 }];
}

function statusOf<S extends Reconciliation["status"]>(differences: readonly Difference[], otherwise: S) {
  return differences.length > 0 ? "mismatched" : otherwise;
}
