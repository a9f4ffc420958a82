/**
 * The legacy service puts its flat fields in the place of a whole document, with a new `createdAt` (docs/migration.md). What it leaves are the
 * document's revisions: by them it stays booked on its day, and goes on counting its changes where it was.
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
  /** The number of the last one. */
  revision: number;
}

const bookedSchema = z.object({ createdAt: z.instanceof(Timestamp), day: z.iso.date().optional().catch(undefined) });

/** Null for any document but one that the legacy service has written over. Costs a read for each revision of one of its documents, or one. */
export async function legacyOverwriteOf(snapshot: DocumentSnapshot): Promise<LegacyOverwrite | null> {
  if (!snapshot.exists || isCurrent(snapshot.data())) return null;
  const revisions = revisionsRef(snapshot.ref).orderBy("revision");
  const { docs } = await revisions.select("revision", "before.createdAt", "before.day").get();
  const [first, last] = [docs[0], docs.at(-1)];
  // What a document said first was never written over before.
  const booked = bookedSchema.safeParse(first?.get("before"));
  if (!booked.success || !last) return null;
  const { createdAt, day = dayOf(createdAt.toDate(), recordDefaults().timeZone) } = booked.data;
  return { createdAt, day, revision: Number(last.id) };
}

/** What has been read of a document, with what its revisions say. */
export function withLegacyOverwrite(transaction: Transaction, kept: LegacyOverwrite | null | undefined): Transaction {
  return kept ? { ...transaction, ...kept, createdAt: kept.createdAt.toDate() } : transaction;
}
