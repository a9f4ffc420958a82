import type { DocumentReference, DocumentSnapshot, Precondition, Timestamp } from "firebase-admin/firestore";
import { type Decision, decide, type DecisionContext, type GoldenDecision } from "../domain/decide.ts";
import { type GoldenObservation, type Observation, paymentIdOf } from "../domain/observation.ts";
import type { Transaction } from "../domain/transaction.ts";
import { log } from "../log.ts";
import { fromFirestore, UnreadableDocumentError, toFirestore } from "./transaction-converter.ts";
import { firestore } from "./connection.ts";
import { commitOnce, commitRead, type Deadline, ifUnchanged, isContended, operation } from "./firestore.ts";
import { type EventEffect, type EventCompletion, completionFields } from "./stripe-events.ts";
import { logAlerts } from "./alert-logs.ts";
import { type LegacyOverwrite, legacyOverwriteOf, withLegacyOverwrite } from "./legacy/overwrite.ts";
import { redactFields } from "./personal-data.ts";
import { readAll, TotalsUpdate } from "./totals.ts";
import { changesOf, type Writes } from "./writes.ts";
import { KeyedMutex } from "./keyed-mutex.ts";
import { retryIfTooLarge } from "./legacy/month-workshops.ts";
import { eventRef, revisionsRef, transactionRef } from "./refs.ts";

export interface Target {
  franchiseeId: string;
  observation: Observation;
}

/**
 * The decision on a target, with the transaction before and after it (null: none), or the reason why its document
 * cannot be read.
 */
export type Outcome = Decided | { target: Target; unreadable: UnreadableDocumentError };

interface Decided {
  target: Target;
  decision: Decision;
  before: Transaction | null;
  transaction: Transaction | null;
}

export interface ApplyResult {
  outcomes: Outcome[];
  /** Documents read and written. */
  reads: number;
  writes: number;
}

/**
 * Decides on one observation, and commits the decision together with its change of the franchisee's totals. Tries to
 * create the document first, so that a first record costs no read. Throws AppError `unavailable`,
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
 * Serialises the commits of each transaction in this process. Without it, Firestore would refuse all but one, and the
 * others would retry.
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
      totals.add({ franchiseeId, before: null, after: first.next });
      const create = (writes: Writes): void => {
        writes.create(referenceOf(target), fields);
        totals.write(writes, []);
      };
      await retryIfTooLarge([franchiseeId], () => commitOnce(create));
      logAlerts(franchiseeId, null, first.next);
      return first;
    } catch (error) {
      if (!isContended(error)) throw error;
    }
  }
  const { outcomes } = await transact([target], context, deadline, null);
  const [outcome] = outcomes;
  if (!outcome) throw new Error("The target has no outcome.");
  if ("unreadable" in outcome) throw outcome.unreadable;
  return outcome.decision;
}

/** For all commits of one call, in milliseconds. */
const APPLY_ALL_TIMEOUT_MS = 30_000;

/** An event to mark as done. A done event keeps its result, unless it is replayed. */
export interface EventToComplete {
  id: string;
  isReplay: boolean;
  /** The update time of its document, if it is known; otherwise the document is read. */
  version: Timestamp | null;
}

/** What a commit does in addition to its targets: it marks these events as done. */
export interface Completion extends EventCompletion {
  events: readonly EventToComplete[];
  /** Documents of targets from `readAhead`. */
  ahead: readonly DocumentSnapshot[];
}

/**
 * Reads a transaction's document for a later `applyAll`, while Stripe is asked; null if that fails. If the document has
 * changed by then, the commit fails, and `applyAll` reads it again.
 */
export async function readAhead(franchiseeId: string, stripePaymentId: string): Promise<DocumentSnapshot | null> {
  try {
    return await operation(() => transactionRef(franchiseeId, stripePaymentId).get());
  } catch (error) {
    log.warn("reading ahead failed", { franchiseeId, transactionId: stripePaymentId, error });
    return null;
  }
}

/**
 * Applies observations of different payments with one read of their documents and one atomic commit, or several if
 * their changes of the totals exceed Firestore's limits. The last commit also marks the events as done, unless a
 * document cannot be read. Throws AppError `unavailable`.
 */
export function applyAll(
  targets: readonly Target[],
  context: DecisionContext,
  completion: Completion | null = null,
  mutex = ownMutex,
): Promise<ApplyResult> {
  const paths = targets.map((target) => referenceOf(target).path);
  return operation(
    (deadline) =>
      mutex.runExclusive(paths, (hasWaited) =>
        // Earlier work has probably changed the documents.
        transact(targets, context, deadline, completion && hasWaited ? { ...completion, ahead: [] } : completion),
      ),
    APPLY_ALL_TIMEOUT_MS,
  );
}

/** The result of `applyAll`, without writing. */
export async function preview(targets: readonly Target[], context: DecisionContext): Promise<ApplyResult> {
  if (targets.length === 0) return { outcomes: [], reads: 0, writes: 0 };
  const snapshots = await operation(() => firestore().getAll(...targets.map(referenceOf)));
  const overwrites = await operation(() => Promise.all(snapshots.map(legacyOverwriteOf)));
  const outcomes = decideAll(targets, snapshots, overwrites, context);
  return { outcomes, reads: targets.length, writes: 0 };
}

async function transact(
  targets: readonly Target[],
  context: DecisionContext,
  deadline: Deadline,
  completion: Completion | null,
): Promise<ApplyResult> {
  const all: ApplyResult = { outcomes: [], reads: 0, writes: 0 };
  do {
    const rest = targets.slice(all.outcomes.length);
    const { outcomes, reads, writes } = await retryIfTooLarge(
      rest.map(({ franchiseeId }) => franchiseeId),
      () => transactLeading(rest, all.outcomes, context, deadline, completion),
    );
    for (const outcome of outcomes) {
      if (!isWrite(outcome)) continue;
      logAlerts(outcome.target.franchiseeId, outcome.before, outcome.decision.next);
    }
    all.outcomes.push(...outcomes);
    all.reads += reads;
    all.writes += writes;
  } while (all.outcomes.length < targets.length);
  return all;
}

/** Commits as many targets as fit. `earlier` are the outcomes of the preceding ones. */
async function transactLeading(
  targets: readonly Target[],
  earlier: readonly Outcome[],
  context: DecisionContext,
  deadline: Deadline,
  completion: Completion | null,
): Promise<ApplyResult> {
  if (targets.length === 0 && !completion) return { outcomes: [], reads: 0, writes: 0 };
  const read = (isFirst: boolean): Promise<Read> =>
    readDocuments(targets.map(referenceOf), completion, isFirst && earlier.length === 0);
  return commitRead(read, deadline, async (list, first) => {
    let known = await decideOn(targets, first, context);
    // Only a write checks that a document is as it was read, before Stripe was asked.
    if (first.isAhead && !known.decided.every(isWrite)) known = await decideOn(targets, await read(false), context);
    const { snapshots, events, reads, overwrites, decided } = known;
    const totals = new TotalsUpdate(context.defaults);
    const outcomes = leadingThatFit(decided, totals);
    const workshops = await readAll(totals.workshopsToRead());
    let writes = 0;
    for (const [index, outcome] of outcomes.entries()) {
      writes += writeOutcome(list, snapshots[index], outcome, overwrites[index]);
    }
    writes += totals.write(list, workshops);
    if (completion && outcomes.length === targets.length) {
      writes += completeEvents(list, events, completion, [...earlier, ...outcomes]);
    }
    return { outcomes, reads: reads + workshops.length, writes };
  });
}

async function decideOn(targets: readonly Target[], read: Read, context: DecisionContext) {
  const overwrites = await Promise.all(read.snapshots.map(legacyOverwriteOf));
  return { ...read, overwrites, decided: decideAll(targets, read.snapshots, overwrites, context) };
}

function isWrite(outcome: Outcome): outcome is Decided & { decision: { next: Transaction } } {
  return "decision" in outcome && "next" in outcome.decision;
}

interface EventState {
  event: EventToComplete;
  status: unknown;
  precondition: Precondition;
}

interface Read {
  /** Of the targets. */
  snapshots: readonly DocumentSnapshot[];
  /** Those that have a document. */
  events: readonly EventState[];
  reads: number;
  /** Whether some are from `readAhead`. */
  isAhead: boolean;
}

/** Reads the documents of the targets and of the events, except those that are known `ahead`. */
async function readDocuments(
  references: readonly DocumentReference[],
  completion: Completion | null,
  isAhead: boolean,
): Promise<Read> {
  const events = completion?.events ?? [];
  const ahead = new Map(isAhead ? completion?.ahead.map((snapshot) => [snapshot.ref.path, snapshot]) : []);
  const missing = references.filter(({ path }) => !ahead.has(path));
  const unknown = events.filter(({ version }) => !isAhead || version === null);
  const read = await readAll([...missing, ...unknown.map(({ id }) => eventRef(id))]);
  const known = new Map([...ahead, ...read.map((snapshot) => [snapshot.ref.path, snapshot] as const)]);
  return {
    snapshots: references.flatMap(({ path }) => known.get(path) ?? []),
    events: events.flatMap((event): EventState[] => {
      const { id, version } = event;
      const snapshot = known.get(eventRef(id).path);
      if (snapshot?.exists) return [{ event, status: snapshot.get("status"), precondition: ifUnchanged(snapshot) }];
      if (snapshot || version === null) return [];
      return [{ event, status: "processing", precondition: { lastUpdateTime: version } }];
    }),
    reads: references.length + read.length - missing.length,
    isAhead: missing.length < references.length,
  };
}

/** The leading outcomes whose changes of the totals fit into one commit. */
function leadingThatFit(outcomes: readonly Outcome[], totals: TotalsUpdate): Outcome[] {
  const end = outcomes.findIndex((outcome) => {
    if (!isWrite(outcome)) return false;
    const { target, before, decision } = outcome;
    return !totals.add({ franchiseeId: target.franchiseeId, before, after: decision.next });
  });
  return outcomes.slice(0, end === -1 ? undefined : end);
}

/** Marks the events as done, unless a target is unreadable. Returns the number of writes. */
function completeEvents(
  list: Writes,
  events: readonly EventState[],
  completion: Completion,
  outcomes: readonly Outcome[],
): number {
  if (outcomes.some((outcome) => "unreadable" in outcome)) return 0;
  const effects = [...completion.effects, ...effectsOf(outcomes)];
  const changes = changesOf(completionFields("done", { ...completion, effects }));
  // Two tasks may have claimed the same event.
  const open = new Map(
    events.flatMap((state) => (state.status !== "done" || state.event.isReplay ? [[state.event.id, state]] : [])),
  );
  for (const [id, { precondition }] of open) list.update(eventRef(id), changes, precondition);
  return open.size;
}

function decideAll(
  targets: readonly Target[],
  snapshots: readonly DocumentSnapshot[],
  overwrites: readonly (LegacyOverwrite | null)[],
  context: DecisionContext,
): Outcome[] {
  return targets.map((target, index) => {
    const snapshot = snapshots[index];
    try {
      // `before` is what `verify-totals` counts.
      const before = snapshot?.exists ? fromFirestore(snapshot) : null;
      const current = before && withLegacyOverwrite(before, overwrites[index]);
      const decision = decide(current, target.observation, context);
      return { target, decision, before, transaction: "next" in decision ? decision.next : current };
    } catch (error) {
      if (!(error instanceof UnreadableDocumentError)) throw error;
      return { target, unreadable: error };
    }
  });
}

/** Adds the writes of a decision to the commit. Returns their number. */
function writeOutcome(
  list: Writes,
  snapshot: DocumentSnapshot | undefined,
  outcome: Outcome,
  overwrite: LegacyOverwrite | null | undefined,
): number {
  if (!snapshot || "unreadable" in outcome) return 0;
  const { decision, target } = outcome;
  if (decision.outcome === "created") {
    list.create(snapshot.ref, toFirestore(decision.next));
    return 1;
  }
  if (decision.outcome !== "updated" && decision.outcome !== "confirmed") return 0;
  // The stored createdAt has microseconds.
  const { createdAt: _createdAt, ...fields } = toFirestore(decision.next);
  const changed = { ...fields, ...(overwrite && { createdAt: overwrite.createdAt }) };
  list.update(snapshot.ref, changesOf(changed), ifUnchanged(snapshot));
  if (decision.outcome === "confirmed") return 1;
  // `set`, not `create`: a document deleted by hand leaves its revisions behind.
  const erasure = target.observation.kind === "erasure" ? target.observation : null;
  const before = snapshot.data() ?? {};
  const { revision, erasedAt, updatedAt } = decision.next;
  list.set(revisionsRef(snapshot.ref).doc(String(revision)), {
    revision,
    before: erasure || erasedAt ? redactFields(before, erasure ?? { personal: [] }) : before,
    reason: decision.reason,
    replacedAt: updatedAt,
  });
  return 2;
}

function referenceOf({ franchiseeId, observation }: Target): DocumentReference {
  return transactionRef(franchiseeId, paymentIdOf(observation));
}

export function effectsOf(outcomes: readonly Outcome[]): EventEffect[] {
  return outcomes.flatMap((outcome) => {
    if ("unreadable" in outcome) return [];
    const { target, decision } = outcome;
    const stripePaymentId = paymentIdOf(target.observation);
    return [{ franchiseeId: target.franchiseeId, stripePaymentId, outcome: decision.outcome }];
  });
}
