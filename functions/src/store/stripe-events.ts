/**
 * `stripeEvents/{evt}`: received events, and their results. Of an event's payload, only the ids needed to process it
 * again are stored. Firestore deletes the document at `expiresAt` (TTL).
 */
import { type DocumentSnapshot, FieldPath, type Query, type Timestamp } from "firebase-admin/firestore";
import { z } from "zod";
import { eventSubjectSchema, type StripeEvent, subjectKeyOf } from "../domain/stripe-event.ts";
import { firestore } from "./connection.ts";
import { ifUnchanged, commit, isContended, operation, readAndCommit, storedDateSchema as date } from "./firestore.ts";
import { eventCountsRef, eventRef, eventsRef } from "./refs.ts";
import { changesOf, Increment } from "./writes.ts";

/**
 * - `processing`: received; its processing may have been interrupted
 * - `done`: committed together with its effects
 * - `quarantined`: it cannot be attributed or understood; an operator must decide
 */
export const EVENT_STATUSES = ["processing", "done", "quarantined"] as const;
export type EventStatus = (typeof EVENT_STATUSES)[number];

/** The effect of an event on one transaction. */
const effectSchema = z.object({ franchiseeId: z.string(), stripePaymentId: z.string(), outcome: z.string() });
export type EventEffect = z.infer<typeof effectSchema>;

const recordSchema = z.object({
  type: z.string(),
  account: z.string().nullable(),
  livemode: z.boolean(),
  createdAt: date,
  subject: eventSubjectSchema,
  status: z.enum(EVENT_STATUSES),
  /** Why it is quarantined, or has no effect. */
  reason: z.string().nullable(),
  receivedAt: date,
  finishedAt: date.nullable(),
  /** The first `MAX_EFFECTS`; a payout can have thousands. */
  effects: z.array(effectSchema),
  /** The number of all effects. */
  payments: z.int(),
  expiresAt: date,
});

export interface EventRecord extends z.infer<typeof recordSchema> {
  id: string;
}

/** 90 days; Stripe sends and lists events for 30 days. */
const RETENTION_MS = 90 * 24 * 60 * 60_000;

const MAX_EFFECTS = 20;

export interface Claim {
  status: EventStatus | "new";
  /** The update time of a new event's document. */
  version: Timestamp | null;
}

/** Stores a new event as `processing`, or returns the status of a known one. Costs a write, or a read. */
export async function claimEvent(received: StripeEvent, now: Date): Promise<Claim> {
  const { id, ...event } = received;
  const fields = {
    ...event,
    subjectKey: subjectKeyOf(received),
    status: "processing",
    reason: null,
    receivedAt: now,
    finishedAt: null,
    effects: [],
    payments: 0,
    expiresAt: new Date(now.getTime() + RETENTION_MS),
  };
  try {
    const { updateTimes } = await operation((deadline) =>
      commit((writes) => writes.create(eventRef(id), fields), deadline),
    );
    return { status: "new", version: updateTimes[0] ?? null };
  } catch (error) {
    if (!isContended(error)) throw error;
    const status = (await eventStatuses([id])).get(id);
    if (status === undefined) throw error;
    return { status, version: null };
  }
}

export interface EventCompletion {
  reason: string | null;
  /** Of earlier commits. */
  effects: readonly EventEffect[];
  now: Date;
}

/** The fields of a done or quarantined event. */
export function completionFields(
  status: Exclude<EventStatus, "processing">,
  { reason, effects, now }: EventCompletion,
): Record<string, unknown> {
  return { status, reason, finishedAt: now, effects: effects.slice(0, MAX_EFFECTS), payments: effects.length };
}

/** Quarantines an event, unless it is done by now. */
export async function quarantineEvent({ id, ...result }: EventCompletion & { id: string }): Promise<void> {
  const reference = eventRef(id);
  await operation((deadline) =>
    readAndCommit([reference], deadline, (writes, [snapshot]) => {
      if (!snapshot || snapshot.get("status") === "done") return;
      writes.update(reference, changesOf(completionFields("quarantined", result)), ifUnchanged(snapshot));
    }),
  );
}

/**
 * Lets `openEvents` find a claimed event, also one that is quarantined or that an earlier version claimed. Returns
 * false if it is done. Costs a read.
 */
export async function reopenEvent(event: StripeEvent): Promise<boolean> {
  const reference = eventRef(event.id);
  const open = { status: "processing", reason: null, subjectKey: subjectKeyOf(event) };
  return operation((deadline) =>
    readAndCommit([reference], deadline, (writes, [snapshot]) => {
      if (!snapshot?.exists) throw new Error(`The event ${event.id} is not claimed.`);
      if (snapshot.get("status") === "done") return false;
      const isOpen = Object.entries(open).every(([field, value]) => snapshot.get(field) === value);
      if (!isOpen) writes.update(reference, changesOf(open), ifUnchanged(snapshot));
      return true;
    }),
  );
}

/** Unknown events are omitted. Costs a read each. */
export async function eventStatuses(ids: readonly string[]): Promise<Map<string, EventStatus>> {
  if (ids.length === 0) return new Map();
  const snapshots = await operation(() => firestore().getAll(...ids.map(eventRef), { fieldMask: ["status"] }));
  return new Map(
    snapshots.flatMap((snapshot) =>
      snapshot.exists ? [[snapshot.id, z.enum(EVENT_STATUSES).parse(snapshot.get("status"))] as const] : [],
    ),
  );
}

/** The event after which the next page of `interruptedEvents` starts. */
export type EventCursor = Pick<EventRecord, "id" | "receivedAt">;

/**
 * A page of the events of an account (null: the platform) that were received before then and are not done, oldest
 * first. Costs a read each, at least one.
 */
export async function interruptedEvents(
  account: string | null,
  before: Date,
  after: EventCursor | null = null,
): Promise<{ events: StripeEvent[]; cursor: EventCursor | null }> {
  let query = eventsRef()
    .where("status", "==", "processing")
    .where("account", "==", account)
    .where("receivedAt", "<=", before)
    .orderBy("receivedAt")
    .orderBy(FieldPath.documentId())
    .limit(INTERRUPTED_PAGE);
  if (after) query = query.startAfter(after.receivedAt, after.id);
  const { docs } = await operation(() => query.get());
  const records = docs.map(read);
  return { events: records.map(eventOf), cursor: records.length < INTERRUPTED_PAGE ? null : (records.at(-1) ?? null) };
}

const INTERRUPTED_PAGE = 100;

/** An event that is `processing`, with the update time of its document. */
export interface OpenEvent {
  event: StripeEvent;
  version: Timestamp;
}

/** A page of a subject's (`subjectKeyOf`) events that are `processing`. Costs a read each, at least one. */
export async function openEvents(subjectKey: string): Promise<OpenEvent[]> {
  const query = eventsRef().where("subjectKey", "==", subjectKey).where("status", "==", "processing").limit(OPEN_PAGE);
  const { docs } = await operation(() => query.get());
  return docs.map((snapshot) => ({ event: eventOf(read(snapshot)), version: snapshot.updateTime }));
}

export const OPEN_PAGE = 100;

export function eventOf({ id, type, account, livemode, createdAt, subject }: EventRecord): StripeEvent {
  return { id, type, account, livemode, createdAt, subject };
}

/** Counts an event of a type that needs no processing, in `stripeEventCounts/{type}`. */
export async function countEvent(type: string): Promise<void> {
  const reference = eventCountsRef().doc(type);
  const changes = changesOf({ count: new Increment(1), lastAt: new Date() });
  await operation((deadline) => commit((writes) => writes.merge(reference, changes), deadline));
}

export async function eventCounts(): Promise<Record<string, number>> {
  const { docs } = await operation(() => eventCountsRef().get());
  return Object.fromEntries(docs.map((document) => [document.id, z.int().parse(document.get("count"))]));
}

/** Null for an unknown id. */
export async function readEvent(id: string): Promise<EventRecord | null> {
  const snapshot = await operation(() => eventRef(id).get());
  return snapshot.exists ? read(snapshot) : null;
}

/** Null is any. `from` and `to` are times of receipt, both included. */
export interface EventQuery {
  status: EventStatus | null;
  from: Date | null;
  to: Date | null;
  limit: number | null;
}

/** Latest first. */
export async function listEvents({ status, from, to, limit }: EventQuery): Promise<EventRecord[]> {
  let query: Query = eventsRef().orderBy("receivedAt", "desc");
  if (limit !== null) query = query.limit(limit);
  if (status !== null) query = query.where("status", "==", status);
  if (from !== null) query = query.where("receivedAt", ">=", from);
  if (to !== null) query = query.where("receivedAt", "<=", to);
  const { docs } = await operation(() => query.get());
  return docs.map(read);
}

function read(snapshot: DocumentSnapshot): EventRecord {
  return { id: snapshot.id, ...recordSchema.parse(snapshot.data()) };
}
