/**
 * The one rule book for every change of a transaction. Pure: values in, values out; the store carries decisions out.
 *
 * A transaction is made of registers, one for each source, each holding the newest thing that source said. What people
 * read (the flat fields, the status, the reconciliation) is computed from the registers. A register's news is ordered by
 * the news itself, not by its arrival, so every delivery order ends in the same document.
 */
import { dayOf } from "./calendar.ts";
import { canonical } from "./canonical-json.ts";
import { project } from "./projection.ts";
import { erased, withErasedTexts, withoutPersonalData } from "./erasure.ts";
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
import { compareFacts, compareNews } from "./ordering.ts";
import { comparePayouts } from "./payout.ts";
import { NO_REGISTERS, type Registers, type RecordDefaults, type Transaction } from "./transaction.ts";
import { mergeKnown } from "./stripe-snapshot.ts";
import { amountsOf, type GoldenRecord } from "./golden-record.ts";

export interface DecisionContext {
  now: Date;
  defaults: RecordDefaults;
  /**
   * Whether facts that say what is known already are worth the write of their time. Readings that run side by side overtake
   * each other: without it, the slower of them could replace what the faster one has found unchanged.
   */
  confirms?: boolean;
}

/** A money field in which a record and the golden record in force disagree. Amounts in minor units. */
export interface FieldConflict {
  field: (typeof MONEY_FIELDS)[number];
  recorded: number | string | boolean;
  received: number | string | boolean;
}

/**
 * - `created`, `updated`: `next` replaces the transaction; an update keeps what it replaces, with the `reason`
 * - `duplicate`: the same was said before; nothing is written
 * - `stale`: something newer is in force; nothing is written, `conflicts` names money on which two golden records disagree
 */
export type CommonDecision =
  | { outcome: "created"; next: Transaction }
  | { outcome: "updated"; next: Transaction; reason: string }
  | { outcome: "duplicate" }
  | { outcome: "stale"; conflicts: FieldConflict[] };

/** `conflict`: it names other money without a correction; nothing is written. */
export type GoldenDecision = CommonDecision | { outcome: "conflict"; conflicts: FieldConflict[] };

/**
 * - `ignored`: it is nothing to record: a payment that has not succeeded, one that Stripe may yet come to know, or the payout of
 *   one whose facts have not been told
 * - `confirmed`: Stripe says what it said before; `next` says when, and is no revision
 */
export type StripeDecision = CommonDecision | { outcome: "ignored" } | { outcome: "confirmed"; next: Transaction };

/** `ignored`: it is no exception, or there is nothing to erase. `stale`: it disagrees in something else by now. */
export type OperatorDecision = Exclude<CommonDecision, { outcome: "created" }> | { outcome: "ignored" };

export type Decision = GoldenDecision | StripeDecision | OperatorDecision;

/** What makes a payment another payment: the amounts, their currency, and the mode it was made in. */
const MONEY_FIELDS = [...AMOUNT_FIELDS, "currency", "livemode"] as const;

/** How long a golden record may be unknown to Stripe before somebody is told. */
export const ABSENCE_GRACE_MS = 24 * 60 * 60 * 1000;

/** What becomes of a payment's transaction (null: there is none yet) when this observation arrives. */
export function decide(current: Transaction | null, seen: GoldenObservation, context: DecisionContext): GoldenDecision;
export function decide(current: Transaction | null, seen: StripeObservation, context: DecisionContext): StripeDecision;
export function decide(
  current: Transaction | null,
  seen: OperatorObservation,
  context: DecisionContext,
): OperatorDecision;
export function decide(current: Transaction | null, seen: Observation, context: DecisionContext): Decision;
export function decide(current: Transaction | null, said: Observation, context: DecisionContext): Decision {
  const heard = current?.erasedAt ? withoutPersonalData(said) : said;
  const seen = current ? withErasedTexts(heard, current) : said;
  if (seen.kind === "golden") return decideGolden(current, seen, context);
  if (seen.kind === "facts") return decideFacts(current, seen, context);
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
  const news = { golden: record, goldenSentAt: sentAt };
  if (!current) {
    const registers = { ...NO_REGISTERS, ...news };
    return { outcome: "created", next: create(record.stripePaymentId, registers, context.now, context) };
  }
  const inForce = current.golden;
  if (!inForce) return update(current, news, "first golden record", context);

  const ahead = compareNews({ record, sentAt }, { record: inForce, sentAt: current.goldenSentAt });
  const conflicts = moneyConflicts(inForce, record, context.defaults);
  if (ahead < 0) return { outcome: "stale", conflicts };
  if (ahead === 0) return { outcome: "duplicate" };
  if (conflicts.length > 0 && record.correction === null) return { outcome: "conflict", conflicts };
  return update(current, news, record.correction ?? "newer golden record", context);
}

function decideFacts(
  current: Transaction | null,
  { stripePaymentId, facts }: Extract<StripeObservation, { kind: "facts" }>,
  context: DecisionContext,
): StripeDecision {
  if (!current) {
    if (facts.status !== "succeeded") return { outcome: "ignored" };
    const registers = { ...NO_REGISTERS, stripe: facts };
    return { outcome: "created", next: create(stripePaymentId, registers, facts.createdAt, context) };
  }
  const inForce = current.stripe;
  if (!inForce) return update(current, { stripe: facts, absentAsOf: null }, "first Stripe facts", context);
  const isOlder = compareFacts(facts, inForce) < 0;
  const stripe = isOlder ? mergeKnown(inForce, facts) : mergeKnown(facts, inForce);
  const decision = update(current, { stripe }, "newer Stripe facts", context);
  if (!isSameButForTime(current, decision.next)) return decision;
  if (isOlder) return { outcome: "stale", conflicts: [] };
  if (context.confirms !== true || inForce.asOf.getTime() === facts.asOf.getTime()) return { outcome: "duplicate" };
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
  const ahead = inForce ? comparePayouts(payout, inForce) : 1;
  if (ahead < 0) return { outcome: "stale", conflicts: [] };
  if (ahead === 0) return { outcome: "duplicate" };
  return update(current, { stripe: { ...current.stripe, payout } }, `payout ${payout.status}`, context);
}

/** Whoever has been found is not lost again by an answer that says otherwise: Stripe deletes no payments. */
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

/** Nothing is computed anew: money, and how it stands, stay as they are shown. */
function decideErasure(
  current: Transaction | null,
  { personal, reason, by, ...rest }: ErasureObservation,
  { now }: DecisionContext,
): OperatorDecision {
  if (!current) return { outcome: "ignored" };
  const next = erased(current, personal, rest);
  // What keeps its customer goes on being told of them.
  const erasedAt = rest.isMention === true ? current.erasedAt : now;
  const isNew = rest.isMention !== true && !current.erasedAt;
  if (!isNew && canonical(next) === canonical(current)) return { outcome: "duplicate" };
  return replace(current, { ...next, erasedAt }, `personal data erased by ${by}: ${reason}`, now);
}

/** A field that the record in force left unsaid may be filled by any later one, and conflicts with none. */
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
  news: Partial<Registers>,
  reason: string,
  { now, defaults }: DecisionContext,
): Replacement {
  return replace(current, { ...current, ...project({ ...current, ...news }, defaults) }, reason, now);
}

type Replacement = Extract<CommonDecision, { outcome: "updated" }>;

function replace(current: Transaction, next: Transaction, reason: string, now: Date): Replacement {
  // Another instance's clock may be ahead of this one's.
  const updatedAt = new Date(Math.max(now.getTime(), current.updatedAt.getTime()));
  return { outcome: "updated", next: { ...next, updatedAt, revision: current.revision + 1 }, reason };
}

/** Whether the same facts were merely read again. */
function isSameButForTime(current: Transaction, next: Transaction): boolean {
  const withoutTime = ({ stripe, reconciliation, ...rest }: Transaction) =>
    canonical({
      ...rest,
      updatedAt: null,
      revision: null,
      stripe: stripe && { ...stripe, asOf: null },
      reconciliation: { ...reconciliation, checkedAt: null },
    });
  return withoutTime(current) === withoutTime(next);
}
