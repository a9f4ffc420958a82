/**
 * Every rule about a change of a transaction; the store commits the decisions. A transaction has a last-writer-wins
 * register per source, from which its flat fields, status and reconciliation are computed. Observations are ordered by
 * content, not by arrival, so that every delivery order ends in the same document.
 */
import { dayOf } from "./calendar.ts";
import { canonicalJson } from "./canonical-json.ts";
import { project } from "./projection.ts";
import { agreesWithBalance } from "./reconciliation.ts";
import { redactTransaction, applyRedactions, redactObservation } from "./erasure.ts";
import { discrepancyOf, type ExceptionState, isSameDiscrepancy, publicName } from "./reconciliation-exception.ts";
import { AMOUNT_FIELDS } from "./money.ts";
import type {
  ErasureObservation,
  GoldenObservation,
  Observation,
  OperatorObservation,
  ResolutionObservation,
  StripeObservation,
} from "./observation.ts";
import { compareSnapshots, compareGoldenRecords } from "./ordering.ts";
import { comparePayouts } from "./payout.ts";
import { NO_REGISTERS, type Registers, type RecordDefaults, type Transaction } from "./transaction.ts";
import { mergeKnown } from "./stripe-snapshot.ts";
import { amountsOf, type GoldenRecord } from "./golden-record.ts";

export interface DecisionContext {
  now: Date;
  defaults: RecordDefaults;
  /**
   * Whether to store the time of a snapshot that changes nothing else. Otherwise the slower of two concurrent requests
   * could replace what the faster one has confirmed.
   */
  confirms?: boolean;
}

/** A difference between a record and the current golden record. Amounts in minor units. */
export interface FieldConflict {
  field: (typeof MONEY_FIELDS)[number];
  recorded: number | string | boolean;
  received: number | string | boolean;
}

/**
 * - `created`, `updated`: `next` replaces the transaction; an update stores the previous one as a revision, with the
 *   `reason`
 * - `duplicate`: already recorded; nothing is written
 * - `stale`: a newer observation is recorded; nothing is written
 * - `conflict`: different money without a correction; nothing is written
 */
export type CommonDecision =
  | { outcome: "created"; next: Transaction }
  | { outcome: "updated"; next: Transaction; reason: string }
  | { outcome: "duplicate" }
  | { outcome: "stale"; conflicts: FieldConflict[] };

export type GoldenDecision = CommonDecision | { outcome: "conflict"; conflicts: FieldConflict[] };

/**
 * - `ignored`: a payment that has not succeeded, an absence that may be temporary, or an unknown payment's payout
 * - `confirmed`: the snapshot is unchanged; `next` has its time, without a revision
 */
export type StripeDecision = CommonDecision | { outcome: "ignored" } | { outcome: "confirmed"; next: Transaction };

/** `ignored`: no exception, or nothing to erase. `stale`: the discrepancy has changed. */
export type OperatorDecision = Exclude<CommonDecision, { outcome: "created" }> | { outcome: "ignored" };

export type Decision = GoldenDecision | StripeDecision | OperatorDecision;

const MONEY_FIELDS = [...AMOUNT_FIELDS, "currency", "livemode"] as const;

/** How long a golden record may be unknown to Stripe before it counts as absent. */
export const ABSENCE_GRACE_MS = 24 * 60 * 60 * 1000;

/** Decides what an observation changes in a transaction; `current` is null if there is none yet. */
export function decide(current: Transaction | null, input: GoldenObservation, context: DecisionContext): GoldenDecision;
export function decide(current: Transaction | null, input: StripeObservation, context: DecisionContext): StripeDecision;
export function decide(
  current: Transaction | null,
  input: OperatorObservation,
  context: DecisionContext,
): OperatorDecision;
export function decide(current: Transaction | null, input: Observation, context: DecisionContext): Decision;
export function decide(current: Transaction | null, input: Observation, context: DecisionContext): Decision {
  const redacted = current?.erasedAt ? redactObservation(input) : input;
  const observation = current ? applyRedactions(redacted, current) : input;
  if (observation.kind === "golden") return decideGolden(current, observation, context);
  if (observation.kind === "snapshot") return decideSnapshot(current, observation, context);
  if (observation.kind === "payout") return decidePayout(current, observation, context);
  if (observation.kind === "balance") return decideBalance(current, observation, context);
  if (observation.kind === "absence") return decideAbsence(current, observation, context);
  if (observation.kind === "erasure") return decideErasure(current, observation, context);
  return decideResolution(current, observation, context);
}

function decideGolden(
  current: Transaction | null,
  { record, sentAt }: GoldenObservation,
  context: DecisionContext,
): GoldenDecision {
  const changes = { golden: record, goldenSentAt: sentAt };
  if (!current) {
    const registers = { ...NO_REGISTERS, ...changes };
    return { outcome: "created", next: create(record.stripePaymentId, registers, context.now, context) };
  }
  const inForce = current.golden;
  if (!inForce) return update(current, changes, "first golden record", context);

  const order = compareGoldenRecords({ record, sentAt }, { record: inForce, sentAt: current.goldenSentAt });
  const conflicts = moneyConflicts(inForce, record, context.defaults);
  if (order < 0) return { outcome: "stale", conflicts };
  if (order === 0) return { outcome: "duplicate" };
  if (conflicts.length > 0 && record.correction === null) return { outcome: "conflict", conflicts };
  return update(current, changes, record.correction ?? "newer golden record", context);
}

function decideSnapshot(
  current: Transaction | null,
  { stripePaymentId, snapshot }: Extract<StripeObservation, { kind: "snapshot" }>,
  context: DecisionContext,
): StripeDecision {
  if (!current) {
    if (snapshot.status !== "succeeded") return { outcome: "ignored" };
    const registers = { ...NO_REGISTERS, stripe: snapshot };
    return { outcome: "created", next: create(stripePaymentId, registers, snapshot.createdAt, context) };
  }
  const inForce = current.stripe;
  if (!inForce) return update(current, { stripe: snapshot, absentAsOf: null }, "first Stripe snapshot", context);
  const isOlder = compareSnapshots(snapshot, inForce) < 0;
  const stripe = isOlder ? mergeKnown(inForce, snapshot) : mergeKnown(snapshot, inForce);
  const decision = update(current, { stripe }, "newer Stripe snapshot", context);
  if (!differsInReadTimeOnly(current, decision.next)) return decision;
  if (isOlder) return { outcome: "stale", conflicts: [] };
  if (context.confirms !== true || inForce.asOf.getTime() === snapshot.asOf.getTime()) return { outcome: "duplicate" };
  const { updatedAt, revision } = current;
  return { outcome: "confirmed", next: { ...decision.next, updatedAt, revision } };
}

function decidePayout(
  current: Transaction | null,
  { payout }: Extract<StripeObservation, { kind: "payout" }>,
  context: DecisionContext,
): StripeDecision {
  if (!current?.stripe) return { outcome: "ignored" };
  const inForce = current.stripe.payout;
  const order = inForce ? comparePayouts(payout, inForce) : 1;
  if (order < 0) return { outcome: "stale", conflicts: [] };
  if (order === 0) return { outcome: "duplicate" };
  return update(current, { stripe: { ...current.stripe, payout } }, `payout ${payout.status}`, context);
}

/** Keeps what the movements add up to only while that contradicts the snapshot. */
function decideBalance(
  current: Transaction | null,
  { onBalance }: Extract<StripeObservation, { kind: "balance" }>,
  context: DecisionContext,
): StripeDecision {
  if (!current?.stripe) return { outcome: "ignored" };
  const inForce = current.onBalance;
  if (inForce && inForce.asOf > onBalance.asOf) return { outcome: "stale", conflicts: [] };
  if (agreesWithBalance(current.stripe, onBalance)) {
    if (inForce === null) return { outcome: "duplicate" };
    return update(current, { onBalance: null }, "agrees with the balance", context);
  }
  if (inForce && canonicalJson(inForce.kept) === canonicalJson(onBalance.kept)) return { outcome: "duplicate" };
  return update(current, { onBalance }, "differs from the balance", context);
}

/** Stripe deletes no payments, so an absence cannot follow a snapshot. */
function decideAbsence(
  current: Transaction | null,
  { asOf }: Extract<StripeObservation, { kind: "absence" }>,
  context: DecisionContext,
): StripeDecision {
  if (current?.stripe) return { outcome: "stale", conflicts: [] };
  if (!current || asOf.getTime() - current.createdAt.getTime() < ABSENCE_GRACE_MS) return { outcome: "ignored" };
  if (current.absentAsOf) return { outcome: "duplicate" };
  return update(current, { absentAsOf: asOf }, "Stripe does not know this payment", context);
}

function decideResolution(
  current: Transaction | null,
  { seen, isResolved, reason, by, shownAs = by }: ResolutionObservation,
  context: DecisionContext,
): OperatorDecision {
  if (!current || current.exception === null) return { outcome: "ignored" };
  const discrepancy = discrepancyOf(current);
  if (!isSameDiscrepancy(discrepancy, seen)) return { outcome: "stale", conflicts: [] };
  if (isResolved === (current.exception === "resolved")) return { outcome: "duplicate" };
  const resolution = isResolved ? { ...discrepancy, reason, by: publicName(shownAs), at: context.now } : null;
  return update(current, { resolution }, `${isResolved ? "resolved" : "reopened"} by ${by}: ${reason}`, context);
}

function decideErasure(
  current: Transaction | null,
  erasure: ErasureObservation,
  { now }: DecisionContext,
): OperatorDecision {
  if (!current) return { outcome: "ignored" };
  const { isMention = false, reason, by } = erasure;
  const next = redactTransaction(current, erasure);
  // Another customer's payment continues to receive that customer's data.
  const erasedAt = isMention ? current.erasedAt : now;
  const isNew = !isMention && !current.erasedAt;
  if (!isNew && canonicalJson(next) === canonicalJson(current)) return { outcome: "duplicate" };
  return replace(current, { ...next, erasedAt }, `personal data erased by ${by}: ${reason}`, now);
}

/** Setting a field that is unset in the current record is no conflict. */
function moneyConflicts(inForce: GoldenRecord, record: GoldenRecord, defaults: RecordDefaults): FieldConflict[] {
  const withDefaults = { ...amountsOf(record), ...defaults };
  return MONEY_FIELDS.flatMap((field) => {
    const recorded = inForce[field];
    const received = record[field] ?? withDefaults[field];
    return recorded === null || recorded === received ? [] : [{ field, recorded, received }];
  });
}

function create(
  stripePaymentId: string,
  registers: Registers,
  createdAt: Date,
  { now, defaults }: DecisionContext,
): Transaction {
  const day = dayOf(createdAt, defaults.timeZone);
  const projected = project(registers, defaults);
  const exceptionOpenedAt = openedAt(null, projected.exception, now);
  return { stripePaymentId, ...projected, createdAt, day, updatedAt: now, revision: 0, exceptionOpenedAt };
}

function update(
  current: Transaction,
  changes: Partial<Registers>,
  reason: string,
  { now, defaults }: DecisionContext,
): Replacement {
  return replace(current, { ...current, ...project({ ...current, ...changes }, defaults) }, reason, now);
}

type Replacement = Extract<CommonDecision, { outcome: "updated" }>;

function replace(current: Transaction, next: Transaction, reason: string, now: Date): Replacement {
  // Another instance's clock may have been ahead.
  const updatedAt = new Date(Math.max(now.getTime(), current.updatedAt.getTime()));
  const exceptionOpenedAt = openedAt(current, next.exception, updatedAt);
  return {
    outcome: "updated",
    next: { ...next, updatedAt, revision: current.revision + 1, exceptionOpenedAt },
    reason,
  };
}

function openedAt(current: Transaction | null, exception: ExceptionState | null, now: Date): Date | null {
  if (exception !== "open") return null;
  return current?.exception === "open" ? current.exceptionOpenedAt : now;
}

function differsInReadTimeOnly(current: Transaction, next: Transaction): boolean {
  const withoutTime = ({ stripe, reconciliation, ...rest }: Transaction) =>
    canonicalJson({
      ...rest,
      updatedAt: null,
      revision: null,
      stripe: stripe && { ...stripe, asOf: null },
      reconciliation: { ...reconciliation, checkedAt: null },
    });
  return withoutTime(current) === withoutTime(next);
}
