/**
 * The legacy service overwrites a whole document with flat fields and a new `createdAt` (docs/migration.md). The
 * document's revisions remain: from them, it keeps its booking day and its numbering.
 */
import { type DocumentSnapshot, Timestamp } from "firebase-admin/firestore";
import { z } from "zod";
import { recordDefaults } from "../../config.ts";
import { dayOf } from "../../domain/calendar.ts";
import type { Transaction } from "../../domain/transaction.ts";
import { revisionsRef } from "../refs.ts";
import { isCurrent } from "../transaction-converter.ts";

/** Restored from the revisions of an overwritten document. */
export interface LegacyOverwrite {
  createdAt: Timestamp;
  day: string;
  /** The number of the last revision. */
  revision: number;
}

const bookedSchema = z.object({ createdAt: z.instanceof(Timestamp), day: z.iso.date().optional().catch(undefined) });

/** Null unless the legacy service overwrote the document. Costs a read per revision of a legacy document, or one. */
export async function legacyOverwriteOf(snapshot: DocumentSnapshot): Promise<LegacyOverwrite | null> {
  if (!snapshot.exists || isCurrent(snapshot.data())) return null;
  const revisions = revisionsRef(snapshot.ref).orderBy("revision");
  const { docs } = await revisions.select("revision", "before.createdAt", "before.day").get();
  const [first, last] = [docs[0], docs.at(-1)];
  // The first version was no overwrite.
  const booked = bookedSchema.safeParse(first?.get("before"));
  if (!booked.success || !last) return null;
  const { createdAt, day = dayOf(createdAt.toDate(), recordDefaults().timeZone) } = booked.data;
  return { createdAt, day, revision: Number(last.id) };
}

export function withLegacyOverwrite(
  transaction: Transaction,
  overwrite: LegacyOverwrite | null | undefined,
): Transaction {
  return overwrite ? { ...transaction, ...overwrite, createdAt: overwrite.createdAt.toDate() } : transaction;
}
