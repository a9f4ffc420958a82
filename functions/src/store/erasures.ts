/**
 * What the erasure of a customer's personal data reads and writes beside the transactions: where the customer is found, what
 * revisions and other documents say, and `erasures/{id}`, which says what was erased, and why, and not whose it was.
 */
import { isDeepStrictEqual } from "node:util";
import {
  type DocumentReference,
  type DocumentSnapshot,
  FieldPath,
  FieldValue,
  type Transaction as FirestoreTransaction,
} from "firebase-admin/firestore";
import { z } from "zod";
import type { ErasedTexts } from "../domain/erasure.ts";
import { nearMissFinder } from "../domain/near-miss.ts";
import { holdsAddress, redacted } from "../domain/personal-text.ts";
import { chunksOf, commit, operation, readAndCommit, storedDateSchema, updateFields } from "./firestore.ts";
import {
  allTexts,
  fieldsWithoutPerson,
  personalTexts,
  referencesIn,
  type StoredReference,
  workshopTexts,
} from "./personal-data.ts";
import { everyDocument } from "./paginate.ts";
import { clipped } from "./totals.ts";
import { erasuresRef, revisionsRef, transactionRef } from "./refs.ts";

const paymentSchema = z.object({
  franchiseeId: z.string(),
  stripePaymentId: z.string(),
  /** Whether somebody else paid, and only what names the customer is erased. */
  isMention: z.boolean().optional(),
});

/** A payment, by where its document is, or was. */
export type Payment = z.infer<typeof paymentSchema>;

/** The payment that a document, or a revision, is of; null for any other document. */
export function paymentAt({ path }: DocumentReference): Payment | null {
  const [root, franchiseeId, collection, stripePaymentId, inner] = path.split("/");
  if (root !== "franchisees" || collection !== "transactions" || (inner !== undefined && inner !== "revisions"))
    return null;
  return franchiseeId === undefined || stripePaymentId === undefined ? null : { franchiseeId, stripePaymentId };
}

/** What is personal about a payment. */
export interface PersonalData {
  /** The texts that say who paid, each once. */
  texts: string[];
  /** The texts that describe the workshop, each once. */
  workshop: string[];
  /** Whether `texts` are there, and none of them has the address: it stands alone in other texts. */
  isOfAnother: boolean;
  isInDocument: boolean;
  /** The number of revisions that have any, or name the address. */
  revisions: number;
}

/** `isMeant` says whether a text is the customer's. Costs a read for the document, and one for each of its revisions. */
export async function personalDataOf(payment: Payment, isMeant: (text: string) => boolean): Promise<PersonalData> {
  const current = (await operation(() => documentOf(payment).get())).data();
  const { docs } = await operation(() => revisionsOf(payment).get());
  const revisions = docs.map((revision) => revision.data());
  const versions = [current, ...revisions];
  const texts = [...new Set(versions.flatMap(personalTexts))];
  const isPersonal = (fields: unknown): boolean =>
    (payment.isMention !== true && personalTexts(fields).length > 0) || allTexts(fields).some(isMeant);
  return {
    texts,
    workshop: [...new Set(versions.flatMap(workshopTexts))],
    isOfAnother: texts.length > 0 && !texts.some(isMeant),
    isInDocument: isPersonal(current),
    revisions: revisions.filter(isPersonal).length,
  };
}

/** Erases from a payment's revisions what `erasure` says. Costs a read each, and a write where there is any. */
export async function eraseRevisions(
  payment: Payment,
  personal: readonly string[],
  rest: Omit<ErasedTexts, "personal"> = {},
): Promise<void> {
  const { docs } = await operation(() => revisionsOf(payment).get());
  await eraseDocuments(
    docs.map(({ ref }) => ref),
    { personal, ...rest },
  );
}

/** Erases from a payment's own document what the ledger does not know of: fields that somebody else has written there. */
export function eraseUnknownFields(payment: Payment, erasure: ErasedTexts): Promise<void> {
  return eraseDocuments([documentOf(payment)], erasure);
}

/** Erases from these documents what `erasure` says, whatever they are. Costs a read each, and a write where there is any. */
export async function eraseDocuments(documents: readonly DocumentReference[], erasure: ErasedTexts): Promise<void> {
  const { personal, ...rest } = erasure;
  for (const some of chunksOf(documents, BATCH)) {
    await operation((deadline) =>
      readAndCommit(some, deadline, (transaction, snapshots) => {
        for (const snapshot of snapshots) {
          if (snapshot.exists)
            replaceFields(transaction, snapshot, fieldsWithoutPerson(snapshot.data() ?? {}, personal, rest));
        }
      }),
    );
  }
}

/** Each can be as large as a document gets, 1 MiB; a commit takes 10 MiB. */
const BATCH = 8;

/** Writes the fields that differ; names of fields that are gone are deleted. */
function replaceFields(transaction: FirestoreTransaction, snapshot: DocumentSnapshot, fields: Record<string, unknown>) {
  const before = snapshot.data() ?? {};
  const changes = [...new Set([...Object.keys(before), ...Object.keys(fields)])]
    .filter((name) => !isDeepStrictEqual(before[name], fields[name]))
    .map((name) => [new FieldPath(name), name in fields ? fields[name] : FieldValue.delete()] as const);
  updateFields(transaction, snapshot, changes);
}

/** Where a customer is looked for: their address, and what is known of them from the payments that have it. */
export interface Sought {
  address: string;
  personal: readonly string[];
  /** By franchisee: what workshops are called that are called after the customer, in full and as a month clips it; each with the full text. */
  labels: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** A document that is about the customer, or may be. */
export interface Place {
  document: DocumentReference;
  payment: Payment | null;
  /** Who it says paid, if it is the customer. */
  texts: string[];
  /** Whether its own path has the address. */
  isInPath: boolean;
  /** References to documents whose path has the address. */
  references: StoredReference[];
}

/** What every document of the database says of a customer. */
export interface Survey {
  /** How many documents were looked at, by collection. */
  documents: Map<string, number>;
  /** Those that have the address, or call a workshop after the customer. */
  places: Place[];
  /** What is like it in those that have neither; so many at the most. */
  nearMisses: { path: string; text: string }[];
  furtherNearMisses: number;
}

/** Looks at every document of the database. Costs a read each: no index finds an address however it was typed. */
export async function survey({ address, personal, labels }: Sought): Promise<Survey> {
  const found: Survey = { documents: new Map(), places: [], nearMisses: [], furtherNearMisses: 0 };
  const nearMissIn = nearMissFinder(address, personal);
  for await (const page of everyDocument()) {
    for (const { ref, data } of page.map((snapshot) => ({ ref: snapshot.ref, data: snapshot.data() }))) {
      const collection = collectionOf(ref);
      found.documents.set(collection, (found.documents.get(collection) ?? 0) + 1);
      const texts = [...new Set([ref.path, ...allTexts(data)])];
      const called = labels.get(franchiseeOf(ref) ?? "");
      const isWorkshop = called !== undefined && workshopTexts(data).some((text) => called.has(text));
      if (isWorkshop || texts.some((text) => holdsAddress(text, address))) {
        const own = personalTexts(data);
        const isTheirs = own.some((text) => holdsAddress(text, address));
        found.places.push({
          document: ref,
          payment: paymentAt(ref),
          texts: isTheirs ? own : [],
          isInPath: holdsAddress(ref.path, address),
          references: referencesIn(data).filter(({ target }) => holdsAddress(target, address)),
        });
        continue;
      }
      const near = new Set(texts.map(nearMissIn).filter((text) => text !== null));
      for (const text of near) {
        if (found.nearMisses.length < MAX_NEAR_MISSES) found.nearMisses.push({ path: ref.path, text });
        else found.furtherNearMisses += 1;
      }
    }
  }
  return found;
}

/** More than an operator reads; memory does not grow with what is common. */
const MAX_NEAR_MISSES = 1_000;

/** `franchisees/*\/transactions`, of one of its documents. */
function collectionOf({ path }: DocumentReference): string {
  const names = path.split("/").slice(0, -1);
  return names.map((name, index) => (index % 2 === 0 ? name : "*")).join("/");
}

export function franchiseeOf({ path }: DocumentReference): string | undefined {
  const [root, franchiseeId] = path.split("/");
  return root === "franchisees" ? franchiseeId : undefined;
}

/** What the workshops of a customer's own payment are called, as far as they are called after the customer. */
export function labelsOf({ workshop, texts }: PersonalData, address: string): [label: string, text: string][] {
  const changed = workshop.filter((text) => redacted(text, [address, ...texts]) !== text);
  return changed.flatMap((text) => [text, clipped(text)].map((label): [string, string] => [label, text]));
}

/** What is erased, from which payments, and who says so and why. It names no customer. */
export interface Erasure {
  by: string;
  reason: string;
  payments: readonly Payment[];
  salt?: string | undefined;
}

/**
 * Says in `erasures/{id}` what is about to be erased, so that it is resumed if it is interrupted, and what its id is. An erasure of very many
 * payments has further entries, which say in `partOf` of which it is; they are written in one commit.
 */
export async function beginErasure({ by, reason, payments, salt }: Erasure, now: Date): Promise<string> {
  const { id } = erasuresRef().doc();
  const fields = { startedAt: now, finishedAt: null, by, reason, ...(salt !== undefined && { salt }) };
  const [first = [], ...further] = chunksOf(payments, PAYMENTS_PER_ENTRY);
  await operation(() =>
    commit((transaction) => {
      transaction.create(erasuresRef().doc(id), { ...fields, payments: first });
      for (const [index, some] of further.entries()) {
        transaction.create(erasuresRef().doc(`${id}-${index + 2}`), { ...fields, payments: some, partOf: id });
      }
    }),
  );
  return id;
}

/** With the longest ids, and all of them in `failed` as well, these are half of what a document may hold. */
const PAYMENTS_PER_ENTRY = 500;

/** Says that an erasure is done, but for these payments, whose documents cannot be read. Without its salt no id of a workshop can be guessed. */
export async function finishErasure(id: string, failed: readonly Payment[], now: Date): Promise<void> {
  const salt = failed.length === 0 ? { salt: FieldValue.delete() } : {};
  const [first, further] = await operation(() =>
    Promise.all([erasuresRef().doc(id).get(), erasuresRef().where("partOf", "==", id).get()]),
  );
  const parts = [first, ...further.docs].map((part) => {
    const own = new Set(storedErasureSchema.parse(part.data()).payments.map(nameOf));
    return { reference: part.ref, failed: failed.filter((payment) => own.has(nameOf(payment))) };
  });
  await operation(() =>
    commit((transaction) => {
      for (const part of parts) {
        transaction.update(part.reference, { finishedAt: now, failed: part.failed, ...salt });
      }
    }),
  );
}

/** A payment's name, unique among those of all franchisees. */
export function nameOf({ franchiseeId, stripePaymentId }: Payment): string {
  return `${franchiseeId} ${stripePaymentId}`;
}

const storedErasureSchema = z.object({
  startedAt: storedDateSchema,
  finishedAt: storedDateSchema.nullable(),
  by: z.string(),
  reason: z.string(),
  payments: z.array(paymentSchema),
  // One that was interrupted has none.
  failed: z.array(paymentSchema).default([]),
  salt: z.string().optional(),
  partOf: z.string().optional(),
});

export interface UnfinishedErasure extends Erasure {
  id: string;
  startedAt: Date;
  /** Or somebody is at it. Otherwise it came to its end, but for `payments`, whose documents could not be read. */
  isInterrupted: boolean;
}

/** The erasures with payments that are not, or may not be erased; `payments` are these. Costs a read for every erasure there was. */
export async function unfinishedErasures(): Promise<UnfinishedErasure[]> {
  const { docs } = await operation(() => erasuresRef().orderBy("startedAt").get());
  const entries = docs.map((entry) => {
    const said = storedErasureSchema.parse(entry.data());
    return { id: said.partOf ?? entry.id, said };
  });
  return [...Map.groupBy(entries, ({ id }) => id)].flatMap(([id, group]) => {
    const parts = group.map(({ said }) => said);
    const [part] = parts;
    const isInterrupted = parts.some(({ finishedAt }) => finishedAt === null);
    const payments = parts.flatMap((one) => (isInterrupted ? one.payments : one.failed));
    if (!part || (!isInterrupted && payments.length === 0)) return [];
    const { startedAt, by, reason, salt } = part;
    return [{ id, startedAt, by, reason, salt, isInterrupted, payments }];
  });
}

function documentOf({ franchiseeId, stripePaymentId }: Payment): DocumentReference {
  return transactionRef(franchiseeId, stripePaymentId);
}

function revisionsOf(payment: Payment) {
  return revisionsRef(documentOf(payment));
}
