import type { GoldenRecord, PaymentDetails } from "../../src/domain/transaction.ts";
import type { Facts, Said } from "./oracle.ts";

/** What is known of a payment in the end. */
export interface Known {
  id: string;
  golden: Said | null;
  /** Null where Stripe does not know it, or has passed it on to nobody. */
  facts: Facts | null;
  /** Stripe was asked, a day or more after the record came, and did not know the payment. */
  isAbsent: boolean;
  /** Whether Stripe was read after the record was signed: that counts where neither has said its last word. */
  isStripeLater: boolean;
}

const PARTS = ["amount_stripe_fee", "amount_platform_fee", "amount_franchisee_net"] as const;
const AMOUNTS = ["amount_total", ...PARTS] as const;
const DETAILS = [
  ...(["name", "email", "phone", "workshopId", "workshopName", "workshopDate", "workshopTime"] as const),
  ...(["participantCount", "organizationType"] as const),
];

const sayNothing: Partial<Record<(typeof AMOUNTS)[number], number>> = {};
const isFinal = (status: string | null): boolean => status === "succeeded" || status === "canceled";

/**
 * The whole document, but for what depends on the order of arrivals by its nature: `revision`, `createdAt`, `updatedAt`, and
 * the times of readings.
 */
export function expectedDocument({ id, golden, facts, isAbsent, isStripeLater }: Known): Record<string, unknown> {
  const record = golden?.record ?? null;
  const currency = record?.currency ?? (facts && (!record || facts.amounts) ? facts.charged.currency : "cad");
  const books = facts && facts.charged.currency === currency ? (facts.amounts ?? sayNothing) : sayNothing;
  const shown = (amount: (typeof AMOUNTS)[number], otherwise = 0): number =>
    record?.[amount] ?? books[amount] ?? otherwise;
  const reconciliation = record
    ? reconciliationOf(record, facts, isAbsent, isStripeLater)
    : { status: "missing_in_portal", differences: [], notCompared: [] };
  return {
    stripePaymentId: id,
    amount_total: shown("amount_total", facts?.charged.amount),
    ...Object.fromEntries(PARTS.map((part) => [part, shown(part)])),
    ...Object.fromEntries(DETAILS.map((detail) => [detail, detailOf(detail, record, facts)])),
    currency,
    livemode: record?.livemode ?? facts?.livemode ?? false,
    status: statusOf(record?.status ?? null, facts?.status ?? null, isStripeLater),
    source: record ? "orchestrator" : "stripe",
    golden: record,
    goldenSentAt: golden?.sentAt ?? null,
    stripe: facts,
    absentAsOf: isAbsent ? "known" : null,
    stripeState: facts ? (isOpen(facts) ? "open" : "settled") : isAbsent ? "absent" : "unknown",
    reconciliation,
    exception: /^(mismatched|missing_in_portal|missing_in_stripe)$/.test(reconciliation.status) ? "open" : null,
    resolution: null,
    erasedAt: null,
  };
}

function detailOf(detail: keyof PaymentDetails, record: GoldenRecord | null, facts: Facts | null) {
  return record?.[detail] ?? facts?.details[detail] ?? null;
}

function statusOf(said: string | null, inStripe: string | null, isStripeLater: boolean): string | null {
  if (said === null || inStripe === null) return said ?? inStripe;
  for (const status of ["succeeded", "canceled"]) if (said === status || inStripe === status) return status;
  return isStripeLater ? inStripe : said;
}

function isOpen({ status, feesStatus, refunds, disputes }: Facts): boolean {
  if (!isFinal(status) || feesStatus === "pending") return true;
  return refunds.some((one) => one.status === "pending") || disputes.some((one) => !/^(won|lost)$/.test(one.status));
}

interface Difference {
  field: string;
  recorded: unknown;
  stripe: unknown;
}

/** Differences are sorted by field. */
function reconciliationOf(record: GoldenRecord, facts: Facts | null, isAbsent: boolean, isStripeLater: boolean) {
  const saysParts = PARTS.some((part) => record[part] !== null);
  const rest = saysParts ? PARTS.reduce((left, part) => left - (record[part] ?? 0), record.amount_total) : 0;
  const unallocated: Difference[] = rest === 0 ? [] : [{ field: "unallocated", recorded: rest, stripe: 0 }];
  const conclude = (differences: Difference[], agreed: string, notCompared: string[] = []) => ({
    status: differences.length > 0 && agreed !== "missing_in_stripe" ? "mismatched" : agreed,
    differences: differences.toSorted((a, b) => (a.field < b.field ? -1 : 1)),
    notCompared,
  });
  if (!facts) return conclude(unallocated, isAbsent ? "missing_in_stripe" : "expected");

  const { status, amounts, charged } = facts;
  const identity: Difference[] = [];
  if (record.currency !== null && record.currency !== charged.currency) {
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
  const said = AMOUNTS.filter((field) => record[field] !== null);
  if ((record.currency ?? charged.currency) !== charged.currency) {
    return conclude([...identity, ...unallocated], "matched", said);
  }
  const wrong = said.flatMap((field) =>
    record[field] === amounts[field] ? [] : [{ field, recorded: record[field], stripe: amounts[field] }],
  );
  return conclude([...identity, ...wrong], "matched");
}
