/**
 * The one rule book for every change of a transaction. Pure: values in, values out; the store carries decisions out.
 *
 * A transaction is made of registers, one for each source, each holding the newest thing that source said. What people
 * read (the flat fields, the status, the reconciliation) is computed from the registers. A register's news is ordered by
 * the news itself (`compareNews`), not by its arrival, so every delivery order ends in the same document.
 */
import { AMOUNT_FIELDS } from "./money.ts";
import { reconcile } from "./reconciliation.ts";
import { amountsOf, finality, type GoldenRecord, type RecordDefaults, type Transaction } from "./transaction.ts";

/** What a source says about one payment. */
export type Observation = GoldenObservation;

/** A golden record, and when its sender signed it (its arrival, if it is unsigned). */
export interface GoldenObservation {
  kind: "golden";
  record: GoldenRecord;
  sentAt: Date;
}

export interface DecisionContext {
  now: Date;
  defaults: RecordDefaults;
}

/** A money field in which a record and the golden record in force disagree. Amounts in minor units. */
export interface FieldConflict {
  field: (typeof MONEY_FIELDS)[number];
  recorded: number | string | boolean;
  received: number | string | boolean;
}

/**
 * - `created`, `updated`: `next` replaces the transaction; an update keeps what it replaces, with the `reason`
 * - `duplicate`: the record in force says the same; nothing is written
 * - `stale`: a newer record is in force; nothing is written, `conflicts` names money on which the two disagree
 * - `conflict`: it names other money without a correction; nothing is written
 */
export type Decision =
  | { outcome: "created"; next: Transaction }
  | { outcome: "updated"; next: Transaction; reason: string }
  | { outcome: "duplicate" }
  | { outcome: "stale"; conflicts: FieldConflict[] }
  | { outcome: "conflict"; conflicts: FieldConflict[] };

/** What makes a payment another payment: the amounts, their currency, and the mode it was made in. */
const MONEY_FIELDS = [...AMOUNT_FIELDS, "currency", "livemode"] as const;

/** What becomes of a payment's transaction (null: there is none yet) when this observation arrives. */
export function decide(current: Transaction | null, observation: Observation, context: DecisionContext): Decision {
  const { record, sentAt } = observation;
  if (!current) return { outcome: "created", next: create(observation, context) };
  const inForce = current.golden;
  if (!inForce) {
    return { outcome: "updated", next: replaceGolden(current, observation, context), reason: "first golden record" };
  }

  if (canonical(inForce) === canonical(record)) return { outcome: "duplicate" };
  const conflicts = moneyConflicts(inForce, record, context.defaults);
  if (compareNews({ record, sentAt }, { record: inForce, sentAt: current.goldenSentAt }) < 0) {
    return { outcome: "stale", conflicts };
  }
  if (conflicts.length > 0 && record.correction === null) return { outcome: "conflict", conflicts };
  return {
    outcome: "updated",
    next: replaceGolden(current, observation, context),
    reason: record.correction ?? "newer golden record",
  };
}

interface News {
  record: GoldenRecord;
  /** Null, for a document of the legacy service, is older than any time. */
  sentAt: Date | null;
}

/**
 * Positive when `a` is newer. A more final status is newer, then the later signature. Signatures count in seconds, so two
 * records can carry the same: then their content decides, arbitrarily but everywhere alike.
 */
function compareNews(a: News, b: News): number {
  return (
    finality(a.record.status) - finality(b.record.status) ||
    (a.sentAt?.getTime() ?? -Infinity) - (b.sentAt?.getTime() ?? -Infinity) ||
    (canonical(a.record) < canonical(b.record) ? -1 : 1)
  );
}

/** A field that the record in force left unsaid may be filled by any later one, and conflicts with none. */
function moneyConflicts(inForce: GoldenRecord, record: GoldenRecord, defaults: RecordDefaults): FieldConflict[] {
  return MONEY_FIELDS.flatMap((field) => {
    const recorded = inForce[field];
    const received = record[field] ?? shown(record, defaults)[field];
    return recorded === null || recorded === received ? [] : [{ field, recorded, received }];
  });
}

function create(observation: GoldenObservation, { now, defaults }: DecisionContext): Transaction {
  return {
    ...goldenParts(observation, defaults),
    createdAt: now,
    updatedAt: now,
    revision: 0,
    stripe: null,
  };
}

function replaceGolden(current: Transaction, observation: GoldenObservation, context: DecisionContext): Transaction {
  return {
    ...current,
    ...goldenParts(observation, context.defaults),
    // Another instance's clock may be ahead of this one's.
    updatedAt: context.now > current.updatedAt ? context.now : current.updatedAt,
    revision: current.revision + 1,
  };
}

/** Everything in a transaction that follows from its golden record. */
function goldenParts({ record, sentAt }: GoldenObservation, defaults: RecordDefaults) {
  return {
    ...shown(record, defaults),
    source: "orchestrator" as const,
    golden: record,
    goldenSentAt: sentAt,
    reconciliation: reconcile(record),
  };
}

/** The flat fields that people read: what was said, and a default for what was not. */
function shown(record: GoldenRecord, defaults: RecordDefaults) {
  return {
    stripePaymentId: record.stripePaymentId,
    ...amountsOf(record),
    currency: record.currency ?? defaults.currency,
    livemode: record.livemode ?? defaults.livemode,
    name: record.name,
    email: record.email,
    phone: record.phone,
    workshopId: record.workshopId,
    workshopName: record.workshopName,
    workshopDate: record.workshopDate,
    workshopTime: record.workshopTime,
    participantCount: record.participantCount,
    organizationType: record.organizationType,
    status: record.status,
  };
}

/** One string for one content, whatever the order of the fields. */
function canonical(record: GoldenRecord): string {
  return JSON.stringify(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
