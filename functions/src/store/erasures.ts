/**
 * Finds and erases a customer's personal data outside the transactions' own fields: in revisions, and in every other
 * document. `erasures/{id}` records what was erased and why, and not whose it was.
 */
import { isDeepStrictEqual } from "node:util";
import { type DocumentReference, type DocumentSnapshot } from "firebase-admin/firestore";
import { z } from "zod";
import type { ErasedTexts } from "../domain/observation.ts";
import { nearMissFinder } from "../domain/near-miss.ts";
import { holdsAddress, redacted } from "../domain/personal-text.ts";
import { chunksOf, commit, operation, readAndCommit, storedDateSchema, asRead } from "./firestore.ts";
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
import { changesOf, type FieldChange, Path, REMOVED, type Writes } from "./writes.ts";

const paymentSchema = z.object({
  franchiseeId: z.string(),
  stripePaymentId: z.string(),
  /** Whether somebody else paid: only texts that name the customer are erased. */
  isMention: z.boolean().optional(),
});

/** A payment whose document exists, or existed. */
export type Payment = z.infer<typeof paymentSchema>;

/** The payment that a document or a revision belongs to; null for any other document. */
export function paymentAt({ path }: DocumentReference): Payment | null {
  const [root, franchiseeId, collection, stripePaymentId, inner] = path.split("/");
  if (root !== "franchisees" || collection !== "transactions" || (inner !== undefined && inner !== "revisions"))
    return null;
  return franchiseeId === undefined || stripePaymentId === undefined ? null : { franchiseeId, stripePaymentId };
}

/** The personal data of a payment. */
export interface PersonalData {
  /** The texts of fields that say who paid, each once. */
  texts: string[];
  /** The texts of fields that describe the workshop, each once. */
  workshop: string[];
  /** Whether `texts` are another customer's: none contains the address. */
  isOfAnother: boolean;
  isInDocument: boolean;
  /** The number of revisions that contain personal data or the address. */
  revisions: number;
}

/** `isMeant` says whether a text is the customer's. Costs a read for the document and each of its revisions. */
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

/** Erases `personal` from a payment's revisions. Costs a read each, and a write where something changes. */
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

/** Erases from fields of a payment's document that the ledger does not know. */
export function eraseUnknownFields(payment: Payment, erasure: ErasedTexts): Promise<void> {
  return eraseDocuments([documentOf(payment)], erasure);
}

/** Erases from documents of any kind. Costs a read each, and a write where something changes. */
export async function eraseDocuments(documents: readonly DocumentReference[], erasure: ErasedTexts): Promise<void> {
  const { personal, ...rest } = erasure;
  for (const some of chunksOf(documents, BATCH)) {
    await operation((deadline) =>
      readAndCommit(some, deadline, (writes, snapshots) => {
        for (const snapshot of snapshots) {
          if (snapshot.exists)
            replaceFields(writes, snapshot, fieldsWithoutPerson(snapshot.data() ?? {}, personal, rest));
        }
      }),
    );
  }
}

/** A document can have 1 MiB; a commit takes 10 MiB. */
const BATCH = 8;

/** Writes changed fields, and deletes those that are missing in `fields`. */
function replaceFields(writes: Writes, snapshot: DocumentSnapshot, fields: Record<string, unknown>) {
  const before = snapshot.data() ?? {};
  const changes = [...new Set([...Object.keys(before), ...Object.keys(fields)])]
    .filter((name) => !isDeepStrictEqual(before[name], fields[name]))
    .map((name): FieldChange => [new Path(name), name in fields ? fields[name] : REMOVED]);
  writes.update(snapshot.ref, changes, asRead(snapshot));
}

/** The customer to look for: the address, and the personal texts of the payments that contain it. */
export interface Sought {
  address: string;
  personal: readonly string[];
  /**
   * By franchisee: the labels of workshops named after the customer, in full and as a month clips them, each with the
   * full text.
   */
  labels: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** A document that contains the customer's data, or may. */
export interface Place {
  document: DocumentReference;
  payment: Payment | null;
  /** The texts of fields that say who paid, if it is the customer. */
  texts: string[];
  /** Whether its path contains the address. */
  isInPath: boolean;
  /** References to documents whose path contains the address. */
  references: StoredReference[];
}

/** The customer's data in every document of the database. */
export interface Survey {
  /** How many documents were read, by collection. */
  documents: Map<string, number>;
  /** Documents that contain the address, or a workshop named after the customer. */
  places: Place[];
  /** Similar texts in the other documents, up to `MAX_NEAR_MISSES`. */
  nearMisses: { path: string; text: string }[];
  furtherNearMisses: number;
}

/** Reads every document of the database. Costs a read each: no index finds an address in every form. */
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

/** More than an operator reads. Keeps memory bounded. */
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

/** What is erased from which payments, by whom and why. It names no customer. */
export interface Erasure {
  by: string;
  reason: string;
  payments: readonly Payment[];
  salt?: string | undefined;
}

/**
 * Records in `erasures/{id}` what will be erased, so that an interrupted erasure is resumed. Returns the id. An erasure
 * of very many payments has further entries, which name the first in `partOf`; one commit writes them all.
 */
export async function beginErasure({ by, reason, payments, salt }: Erasure, now: Date): Promise<string> {
  const { id } = erasuresRef().doc();
  const fields = { startedAt: now, finishedAt: null, by, reason, ...(salt !== undefined && { salt }) };
  const [first = [], ...further] = chunksOf(payments, PAYMENTS_PER_ENTRY);
  await operation((deadline) =>
    commit((writes) => {
      writes.create(erasuresRef().doc(id), { ...fields, payments: first });
      for (const [index, some] of further.entries()) {
        writes.create(erasuresRef().doc(`${id}-${index + 2}`), { ...fields, payments: some, partOf: id });
      }
    }, deadline),
  );
  return id;
}

/** With the longest ids, all of them in `failed` too, half of Firestore's document limit. */
const PAYMENTS_PER_ENTRY = 500;

/**
 * Records that an erasure is done, except for `failed`, whose documents cannot be read. Deletes the salt, without which
 * no workshop id can be guessed.
 */
export async function finishErasure(id: string, failed: readonly Payment[], now: Date): Promise<void> {
  const salt = failed.length === 0 ? { salt: REMOVED } : {};
  const [first, further] = await operation(() =>
    Promise.all([erasuresRef().doc(id).get(), erasuresRef().where("partOf", "==", id).get()]),
  );
  const parts = [first, ...further.docs].map((part) => {
    const own = new Set(storedErasureSchema.parse(part.data()).payments.map(nameOf));
    return { reference: part.ref, failed: failed.filter((payment) => own.has(nameOf(payment))) };
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
export function nameOf({ franchiseeId, stripePaymentId }: Payment): string {
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
  /**
   * Interrupted, or still in progress. Otherwise it is done, except for `payments`, whose documents could not be read.
   */
  isInterrupted: boolean;
}

/** The erasures that are not done; `payments` are the remaining ones. Costs a read per erasure. */
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
