/**
 * Finds and erases a customer's personal data outside the transactions' own fields: in revisions, and in every other
 * document. `erasures/{id}` records what was erased and why, without the customer's identity.
 */
import { isDeepStrictEqual } from "node:util";
import { type DocumentReference, type DocumentSnapshot } from "firebase-admin/firestore";
import { z } from "zod";
import type { ErasedTexts } from "../domain/observation.ts";
import { nearMissFinder } from "../domain/near-miss.ts";
import { holdsAddress, redacted } from "../domain/personal-text.ts";
import { chunksOf, commit, operation, readAndCommit, storedDateSchema, ifUnchanged } from "./firestore.ts";
import {
  allTexts,
  redactFields,
  personalTexts,
  referencesIn,
  type StoredReference,
  workshopTexts,
} from "./personal-data.ts";
import { everyDocument } from "./paginate.ts";
import { clipped } from "./totals.ts";
import { erasuresRef, revisionsRef, transactionRef, worklistRef } from "./refs.ts";
import { changesOf, type FieldChange, Path, REMOVED, type Writes } from "./writes.ts";

const paymentSchema = z.object({
  franchiseeId: z.string(),
  stripePaymentId: z.string(),
  /** Whether somebody else paid, so that only texts that name the customer are erased. */
  isMention: z.boolean().optional(),
});

export type Payment = z.infer<typeof paymentSchema>;

/** The payment that a document or a revision belongs to; null for any other document. */
function paymentAt({ path }: DocumentReference): Payment | null {
  const [root, franchiseeId, collection, stripePaymentId, inner] = path.split("/");
  if (root !== "franchisees" || collection !== "transactions" || (inner !== undefined && inner !== "revisions"))
    return null;
  return franchiseeId === undefined || stripePaymentId === undefined ? null : { franchiseeId, stripePaymentId };
}

export interface PersonalData {
  /** The texts of fields that identify the payer, each once. */
  texts: string[];
  workshop: string[];
  /** Whether no text of `texts` is the customer's. */
  belongsToOther: boolean;
  isInDocument: boolean;
  /** The number of revisions that contain personal data. */
  revisions: number;
}

/** `isTheirs` tests whether a text is the customer's. Costs a read for the document and each of its revisions. */
export async function personalDataOf(payment: Payment, isTheirs: (text: string) => boolean): Promise<PersonalData> {
  const current = (await operation(() => documentOf(payment).get())).data();
  const { docs } = await operation(() => revisionsOf(payment).get());
  const revisions = docs.map((revision) => revision.data());
  const versions = [current, ...revisions];
  const texts = [...new Set(versions.flatMap(personalTexts))];
  const isPersonal = (fields: unknown): boolean =>
    (payment.isMention !== true && personalTexts(fields).length > 0) || allTexts(fields).some(isTheirs);
  return {
    texts,
    workshop: [...new Set(versions.flatMap(workshopTexts))],
    belongsToOther: texts.length > 0 && !texts.some(isTheirs),
    isInDocument: isPersonal(current),
    revisions: revisions.filter(isPersonal).length,
  };
}

/** Also from head office's note. Costs a read for each, and a write for each that changes. */
export async function eraseRevisions(payment: Payment, erasure: ErasedTexts): Promise<void> {
  const { docs } = await operation(() => revisionsOf(payment).get());
  const documents = docs.map(({ ref }) => ref);
  await eraseDocuments([...documents, worklistRef(payment.franchiseeId, payment.stripePaymentId)], erasure);
}

/** Erases from the payment's document, including fields that the ledger does not know. */
export function eraseUnknownFields(payment: Payment, erasure: ErasedTexts): Promise<void> {
  return eraseDocuments([documentOf(payment)], erasure);
}

/** Erases from documents of any kind. Costs a read each, and a write for each that changes. */
export async function eraseDocuments(documents: readonly DocumentReference[], erasure: ErasedTexts): Promise<void> {
  for (const chunk of chunksOf(documents, BATCH)) {
    await operation((deadline) =>
      readAndCommit(chunk, deadline, (writes, snapshots) => {
        for (const snapshot of snapshots) {
          const fields = snapshot.data();
          if (fields) replaceFields(writes, snapshot, redactFields(fields, erasure));
        }
      }),
    );
  }
}

/** Firestore's limits are 1 MiB per document and 10 MiB per commit. */
const BATCH = 8;

/** Deletes the fields that `fields` does not have. */
function replaceFields(writes: Writes, snapshot: DocumentSnapshot, fields: Record<string, unknown>) {
  const before = snapshot.data() ?? {};
  const changes = [...new Set([...Object.keys(before), ...Object.keys(fields)])]
    .filter((name) => !isDeepStrictEqual(before[name], fields[name]))
    .map((name): FieldChange => [new Path(name), name in fields ? fields[name] : REMOVED]);
  writes.update(snapshot.ref, changes, ifUnchanged(snapshot));
}

/** The customer: the address, and the personal texts of the payments that contain it. */
export interface DataSubject {
  address: string;
  personal: readonly string[];
  /**
   * By franchisee: the labels of workshops named after the customer, in full and as clipped in totals, each with the
   * full text.
   */
  labels: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** A document that contains the customer's data. */
export interface Match {
  document: DocumentReference;
  payment: Payment | null;
  /** The texts of fields that identify the payer, if it is the customer. */
  texts: string[];
  isInPath: boolean;
  /** References to documents whose path contains the address. */
  references: StoredReference[];
}

export interface SearchResult {
  /** The number of documents read, by collection. */
  documents: Map<string, number>;
  /** Documents that contain the address, or a workshop named after the customer. */
  matches: Match[];
  /** Similar texts in the other documents, up to `MAX_NEAR_MISSES`. */
  nearMisses: { path: string; text: string }[];
  furtherNearMisses: number;
}

/** Reads every document of the database, because no index finds an address in every form. Costs a read each. */
export async function searchDatabase({ address, personal, labels }: DataSubject): Promise<SearchResult> {
  const found: SearchResult = { documents: new Map(), matches: [], nearMisses: [], furtherNearMisses: 0 };
  const nearMissIn = nearMissFinder(address, personal);
  for await (const page of everyDocument()) {
    for (const snapshot of page) {
      const { ref } = snapshot;
      const data = snapshot.data();
      const collection = collectionOf(ref);
      found.documents.set(collection, (found.documents.get(collection) ?? 0) + 1);
      const texts = [...new Set([ref.path, ...allTexts(data)])];
      const own = labels.get(franchiseeOf(ref) ?? "");
      const isWorkshop = own !== undefined && workshopTexts(data).some((text) => own.has(text));
      if (isWorkshop || texts.some((text) => holdsAddress(text, address))) {
        const payer = personalTexts(data);
        const isPayer = payer.some((text) => holdsAddress(text, address));
        found.matches.push({
          document: ref,
          payment: paymentAt(ref),
          texts: isPayer ? payer : [],
          isInPath: holdsAddress(ref.path, address),
          references: referencesIn(data).filter(({ target }) => holdsAddress(target, address)),
        });
        continue;
      }
      for (const text of new Set(texts.map(nearMissIn).filter((near) => near !== null))) {
        if (found.nearMisses.length < MAX_NEAR_MISSES) found.nearMisses.push({ path: ref.path, text });
        else found.furtherNearMisses += 1;
      }
    }
  }
  return found;
}

/** More than an operator reads; bounds the memory. */
const MAX_NEAR_MISSES = 1_000;

/** `franchisees/*\/transactions`, for one of its documents. */
function collectionOf({ path }: DocumentReference): string {
  const names = path.split("/").slice(0, -1);
  return names.map((name, index) => (index % 2 === 0 ? name : "*")).join("/");
}

export function franchiseeOf({ path }: DocumentReference): string | undefined {
  const [root, franchiseeId] = path.split("/");
  return root === "franchisees" ? franchiseeId : undefined;
}

/** The labels of a payment's workshops that contain the customer's texts. */
export function labelsOf({ workshop, texts }: PersonalData, address: string): [label: string, text: string][] {
  const changed = workshop.filter((text) => redacted(text, [address, ...texts]) !== text);
  return changed.flatMap((text) => [text, clipped(text)].map((label): [string, string] => [label, text]));
}

export interface Erasure {
  by: string;
  reason: string;
  payments: readonly Payment[];
  salt?: string | undefined;
}

/**
 * Records in `erasures/{id}` what will be erased, so that an interrupted erasure is resumed. Returns the id. For very
 * many payments, the same commit writes further entries, which name the first in `partOf`.
 */
export async function beginErasure({ by, reason, payments, salt }: Erasure, now: Date): Promise<string> {
  const { id } = erasuresRef().doc();
  const fields = { startedAt: now, finishedAt: null, by, reason, ...(salt !== undefined && { salt }) };
  const [first = [], ...further] = chunksOf(payments, PAYMENTS_PER_ENTRY);
  await operation((deadline) =>
    commit((writes) => {
      writes.create(erasuresRef().doc(id), { ...fields, payments: first });
      for (const [index, chunk] of further.entries()) {
        writes.create(erasuresRef().doc(`${id}-${index + 2}`), { ...fields, payments: chunk, partOf: id });
      }
    }, deadline),
  );
  return id;
}

/** Uses at most half of Firestore's document limit, with the longest ids and all payments in `failed` too. */
const PAYMENTS_PER_ENTRY = 500;

/**
 * Records that an erasure is done, except for `failed`, whose documents cannot be read. Deletes the salt, so that no
 * workshop id can be guessed.
 */
export async function finishErasure(id: string, failed: readonly Payment[], now: Date): Promise<void> {
  const salt = failed.length === 0 ? { salt: REMOVED } : {};
  const [first, further] = await operation(() =>
    Promise.all([erasuresRef().doc(id).get(), erasuresRef().where("partOf", "==", id).get()]),
  );
  const parts = [first, ...further.docs].map((part) => {
    const own = new Set(storedErasureSchema.parse(part.data()).payments.map(keyOf));
    return { reference: part.ref, failed: failed.filter((payment) => own.has(keyOf(payment))) };
  });
  await operation((deadline) =>
    commit((writes) => {
      for (const part of parts) {
        writes.update(part.reference, changesOf({ finishedAt: now, failed: part.failed, ...salt }));
      }
    }, deadline),
  );
}

/** Unique among all franchisees' payments. */
export function keyOf({ franchiseeId, stripePaymentId }: Payment): string {
  return `${franchiseeId} ${stripePaymentId}`;
}

const storedErasureSchema = z.object({
  startedAt: storedDateSchema,
  finishedAt: storedDateSchema.nullable(),
  by: z.string(),
  reason: z.string(),
  payments: z.array(paymentSchema),
  // An interrupted erasure has none.
  failed: z.array(paymentSchema).default([]),
  salt: z.string().optional(),
  partOf: z.string().optional(),
});

export interface UnfinishedErasure extends Erasure {
  id: string;
  startedAt: Date;
  /** Interrupted or in progress; otherwise done, except for `payments`, whose documents could not be read. */
  isInterrupted: boolean;
}

/** The unfinished erasures, with their remaining payments. Costs a read per erasure. */
export async function unfinishedErasures(): Promise<UnfinishedErasure[]> {
  const { docs } = await operation(() => erasuresRef().orderBy("startedAt").get());
  const entries = docs.map((entry) => Object.assign(storedErasureSchema.parse(entry.data()), { id: entry.id }));
  return [...Map.groupBy(entries, ({ id, partOf }) => partOf ?? id)].flatMap(([id, parts]) => {
    const [part] = parts;
    const isInterrupted = parts.some(({ finishedAt }) => finishedAt === null);
    const remaining = parts.flatMap(({ payments, failed }) => (isInterrupted ? payments : failed));
    if (!part || (!isInterrupted && remaining.length === 0)) return [];
    const { startedAt, by, reason, salt } = part;
    return [{ id, startedAt, by, reason, salt, isInterrupted, payments: remaining }];
  });
}

function documentOf({ franchiseeId, stripePaymentId }: Payment): DocumentReference {
  return transactionRef(franchiseeId, stripePaymentId);
}

function revisionsOf(payment: Payment) {
  return revisionsRef(documentOf(payment));
}
