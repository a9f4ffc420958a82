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
import { asRead, firestore, isTooLarge, operation, readAndCommit, updateFields } from "./firestore.ts";
import { pagesOf } from "./paginate.ts";
import { numbersIn, putUpdate, readAll, revenue } from "./totals.ts";

const labelSchema = z.object({
  workshopId: z.string().nullable().default(null),
  workshopName: z.string().nullable().default(null),
});

/** What people call a workshop; null where no payment says. */
export type WorkshopLabel = z.infer<typeof labelSchema>;

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

/**
 * Calls the workshops of a franchisee what `relabel` makes of their names and ids, in all months; the money stays where it is. Costs a read
 * for each workshop of each month, and a read and a write where anything changes.
 */
export async function relabelWorkshops(
  franchiseeId: string,
  relabel: (text: string, field: keyof WorkshopLabel) => string,
): Promise<void> {
  await moveWorkshops(franchiseeId);
  const changesOf = (workshop: DocumentSnapshot): [FieldPath, string][] => {
    const label = labelSchema.parse(workshop.data());
    return LABELS.flatMap((field): [FieldPath, string][] => {
      const text = label[field];
      const left = text === null ? null : relabel(text, field);
      return left === null || left === text ? [] : [[new FieldPath(field), left]];
    });
  };
  for await (const page of workshopPages(franchiseeId)) {
    for (const { ref } of page.filter((workshop) => changesOf(workshop).length > 0)) {
      await operation((deadline) =>
        readAndCommit([ref], deadline, (transaction, [workshop]) => {
          if (workshop?.exists) updateFields(transaction, workshop, changesOf(workshop));
        }),
      );
    }
  }
}

const LABELS = ["workshopId", "workshopName"] as const;

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
