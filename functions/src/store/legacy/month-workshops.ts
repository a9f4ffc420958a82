/**
 * Workshops that earlier versions stored in their month's own document, in a field `workshops`. They count until they
 * are moved.
 */
import {
  type DocumentReference,
  type DocumentSnapshot,
  FieldPath,
  type QueryDocumentSnapshot,
} from "firebase-admin/firestore";
import { z } from "zod";
import { asRead, isTooLarge, operation, readAndCommit } from "../firestore.ts";
import { paginate } from "../paginate.ts";
import { revenueRef, workshopsRef } from "../refs.ts";
import { numbersIn, putUpdate, readAll } from "../totals.ts";
import { labelSchema } from "../workshops.ts";
import { type FieldChange, Path, REMOVED, type Writes } from "../writes.ts";

/** Moves a franchisee's workshops out of the months' documents. */
export async function moveWorkshops(franchiseeId: string): Promise<void> {
  for await (const { ref } of monthsThatHold(franchiseeId)) await moveOutOf(ref);
}

/** Runs `run`, and repeats it after moving workshops out of months' documents that had no room for its writes. */
export async function withRoom<T>(franchiseeIds: readonly string[], run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!isTooLarge(error)) throw error;
  }
  for (const franchiseeId of new Set(franchiseeIds)) await moveWorkshops(franchiseeId);
  return run();
}

/** As a month's document holds them. */
const heldSchema = z.record(z.string(), z.looseObject({ totals: z.unknown().optional() })).default({});

/** The workshops in a month's document, by their keys. */
export function heldIn(month: DocumentSnapshot): z.infer<typeof heldSchema> {
  return heldSchema.parse(month.get("workshops"));
}

/** Each document may have the maximum size. */
const MONTHS_AT_ONCE = 12;

async function* monthsThatHold(franchiseeId: string): AsyncGenerator<QueryDocumentSnapshot> {
  const months = revenueRef(franchiseeId).orderBy(FieldPath.documentId());
  for await (const page of paginate(months, MONTHS_AT_ONCE)) {
    yield* page.filter((month) => month.get("workshops") !== undefined);
  }
}

const MOVED_AT_ONCE = 200;

async function moveOutOf(month: DocumentReference): Promise<void> {
  while (await operation((deadline) => readAndCommit([month], deadline, moveSome)));
}

/** Returns whether more is left. The same commit removes from the month what it moves, so that nothing counts twice. */
async function moveSome(writes: Writes, [month]: readonly DocumentSnapshot[]): Promise<boolean> {
  if (month?.get("workshops") === undefined) return false;
  const held = Object.entries(heldIn(month));
  const some = held.slice(0, MOVED_AT_ONCE);
  const there = await readAll(some.map(([key]) => workshopsRef(month.ref).doc(key)));
  for (const [index, read] of there.entries()) {
    const { totals, ...label } = some[index]?.[1] ?? {};
    // A label written since then is newer.
    const labels = Object.entries(labelSchema.parse(label)).filter(([field]) => (read.get(field) ?? null) === null);
    const increments = new Map(numbersIn("totals", totals));
    putUpdate(writes, { reference: read.ref, increments, labels: new Map(labels) }, read);
  }
  const isRest = some.length < held.length;
  const moved = isRest ? some.map(([key]) => new Path("workshops", key)) : [new Path("workshops")];
  const changes = moved.map((path): FieldChange => [path, REMOVED]);
  writes.update(month.ref, changes, asRead(month));
  return isRest;
}
