import type { GoldenRecord } from "../../src/domain/golden-record.ts";
import { DETAILS, type OracleSnapshot, type SignedRecord } from "./oracle.ts";

/** Everything that is known of a payment at the end of a scenario. */
export interface Known {
  id: string;
  golden: SignedRecord | null;
  /** Null if Stripe does not know the payment, or has not transferred it to a franchisee. */
  snapshot: OracleSnapshot | null;
  /** Stripe did not know the payment a day or more after the record arrived. */
  isAbsent: boolean;
  /** Whether Stripe was read after the record was signed. It matters while neither has a final status. */
  isStripeLater: boolean;
}

const PARTS = ["amount_stripe_fee", "amount_platform_fee", "amount_franchisee_net"] as const;
const AMOUNTS = ["amount_total", ...PARTS] as const;

const NO_AMOUNTS: Partial<Record<(typeof AMOUNTS)[number], number>> = {};
const isFinal = (status: string | null): boolean => status === "succeeded" || status === "canceled";

/**
 * The whole document except what depends on the order of arrival: `revision`, `createdAt`, `updatedAt`,
 * `exceptionOpenedAt`, and the times of results.
 */
export function expectedDocument({ id, golden, snapshot, isAbsent, isStripeLater }: Known): Record<string, unknown> {
  const record = golden?.record ?? null;
  const inStripe = snapshot?.amounts ? snapshot.settled?.currency : snapshot?.charged.currency;
  const currency = record?.currency ?? (inStripe !== undefined && (!record || snapshot?.amounts) ? inStripe : "cad");
  const books = figuresFor(snapshot, currency);
  const shown = (amount: (typeof AMOUNTS)[number], fallback = 0): number =>
    record?.[amount] ?? books[amount] ?? fallback;
  const reconciliation = record
    ? reconciliationOf(record, snapshot, { isAbsent, isStripeLater, currency })
    : { status: isUnrelated(snapshot) ? "unrelated" : "missing_in_portal", differences: [], notCompared: [] };
  return {
    stripePaymentId: id,
    amount_total: shown("amount_total", snapshot?.charged.amount),
    ...Object.fromEntries(PARTS.map((part) => [part, shown(part)])),
    ...Object.fromEntries(DETAILS.map((detail) => [detail, detailOf(detail, record, snapshot)])),
    currency,
    livemode: record?.livemode ?? snapshot?.livemode ?? false,
    status: statusOf(record?.status ?? null, snapshot?.status ?? null, isStripeLater),
    source: record ? "orchestrator" : "stripe",
    golden: record,
    goldenSentAt: golden?.sentAt ?? null,
    stripe: snapshot,
    absentAsOf: isAbsent ? "known" : null,
    onBalance: null,
    stripeState: snapshot ? (isOpen(snapshot) ? "open" : "settled") : isAbsent ? "absent" : "unknown",
    reconciliation,
    exception: /^(mismatched|missing_in_portal|missing_in_stripe)$/.test(reconciliation.status) ? "open" : null,
    resolution: null,
    erasedAt: null,
    redactions: {},
  };
}

/** The figures that Stripe states in this currency: all four only in the settlement currency. */
function figuresFor(
  snapshot: OracleSnapshot | null,
  currency: string,
): Partial<Record<(typeof AMOUNTS)[number], number>> {
  if (!snapshot?.settled) return NO_AMOUNTS;
  if (snapshot.settled.currency === currency) return snapshot.amounts ?? NO_AMOUNTS;
  return snapshot.charged.currency === currency ? { amount_total: snapshot.charged.amount } : NO_AMOUNTS;
}

/**
 * A sale that neither the platform's application made nor has a workshop: made by another application or by the
 * account.
 */
function isUnrelated(snapshot: OracleSnapshot | null): boolean {
  if (snapshot?.mode !== "direct" || snapshot.application === "ca_local") return false;
  return snapshot.details["workshopId"] === null && snapshot.details["workshopName"] === null;
}

function detailOf(detail: string, record: GoldenRecord | null, snapshot: OracleSnapshot | null): unknown {
  const provided = new Map<string, unknown>(Object.entries(record ?? {}));
  return provided.get(detail) ?? snapshot?.details[detail] ?? null;
}

function statusOf(recorded: string | null, inStripe: string | null, isStripeLater: boolean): string | null {
  if (recorded === null || inStripe === null) return recorded ?? inStripe;
  for (const status of ["succeeded", "canceled"]) if (recorded === status || inStripe === status) return status;
  return isStripeLater ? inStripe : recorded;
}

function isOpen({ status, feesStatus, refunds, disputes }: OracleSnapshot): boolean {
  if (!isFinal(status) || feesStatus === "pending") return true;
  // The fee for a countered dispute may be billed or returned months later.
  const isDecided = ({ status: stands, isCountered }: OracleSnapshot["disputes"][number]): boolean =>
    /^(won|lost)$/.test(stands) && !isCountered;
  return refunds.some((one) => one.status === "pending") || !disputes.every(isDecided);
}

interface Difference {
  field: string;
  recorded: unknown;
  stripe: unknown;
}

/** Differences are sorted by field. */
function reconciliationOf(
  record: GoldenRecord,
  snapshot: OracleSnapshot | null,
  { isAbsent, isStripeLater, currency }: { isAbsent: boolean; isStripeLater: boolean; currency: string },
) {
  const hasParts = PARTS.some((part) => record[part] !== null);
  const rest = hasParts ? PARTS.reduce((left, part) => left - (record[part] ?? 0), record.amount_total) : 0;
  const unallocated: Difference[] = rest === 0 ? [] : [{ field: "unallocated", recorded: rest, stripe: 0 }];
  const conclude = (differences: Difference[], agreed: string, notCompared: string[] = []) => ({
    status: differences.length > 0 && agreed !== "missing_in_stripe" ? "mismatched" : agreed,
    differences: differences.toSorted((a, b) => (a.field < b.field ? -1 : 1)),
    notCompared,
  });
  if (!snapshot) return conclude(unallocated, isAbsent ? "missing_in_stripe" : "expected");

  const { status, amounts, charged, settled, received } = snapshot;
  const identity: Difference[] = [];
  const currencies = [charged, settled, received].map((leg) => leg?.currency);
  if (record.currency !== null && !currencies.includes(record.currency)) {
    identity.push({ field: "currency", recorded: record.currency, stripe: charged.currency });
  }
  const contradicts = isFinal(status) ? isFinal(record.status) : record.status === "succeeded" && isStripeLater;
  if (record.status !== status && contradicts) {
    identity.push({ field: "status", recorded: record.status, stripe: status });
  }
  if (status === "canceled" && record.status === "succeeded") {
    // It moved no money, whatever the record claims.
    const claimed = AMOUNTS.flatMap((field) => (record[field] ? [{ field, recorded: record[field], stripe: 0 }] : []));
    return conclude([...identity, ...claimed], "matched");
  }
  if (!amounts) return conclude([...identity, ...unallocated], status === "canceled" ? "matched" : "expected");
  const recorded = AMOUNTS.filter((field) => record[field] !== null);
  const figures = figuresFor(snapshot, currency);
  const isStated =
    settled?.fees.some(({ type }) => type === "stripe_fee") === true ||
    snapshot.platformPaidFee?.currency === settled?.currency;
  const isCompared = (field: (typeof AMOUNTS)[number]): boolean =>
    figures[field] !== undefined && (isStated || !/_stripe_fee|_platform_fee/.test(field));
  const wrong = recorded.filter(isCompared).flatMap((field) => {
    return record[field] === figures[field] ? [] : [{ field, recorded: record[field], stripe: figures[field] }];
  });
  const notCompared = recorded.filter((field) => !isCompared(field));
  return conclude([...identity, ...wrong, ...(notCompared.length > 0 ? unallocated : [])], "matched", notCompared);
}
