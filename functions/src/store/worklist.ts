/** franchisees/{acct}/worklist/{pi}: who deals with a payment's exception, and a note, for head office alone. */
import type { DocumentSnapshot } from "firebase-admin/firestore";
import { z } from "zod";
import { AppError } from "../errors.ts";
import { ifUnchanged, operation, readAndCommit } from "./firestore.ts";
import { transactionRef, worklistRef } from "./refs.ts";
import { changesOf } from "./writes.ts";

const text = z.string().nullable().default(null);

const entrySchema = z.object({ assignee: text, note: text });

export type WorklistEntry = z.infer<typeof entrySchema>;

/**
 * Changes the assignee, the note or both; an entry without either is deleted. Costs two reads, and a write if it
 * changes. Throws AppError `not_found` for an unknown payment, `unavailable`.
 */
export async function saveWorklistEntry(
  franchiseeId: string,
  stripePaymentId: string,
  changes: Partial<WorklistEntry>,
  { by, at }: { by: string; at: Date },
): Promise<{ outcome: "updated" | "duplicate"; entry: WorklistEntry }> {
  const references = [transactionRef(franchiseeId, stripePaymentId), worklistRef(franchiseeId, stripePaymentId)];
  return operation((deadline) =>
    readAndCommit(references, deadline, (writes, [payment, stored]) => {
      if (!payment?.exists || !stored) {
        throw new AppError("not_found", `${franchiseeId} has no payment ${stripePaymentId}.`);
      }
      const before = entryIn(stored);
      const entry = { ...before, ...changes };
      const isSame = entry.assignee === before.assignee && entry.note === before.note;
      if (isSame) return { outcome: "duplicate" as const, entry };
      const fields = { ...entry, by, updatedAt: at };
      const isEmpty = entry.assignee === null && entry.note === null;
      if (!stored.exists) writes.create(stored.ref, fields);
      else if (isEmpty) writes.delete(stored.ref, ifUnchanged(stored));
      else writes.update(stored.ref, changesOf(fields), ifUnchanged(stored));
      return { outcome: "updated" as const, entry };
    }),
  );
}

/** Throws for an unreadable document. */
function entryIn(snapshot: DocumentSnapshot): WorklistEntry {
  return entrySchema.parse(snapshot.data() ?? {});
}
