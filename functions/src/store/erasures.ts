/**
 * What the erasure of a customer's personal data reads and writes beside the transactions: where the customer is found, what
 * revisions say, and `erasures/{id}`, which says what was erased, and why, and not whose it was.
 */
import { isDeepStrictEqual } from "node:util";
import { type DocumentReference, FieldPath } from "firebase-admin/firestore";
import { z } from "zod";
import { holdsAddress } from "../domain/erasure.ts";
import { asRead, commit, firestore, operation, readAndCommit } from "./firestore.ts";
import { pagesOf } from "./pages.ts";
import { fieldsWithoutPerson, personalTexts } from "./personal-data.ts";
import { transactions } from "./transactions.ts";

const paymentSchema = z.object({ franchiseeId: z.string(), stripePaymentId: z.string() });

/** A payment, by where its document is, or was. */
export type Payment = z.infer<typeof paymentSchema>;

/**
 * The payments whose document, or one of whose revisions, has this address. Every document is looked at: no index finds an
 * address in whatever case and company it was written, a document without a `createdAt`, or the revisions of one that was
 * deleted. Costs a read each.
 */
export async function paymentsWith(address: string): Promise<Payment[]> {
  const found = new Map<string, Payment>();
  const look = (document: DocumentReference | null, fields: unknown): void => {
    if (!document || !personalTexts(fields).some((text) => holdsAddress(text, address))) return;
    found.set(document.path, { franchiseeId: document.parent.parent?.id ?? "", stripePaymentId: document.id });
  };
  for await (const docs of everyDocument("transactions")) for (const one of docs) look(one.ref, one.data());
  for await (const docs of everyDocument("revisions")) {
    for (const one of docs) look(one.ref.parent.parent, one.get("before"));
  }
  return [...found.values()];
}

function everyDocument(collection: string) {
  const query = firestore().collectionGroup(collection).orderBy(FieldPath.documentId());
  return pagesOf(query, PAGE, (page) => operation(() => page.get()));
}

const PAGE = 300;

/** What is personal about a payment. */
export interface PersonalData {
  /** The texts, each once. */
  texts: string[];
  isInDocument: boolean;
  /** The number of revisions that have any. */
  revisions: number;
}

/** Costs a read for the document, and one for each of its revisions. */
export async function personalDataOf(payment: Payment): Promise<PersonalData> {
  const current = await operation(() => documentOf(payment).get());
  const { docs } = await operation(() => revisionsOf(payment).get());
  const inDocument = personalTexts(current.data());
  const inRevisions = docs.map((revision) => personalTexts(revision.get("before")));
  return {
    texts: [...new Set([inDocument, ...inRevisions].flat())],
    isInDocument: inDocument.length > 0,
    revisions: inRevisions.filter((texts) => texts.length > 0).length,
  };
}

/** Erases who paid from a payment's revisions, and these texts from what people wrote there. Costs a read each, and a write where there is any. */
export async function eraseRevisions(payment: Payment, personal: readonly string[]): Promise<void> {
  const { docs } = await operation(() => revisionsOf(payment).get());
  for (let start = 0; start < docs.length; start += BATCH) {
    const references = docs.slice(start, start + BATCH).map(({ ref }) => ref);
    await operation((deadline) =>
      readAndCommit(references, deadline, (transaction, snapshots) => {
        for (const snapshot of snapshots) {
          const said = snapshot.data() ?? {};
          const erased = fieldsWithoutPerson(said, personal);
          if (!isDeepStrictEqual(erased, said)) transaction.update(snapshot.ref, { ...erased }, asRead(snapshot));
        }
      }),
    );
  }
}

/** Each can be as large as its transaction; a commit takes 10 MiB. */
const BATCH = 100;

/** What is erased, from which payments, and who says so and why. It names no customer. */
export interface Erasure {
  by: string;
  reason: string;
  payments: readonly Payment[];
}

/** Says in `erasures/{id}` what is about to be erased, so that it is gone on with if it is interrupted, and what its id is. */
export async function beginErasure({ by, reason, payments }: Erasure, now: Date): Promise<string> {
  const reference = erasures().doc();
  const fields = { startedAt: now, finishedAt: null, by, reason, payments };
  await operation(() => commit((transaction) => transaction.set(reference, fields)));
  return reference.id;
}

/** Says that these erasures are done. */
export async function finishErasures(ids: readonly string[], now: Date): Promise<void> {
  await operation(() =>
    commit((transaction) => {
      for (const id of ids) transaction.update(erasures().doc(id), { finishedAt: now });
    }),
  );
}

/** The erasures that were begun and are not done: somebody is at it, or was interrupted, or a document could not be read. */
export async function unfinishedErasures(): Promise<{ ids: string[]; payments: Payment[] }> {
  const { docs } = await operation(() => erasures().where("finishedAt", "==", null).get());
  const payments = docs.flatMap((entry) => z.array(paymentSchema).parse(entry.get("payments")));
  return { ids: docs.map(({ id }) => id), payments };
}

/** erasures/{id} */
function erasures() {
  return firestore().collection("erasures");
}

function documentOf({ franchiseeId, stripePaymentId }: Payment): DocumentReference {
  return transactions(franchiseeId).doc(stripePaymentId);
}

function revisionsOf(payment: Payment) {
  return documentOf(payment).collection("revisions");
}
