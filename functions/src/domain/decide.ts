/**
 * Every rule about a change of a transaction; the store carries out the decisions. A transaction has one register per
 * source, each holding the newest observation of that source (last writer wins). The flat fields, the status and the
 * reconciliation are computed from the registers. Observations are ordered by their content, not by their arrival, so
 * that every delivery order ends in the same document.
 */
import { dayOf } from "./calendar.ts";
import { canonicalJson } from "./canonical-json.ts";
import { project } from "./projection.ts";
import { redactTransaction, applyRedactions, redactObservation } from "./erasure.ts";
import { discrepancyOf, isSameDiscrepancy, publicName } from "./reconciliation-exception.ts";
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
   * Whether to store the time of a snapshot that changes nothing else. Without it, the slower of two concurrent
   * requests could replace what the faster one has found unchanged.
   */
  confirms?: boolean;
}

/** A money field in which a record differs from the current golden record. Amounts in minor units. */
export interface FieldConflict {
  field: (typeof MONEY_FIELDS)[number];
  recorded: number | string | boolean;
  received: number | string | boolean;
}

/**
 * - `created`, `updated`: `next` replaces the transaction; an update keeps the replaced one, with the `reason`
 * - `duplicate`: the same as before; nothing is written
 * - `stale`: a newer observation is recorded; nothing is written, and `conflicts` names money in which two golden
 *   records differ
 */
export type CommonDecision =
  | { outcome: "created"; next: Transaction }
  | { outcome: "updated"; next: Transaction; reason: string }
  | { outcome: "duplicate" }
  | { outcome: "stale"; conflicts: FieldConflict[] };

/** `conflict`: its money differs, and it has no correction; nothing is written. */
export type GoldenDecision = CommonDecision | { outcome: "conflict"; conflicts: FieldConflict[] };

/**
 * - `ignored`: nothing to record: a payment that has not succeeded, an absence that may be temporary, or the payout of
 *   an unknown payment
 * - `confirmed`: Stripe's snapshot is unchanged; `next` has its time, and is no revision
 */
export type StripeDecision = CommonDecision | { outcome: "ignored" } | { outcome: "confirmed"; next: Transaction };

/** `ignored`: no exception, or nothing to erase. `stale`: the discrepancy has changed. */
export type OperatorDecision = Exclude<CommonDecision, { outcome: "created" }> | { outcome: "ignored" };

export type Decision = GoldenDecision | StripeDecision | OperatorDecision;

/** The fields whose change makes it another payment. */
const MONEY_FIELDS = [...AMOUNT_FIELDS, "currency", "livemode"] as const;

/** How long a golden record may be unknown to Stripe before it counts as absent. */
export const ABSENCE_GRACE_MS = 24 * 60 * 60 * 1000;

/** Decides what an observation changes in a payment's transaction (null: there is none yet). */
export function decide(current: Transaction | null, seen: GoldenObservation, context: DecisionContext): GoldenDecision;
export function decide(current: Transaction | null, seen: StripeObservation, context: DecisionContext): StripeDecision;
export function decide(
  current: Transaction | null,
  seen: OperatorObservation,
  context: DecisionContext,
): OperatorDecision;
export function decide(current: Transaction | null, seen: Observation, context: DecisionContext): Decision;
export function decide(current: Transaction | null, observed: Observation, context: DecisionContext): Decision {
  const withoutPerson = current?.erasedAt ? redactObservation(observed) : observed;
  const seen = current ? applyRedactions(withoutPerson, current) : observed;
  if (seen.kind === "golden") return decideGolden(current, seen, context);
  if (seen.kind === "snapshot") return decideSnapshot(current, seen, context);
  if (seen.kind === "payout") return decidePayout(current, seen, context);
  if (seen.kind === "absence") return decideAbsence(current, seen, context);
  if (seen.kind === "erasure") return decideErasure(current, seen, context);
  return decideResolution(current, seen, context);
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
  if (!isSameButForTime(current, decision.next)) return decision;
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

/** Stripe deletes no payments: an absence cannot contradict an earlier snapshot. */
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
  const disagreement = discrepancyOf(current);
  if (!isSameDiscrepancy(disagreement, seen)) return { outcome: "stale", conflicts: [] };
  if (isResolved === (current.exception === "resolved")) return { outcome: "duplicate" };
  const resolution = isResolved ? { ...disagreement, reason, by: publicName(shownAs), at: context.now } : null;
  return update(current, { resolution }, `${isResolved ? "resolved" : "opened again"} by ${by}: ${reason}`, context);
}

/** Amounts and reconciliation stay as they are. */
function decideErasure(
  current: Transaction | null,
  { personal, reason, by, ...rest }: ErasureObservation,
  { now }: DecisionContext,
): OperatorDecision {
  if (!current) return { outcome: "ignored" };
  const next = redactTransaction(current, personal, rest);
  // A payment of another customer still gets its customer's data.
  const erasedAt = rest.isMention === true ? current.erasedAt : now;
  const isNew = rest.isMention !== true && !current.erasedAt;
  if (!isNew && canonicalJson(next) === canonicalJson(current)) return { outcome: "duplicate" };
  return replace(current, { ...next, erasedAt }, `personal data erased by ${by}: ${reason}`, now);
}

/** A field that the current record left unset can be set later without a conflict. */
function moneyConflicts(inForce: GoldenRecord, record: GoldenRecord, defaults: RecordDefaults): FieldConflict[] {
  const meant = { ...amountsOf(record), ...defaults };
  return MONEY_FIELDS.flatMap((field) => {
    const recorded = inForce[field];
    const received = record[field] ?? meant[field];
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
  return { stripePaymentId, ...project(registers, defaults), createdAt, day, updatedAt: now, revision: 0 };
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
  // Another instance's clock may be ahead.
  const updatedAt = new Date(Math.max(now.getTime(), current.updatedAt.getTime()));
  return { outcome: "updated", next: { ...next, updatedAt, revision: current.revision + 1 }, reason };
}

/** Whether only the time of the snapshot differs. */
function isSameButForTime(current: Transaction, next: Transaction): boolean {
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
