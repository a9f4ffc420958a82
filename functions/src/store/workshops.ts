/**
 * A franchisee's workshops: franchisees/{acct}/revenue/{YYYY-MM}/workshops/{key} holds what one of them came to in a month, and what it is
 * called. Commits of payments write them (`TotalsUpdate`); a workshop without payments has no document.
 *
 * Once they were in the month's own document, in a field `workshops`. What is still there counts, until it is moved out.
 */
import {
  type DocumentReference,
  type DocumentSnapshot,
  FieldPath,
  FieldValue,
  type Query,
  type QueryDocumentSnapshot,
  type QuerySnapshot,
  type Transaction,
} from "firebase-admin/firestore";
import { z } from "zod";
import { asRead, firestore, isTooLarge, operation, readAndCommit } from "./firestore.ts";
import { pagesOf } from "./pages.ts";
import { numbersIn, putUpdate, readAll, revenue } from "./totals.ts";

const labelSchema = z.object({
  workshopId: z.string().nullable().default(null),
  workshopName: z.string().nullable().default(null),
});

/** What people call a workshop; null where no payment says. */
export type WorkshopLabel = z.infer<typeof labelSchema>;

/** Where a workshop of a franchisee is. */
export interface WorkshopPlace {
  /** YYYY-MM. */
  month: string;
  key: string;
}

/** The workshops of all months, page by page, as `get` reads them. */
export function workshopPages(
  franchiseeId: string,
  get: (page: Query) => Promise<QuerySnapshot> = (page) => operation(() => page.get()),
): AsyncGenerator<QueryDocumentSnapshot[]> {
  const { path } = revenue(franchiseeId);
  const all = firestore()
    .collectionGroup("workshops")
    .where(FieldPath.documentId(), ">", `${path}/0`)
    .where(FieldPath.documentId(), "<", `${path}/~`)
    .orderBy(FieldPath.documentId());
  return pagesOf(all, PAGE, get);
}

const PAGE = 500;

/** What the workshops of all months are called, page by page. */
export async function* workshopLabels(
  franchiseeId: string,
): AsyncGenerator<(WorkshopPlace & { label: WorkshopLabel })[]> {
  for await (const month of monthsThatHold(franchiseeId)) {
    const held = Object.entries(heldIn(month));
    yield held.map(([key, workshop]) => ({ month: month.id, key, label: labelSchema.parse(workshop) }));
  }
  for await (const page of workshopPages(franchiseeId)) {
    yield page.map((snapshot) => {
      const month = snapshot.ref.parent.parent?.id ?? "";
      return { month, key: snapshot.id, label: labelSchema.parse(snapshot.data()) };
    });
  }
}

/** Calls a workshop something else, where it is still there. Its money, and its key, stay. */
export async function relabelWorkshop(
  franchiseeId: string,
  { month, key }: WorkshopPlace,
  label: Partial<WorkshopLabel>,
): Promise<void> {
  const place = revenue(franchiseeId).doc(month);
  await moveOutOf(place);
  await operation((deadline) =>
    readAndCommit([place.collection("workshops").doc(key)], deadline, (transaction, [workshop]) => {
      if (workshop?.exists) transaction.update(workshop.ref, { ...label }, asRead(workshop));
    }),
  );
}

/** Moves a franchisee's workshops out of the documents of the months, where they once were. */
export async function moveWorkshops(franchiseeId: string): Promise<void> {
  for await (const { ref } of monthsThatHold(franchiseeId)) await moveOutOf(ref);
}

/** Runs it, and once more where a month's document that still holds workshops had no room for what it writes. */
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

/** The workshops that a month's document still holds, by their keys. */
export function heldIn(month: DocumentSnapshot): z.infer<typeof heldSchema> {
  return heldSchema.parse(month.get("workshops"));
}

/** Each may be as large as a document gets. */
const MONTHS_AT_ONCE = 12;

async function* monthsThatHold(franchiseeId: string): AsyncGenerator<QueryDocumentSnapshot> {
  const months = revenue(franchiseeId).orderBy(FieldPath.documentId());
  for await (const page of pagesOf(months, MONTHS_AT_ONCE, (some) => operation(() => some.get()))) {
    yield* page.filter((month) => month.get("workshops") !== undefined);
  }
}

const MOVED_AT_ONCE = 200;

async function moveOutOf(month: DocumentReference): Promise<void> {
  while (await operation((deadline) => readAndCommit([month], deadline, moveSome)));
}

/** Whether more is left to be moved. What was moved is gone from the month in the same commit, so that nothing counts twice. */
async function moveSome(transaction: Transaction, [month]: readonly DocumentSnapshot[]): Promise<boolean> {
  if (month?.get("workshops") === undefined) return false;
  const held = Object.entries(heldIn(month));
  const some = held.slice(0, MOVED_AT_ONCE);
  const there = await readAll(some.map(([key]) => month.ref.collection("workshops").doc(key)));
  for (const [index, read] of there.entries()) {
    const { totals, ...label } = some[index]?.[1] ?? {};
    // What a payment has told since is newer.
    const labels = Object.entries(labelSchema.parse(label)).filter(([field]) => (read.get(field) ?? null) === null);
    const increments = new Map(numbersIn("totals", totals));
    putUpdate(transaction, { reference: read.ref, increments, labels: new Map(labels) }, read);
  }
  const isRest = some.length < held.length;
  const fields = isRest ? some.map(([key]) => `workshops.${key}`) : ["workshops"];
  const gone = Object.fromEntries(fields.map((field) => [field, FieldValue.delete()]));
  transaction.update(month.ref, gone, asRead(month));
  return isRest;
}
