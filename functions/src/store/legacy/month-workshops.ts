/** Workshops that earlier versions embedded in their month's document. They count until they are moved. */
import {
  type DocumentReference,
  type DocumentSnapshot,
  FieldPath,
  type QueryDocumentSnapshot,
} from "firebase-admin/firestore";
import { z } from "zod";
import { ifUnchanged, isTooLarge, operation, readAndCommit } from "../firestore.ts";
import { paginate } from "../paginate.ts";
import { revenueRef, workshopsRef } from "../refs.ts";
import { numbersIn, putUpdate, readAll } from "../totals.ts";
import { labelSchema } from "../workshops.ts";
import { type FieldChange, Path, REMOVED, type Writes } from "../writes.ts";

/** Moves a franchisee's workshops to their own documents. */
export async function moveWorkshops(franchiseeId: string): Promise<void> {
  for await (const { ref } of monthsWithWorkshops(franchiseeId)) await moveOutOf(ref);
}

/** Repeats `run` after moving workshops out of months' documents, if one was too large for its writes. */
export async function retryIfTooLarge<T>(franchiseeIds: readonly string[], run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!isTooLarge(error)) throw error;
  }
  for (const franchiseeId of new Set(franchiseeIds)) await moveWorkshops(franchiseeId);
  return run();
}

const embeddedSchema = z.record(z.string(), z.looseObject({ totals: z.unknown().optional() })).default({});

/** By their keys. */
export function embeddedWorkshops(month: DocumentSnapshot): z.infer<typeof embeddedSchema> {
  return embeddedSchema.parse(month.get("workshops"));
}

/** Small, because a document may have the maximum size. */
const MONTHS_AT_ONCE = 12;

async function* monthsWithWorkshops(franchiseeId: string): AsyncGenerator<QueryDocumentSnapshot> {
  const months = revenueRef(franchiseeId).orderBy(FieldPath.documentId());
  for await (const page of paginate(months, MONTHS_AT_ONCE)) {
    yield* page.filter((month) => month.get("workshops") !== undefined);
  }
}

const MOVED_AT_ONCE = 200;

async function moveOutOf(month: DocumentReference): Promise<void> {
  while (await operation((deadline) => readAndCommit([month], deadline, moveSome)));
}

/** Returns whether more remain. The same commit removes them from the month, so that nothing counts twice. */
async function moveSome(writes: Writes, [month]: readonly DocumentSnapshot[]): Promise<boolean> {
  if (month?.get("workshops") === undefined) return false;
  const embedded = Object.entries(embeddedWorkshops(month));
  const moved = embedded.slice(0, MOVED_AT_ONCE);
  const snapshots = await readAll(moved.map(([key]) => workshopsRef(month.ref).doc(key)));
  for (const [index, read] of snapshots.entries()) {
    const { totals, ...label } = moved[index]?.[1] ?? {};
    // A label in the workshop's own document is newer.
    const labels = Object.entries(labelSchema.parse(label)).filter(([field]) => (read.get(field) ?? null) === null);
    const increments = new Map(numbersIn("totals", totals));
    putUpdate(writes, { reference: read.ref, increments, labels: new Map(labels) }, read);
  }
  const hasMore = moved.length < embedded.length;
  const paths = hasMore ? moved.map(([key]) => new Path("workshops", key)) : [new Path("workshops")];
  const deletions = paths.map((path): FieldChange => [path, REMOVED]);
  writes.update(month.ref, deletions, ifUnchanged(month));
  return hasMore;
}
