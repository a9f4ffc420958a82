/**
 * The legacy service replaces a whole document by its flat fields, with a new `createdAt` (docs/migration.md). The
 * document's revisions remain: by them it stays booked on its day and continues its numbering.
 */
import { type DocumentSnapshot, Timestamp } from "firebase-admin/firestore";
import { z } from "zod";
import { recordDefaults } from "../../config.ts";
import { dayOf } from "../../domain/calendar.ts";
import type { Transaction } from "../../domain/transaction.ts";
import { revisionsRef } from "../refs.ts";
import { isCurrent } from "../transaction-converter.ts";

/** What the revisions of such a document say. */
export interface LegacyOverwrite {
  createdAt: Timestamp;
  day: string;
  /** The number of the last revision. */
  revision: number;
}

const bookedSchema = z.object({ createdAt: z.instanceof(Timestamp), day: z.iso.date().optional().catch(undefined) });

/** Null unless the legacy service replaced the document. Costs a read per revision of a legacy document, or one. */
export async function legacyOverwriteOf(snapshot: DocumentSnapshot): Promise<LegacyOverwrite | null> {
  if (!snapshot.exists || isCurrent(snapshot.data())) return null;
  const revisions = revisionsRef(snapshot.ref).orderBy("revision");
  const { docs } = await revisions.select("revision", "before.createdAt", "before.day").get();
  const [first, last] = [docs[0], docs.at(-1)];
  // The first version was not a replacement.
  const booked = bookedSchema.safeParse(first?.get("before"));
  if (!booked.success || !last) return null;
  const { createdAt, day = dayOf(createdAt.toDate(), recordDefaults().timeZone) } = booked.data;
  return { createdAt, day, revision: Number(last.id) };
}

/** The transaction, booked as its revisions say. */
export function withLegacyOverwrite(transaction: Transaction, kept: LegacyOverwrite | null | undefined): Transaction {
  return kept ? { ...transaction, ...kept, createdAt: kept.createdAt.toDate() } : transaction;
}
