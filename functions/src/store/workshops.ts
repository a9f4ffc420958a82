/**
 * franchisees/{acct}/revenue/{YYYY-MM}/workshops/{key}: the totals and the name of one workshop in one month. Commits
 * of payments write them (`TotalsUpdate`); a workshop without payments has no document.
 */
import {
  type DocumentSnapshot,
  FieldPath,
  type Query,
  type QueryDocumentSnapshot,
  type QuerySnapshot,
} from "firebase-admin/firestore";
import { z } from "zod";
import { operation, readAndCommit, asRead } from "./firestore.ts";
import { paginate } from "./paginate.ts";
import { allWorkshops, revenueRef } from "./refs.ts";
import { type FieldChange, Path } from "./writes.ts";

export const labelSchema = z.object({
  workshopId: z.string().nullable().default(null),
  workshopName: z.string().nullable().default(null),
});

/** A workshop's labels; null where no payment names it. */
export type WorkshopLabel = z.infer<typeof labelSchema>;

/** The workshops of all months, page by page. */
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
 * Renames a franchisee's workshops in all months by `relabel`; their numbers stay. Costs a read per workshop and month,
 * and a read and a write where something changes.
 */
export async function relabelWorkshops(
  franchiseeId: string,
  relabel: (text: string, field: keyof WorkshopLabel) => string,
): Promise<void> {
  const changesOf = (workshop: DocumentSnapshot): FieldChange[] => {
    const label = labelSchema.parse(workshop.data());
    return LABELS.flatMap((field): FieldChange[] => {
      const text = label[field];
      const left = text === null ? null : relabel(text, field);
      return left === null || left === text ? [] : [[new Path(field), left]];
    });
  };
  for await (const page of workshopPages(franchiseeId)) {
    for (const { ref } of page.filter((workshop) => changesOf(workshop).length > 0)) {
      await operation((deadline) =>
        readAndCommit([ref], deadline, (writes, [workshop]) => {
          if (workshop?.exists) writes.update(ref, changesOf(workshop), asRead(workshop));
        }),
      );
    }
  }
}

const LABELS = ["workshopId", "workshopName"] as const;
