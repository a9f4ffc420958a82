/**
 * franchisees/{acct}/revenue/{YYYY-MM}/workshops/{key}: the totals and labels of one workshop and one type of
 * organization in one month, which `TotalsUpdate` writes. It has no document without payments.
 */
import {
  type DocumentSnapshot,
  FieldPath,
  type Query,
  type QueryDocumentSnapshot,
  type QuerySnapshot,
} from "firebase-admin/firestore";
import { z } from "zod";
import { operation, readAndCommit, ifUnchanged } from "./firestore.ts";
import { paginate } from "./paginate.ts";
import { allWorkshops, revenueRef } from "./refs.ts";
import { type FieldChange, Path } from "./writes.ts";

/** Null if no payment has such a text. */
export const labelSchema = z.object({
  workshopId: z.string().nullable().default(null),
  workshopName: z.string().nullable().default(null),
  organizationType: z.string().nullable().default(null),
});

/** Of all months, page by page. */
export function workshopPages(
  franchiseeId: string,
  get: (page: Query) => Promise<QuerySnapshot> = (page) => operation(() => page.get()),
): AsyncGenerator<QueryDocumentSnapshot[]> {
  const { path } = revenueRef(franchiseeId);
  const all = allWorkshops()
    .where(FieldPath.documentId(), ">", `${path}/0`)
    .where(FieldPath.documentId(), "<", `${path}/~`)
    .orderBy(FieldPath.documentId());
  return paginate(all, PAGE, get);
}

const PAGE = 500;

/**
 * Changes the labels of a franchisee's workshops in all months. Costs a read per workshop and month, and a read and a
 * write for each change.
 */
export async function relabelWorkshops(
  franchiseeId: string,
  relabel: (text: string, field: (typeof LABELS)[number]) => string,
): Promise<void> {
  const changesOf = (workshop: DocumentSnapshot): FieldChange[] => {
    const label = labelSchema.parse(workshop.data());
    return LABELS.flatMap((field): FieldChange[] => {
      const text = label[field];
      const next = text === null ? null : relabel(text, field);
      return next === null || next === text ? [] : [[new Path(field), next]];
    });
  };
  for await (const page of workshopPages(franchiseeId)) {
    for (const { ref } of page.filter((workshop) => changesOf(workshop).length > 0)) {
      await operation((deadline) =>
        readAndCommit([ref], deadline, (writes, [workshop]) => {
          if (workshop?.exists) writes.update(ref, changesOf(workshop), ifUnchanged(workshop));
        }),
      );
    }
  }
}

const LABELS = ["workshopId", "workshopName", "organizationType"] as const;
