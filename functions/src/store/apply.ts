import type { DocumentReference, DocumentSnapshot } from "firebase-admin/firestore";
import { type Decision, decide, type DecisionContext, type GoldenDecision } from "../domain/decide.ts";
import { type GoldenObservation, type Observation, paymentIdOf } from "../domain/observation.ts";
import type { Transaction } from "../domain/transaction.ts";
import { fromFirestore, UnreadableDocumentError, toFirestore } from "./transaction-converter.ts";
import { firestore } from "./connection.ts";
import { asRead, commitOnce, type Deadline, isContended, operation, readAndCommit } from "./firestore.ts";
import { type EventCompletion, type EventEffect, endingFields } from "./stripe-events.ts";
import { logAlerts } from "./alert-logs.ts";
import { type LegacyOverwrite, legacyOverwriteOf, withLegacyOverwrite } from "./legacy/overwrite.ts";
import { fieldsWithoutPerson } from "./personal-data.ts";
import { readAll, TotalsUpdate } from "./totals.ts";
import { changesOf, type Writes } from "./writes.ts";
import { KeyedMutex } from "./keyed-mutex.ts";
import { withRoom } from "./legacy/month-workshops.ts";
import { eventRef, revisionsRef, transactionRef } from "./refs.ts";

/** An observation about a franchisee's transaction. */
export interface Target {
  franchiseeId: string;
  observation: Observation;
}

/**
 * The result of a target: the decision, and the transaction before and after it (null: none); or why its document
 * cannot be read, in which case it is unchanged.
 */
export type Outcome =
  | { target: Target; decision: Decision; before: Transaction | null; transaction: Transaction | null }
  | { target: Target; unreadable: UnreadableDocumentError };

/** The outcomes of several targets, and the documents read and written for them. */
export interface ApplyResult {
  outcomes: Outcome[];
  reads: number;
  writes: number;
}

/**
 * Decides on one observation, and commits the decision together with its change of the franchisee's totals. A first
 * record costs one commit and no read; the document is read only if it exists. Throws AppError `unavailable`,
 * UnreadableDocumentError.
 */
export async function apply(
  franchiseeId: string,
  observation: GoldenObservation,
  context: DecisionContext,
): Promise<GoldenDecision>;
export async function apply(
  franchiseeId: string,
  observation: Observation,
  context: DecisionContext,
): Promise<Decision>;
export async function apply(
  franchiseeId: string,
  observation: Observation,
  context: DecisionContext,
): Promise<Decision> {
  const target = { franchiseeId, observation };
  return operation((deadline) =>
    ownMutex.runExclusive([referenceOf(target).path], () => applyOne(target, context, deadline)),
  );
}

/**
 * Serialises the commits of each transaction in this process: Firestore would refuse all but one, and the others would
 * retry.
 */
const ownMutex = new KeyedMutex();

async function applyOne(target: Target, context: DecisionContext, deadline: Deadline): Promise<Decision> {
  deadline.check();
  const { franchiseeId, observation } = target;
  const first = decide(null, observation, context);
  if (first.outcome === "created") {
    try {
      const fields = toFirestore(first.next);
      const totals = new TotalsUpdate(context.defaults);
      totals.take({ franchiseeId, before: null, after: first.next });
      const create = (writes: Writes): void => {
        writes.create(referenceOf(target), fields);
        totals.write(writes, []);
      };
      await withRoom([franchiseeId], () => commitOnce(create));
      logAlerts(franchiseeId, null, first.next);
      return first;
    } catch (error) {
      if (!isContended(error)) throw error;
    }
  }
  const { outcomes } = await transact([target], context, deadline, null);
  const [outcome] = outcomes;
  if (!outcome) throw new Error("A target was lost.");
  if ("unreadable" in outcome) throw outcome.unreadable;
  return outcome.decision;
}

/** The longest time for all commits of one call, in milliseconds. */
const APPLY_ALL_TIMEOUT_MS = 30_000;

/** The event that the targets of a commit come from. A done event keeps its result, unless it is replayed. */
export interface EventEnding extends EventCompletion {
  isReplay: boolean;
}

/**
 * Applies many observations, each of a different payment, with one read of their documents and one atomic commit, or
 * several if their changes of the totals exceed Firestore's limits. With an event, the last commit also marks it as
 * done, unless a document cannot be read. Throws AppError `unavailable`.
 */
export function applyAll(
  targets: readonly Target[],
  context: DecisionContext,
  event: EventEnding | null = null,
  mutex = ownMutex,
): Promise<ApplyResult> {
  const paths = targets.map((target) => referenceOf(target).path);
  return operation(
    (deadline) => mutex.runExclusive(paths, () => transact(targets, context, deadline, event)),
    APPLY_ALL_TIMEOUT_MS,
  );
}

/** What `applyAll` would do now. */
export async function preview(targets: readonly Target[], context: DecisionContext): Promise<ApplyResult> {
  if (targets.length === 0) return { outcomes: [], reads: 0, writes: 0 };
  const snapshots = await operation(() => firestore().getAll(...targets.map(referenceOf)));
  const kept = await operation(() => Promise.all(snapshots.map(legacyOverwriteOf)));
  const outcomes = decideAll(targets, snapshots, kept, context);
  return { outcomes, reads: targets.length, writes: 0 };
}

async function transact(
  targets: readonly Target[],
  context: DecisionContext,
  deadline: Deadline,
  event: EventEnding | null,
): Promise<ApplyResult> {
  const all: ApplyResult = { outcomes: [], reads: 0, writes: 0 };
  do {
    const rest = targets.slice(all.outcomes.length);
    const { outcomes, reads, writes } = await withRoom(
      rest.map(({ franchiseeId }) => franchiseeId),
      () => transactAsManyAsFit(rest, all.outcomes, context, deadline, event),
    );
    for (const outcome of outcomes) {
      if ("unreadable" in outcome || !("next" in outcome.decision)) continue;
      logAlerts(outcome.target.franchiseeId, outcome.before, outcome.decision.next);
    }
    all.outcomes.push(...outcomes);
    all.reads += reads;
    all.writes += writes;
  } while (all.outcomes.length < targets.length);
  return all;
}

/** `earlier` are the outcomes of the preceding targets. */
async function transactAsManyAsFit(
  targets: readonly Target[],
  earlier: readonly Outcome[],
  context: DecisionContext,
  deadline: Deadline,
  event: EventEnding | null,
): Promise<ApplyResult> {
  const references = [...targets.map(referenceOf), ...(event ? [eventRef(event.id)] : [])];
  if (references.length === 0) return { outcomes: [], reads: 0, writes: 0 };
  return readAndCommit(references, deadline, async (list, snapshots) => {
    const kept = await Promise.all(snapshots.slice(0, targets.length).map(legacyOverwriteOf));
    const totals = new TotalsUpdate(context.defaults);
    const outcomes = leadingThatFit(decideAll(targets, snapshots, kept, context), totals);
    const left = await readAll(totals.leaving());
    let writes = outcomes.reduce((sum, outcome, index) => sum + write(list, snapshots[index], outcome, kept[index]), 0);
    writes += totals.write(list, left);
    if (event && outcomes.length === targets.length) {
      writes += end(list, snapshots.at(-1), event, [...earlier, ...outcomes]);
    }
    return { outcomes, reads: references.length + left.length, writes };
  });
}

/** The leading outcomes whose changes of the totals fit into one commit. */
function leadingThatFit(outcomes: readonly Outcome[], totals: TotalsUpdate): Outcome[] {
  const tooMany = outcomes.findIndex((outcome) => {
    if ("unreadable" in outcome || !("next" in outcome.decision)) return false;
    const { target, before, decision } = outcome;
    return !totals.take({ franchiseeId: target.franchiseeId, before, after: decision.next });
  });
  return tooMany === -1 ? [...outcomes] : outcomes.slice(0, tooMany);
}

/** Marks an event as done, unless a target failed. Returns the number of writes. */
function end(
  list: Writes,
  snapshot: DocumentSnapshot | undefined,
  event: EventEnding,
  outcomes: readonly Outcome[],
): number {
  if (!snapshot || outcomes.some((outcome) => "unreadable" in outcome)) return 0;
  if (snapshot.get("status") === "done" && !event.isReplay) return 0;
  const effects = [...event.effects, ...effectsOf(outcomes)];
  list.update(snapshot.ref, changesOf(endingFields("done", { ...event, effects })), asRead(snapshot));
  return 1;
}

function decideAll(
  targets: readonly Target[],
  snapshots: readonly DocumentSnapshot[],
  kept: readonly (LegacyOverwrite | null)[],
  context: DecisionContext,
): Outcome[] {
  return targets.map((target, index) => {
    const snapshot = snapshots[index];
    try {
      // As `verify-totals` counts it.
      const before = snapshot?.exists ? fromFirestore(snapshot) : null;
      const current = before && withLegacyOverwrite(before, kept[index]);
      const decision = decide(current, target.observation, context);
      return { target, decision, before, transaction: "next" in decision ? decision.next : current };
    } catch (error) {
      if (!(error instanceof UnreadableDocumentError)) throw error;
      return { target, unreadable: error };
    }
  });
}

/** Adds a decision to the commit. Returns the number of writes. */
function write(
  list: Writes,
  snapshot: DocumentSnapshot | undefined,
  outcome: Outcome,
  kept: LegacyOverwrite | null | undefined,
): number {
  if (!snapshot || "unreadable" in outcome) return 0;
  const { decision, target } = outcome;
  if (decision.outcome === "created") {
    list.create(snapshot.ref, toFirestore(decision.next));
    return 1;
  }
  if (decision.outcome !== "updated" && decision.outcome !== "confirmed") return 0;
  // createdAt stays as it was stored, to the microsecond.
  const { createdAt: _createdAt, ...fields } = toFirestore(decision.next);
  const changed = { ...fields, ...(kept && { createdAt: kept.createdAt }) };
  list.update(snapshot.ref, changesOf(changed), asRead(snapshot));
  if (decision.outcome === "confirmed") return 1;
  // `set`, not `create`: a document that was deleted by hand has left its revisions, which must not block a new one.
  const erasure = target.observation.kind === "erasure" ? target.observation : null;
  const before = snapshot.data() ?? {};
  list.set(revision(snapshot.ref, decision.next.revision), {
    revision: decision.next.revision,
    before:
      erasure || decision.next.erasedAt ? fieldsWithoutPerson(before, erasure?.personal ?? [], erasure ?? {}) : before,
    reason: decision.reason,
    replacedAt: decision.next.updatedAt,
  });
  return 2;
}

function referenceOf({ franchiseeId, observation }: Target): DocumentReference {
  return transactionRef(franchiseeId, paymentIdOf(observation));
}

/**
 * franchisees/{acct}/transactions/{pi}/revisions/{n}: the transaction before change n, and the reason of the change.
 */
function revision(transaction: DocumentReference, n: number): DocumentReference {
  return revisionsRef(transaction).doc(String(n));
}

export function effectsOf(outcomes: readonly Outcome[]): EventEffect[] {
  return outcomes.flatMap((outcome) => {
    if ("unreadable" in outcome) return [];
    const { target, decision } = outcome;
    const stripePaymentId = paymentIdOf(target.observation);
    return [{ franchiseeId: target.franchiseeId, stripePaymentId, outcome: decision.outcome }];
  });
}
