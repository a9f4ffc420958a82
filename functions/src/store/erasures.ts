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
import { fieldsWithoutPerson, personalTexts, writtenTexts } from "./personal-data.ts";
import { storedDateSchema } from "./timestamp.ts";
import { transactions } from "./transactions.ts";

const paymentSchema = z.object({ franchiseeId: z.string(), stripePaymentId: z.string() });

/** A payment, by where its document is, or was. */
export type Payment = z.infer<typeof paymentSchema>;

/**
 * The payments whose document, or one of whose revisions, has this address, as the customer's or in what people wrote. Every document is looked at: no index finds an
 * address in whatever case and company it was written, a document without a `createdAt`, or the revisions of one that was
 * deleted. Costs a read each.
 */
export async function paymentsWith(address: string): Promise<Payment[]> {
  const found = new Map<string, Payment>();
  const look = (document: DocumentReference | null, fields: unknown): void => {
    const texts = [...personalTexts(fields), ...writtenTexts(fields)];
    if (!document || !texts.some((text) => holdsAddress(text, address))) return;
    found.set(document.path, { franchiseeId: document.parent.parent?.id ?? "", stripePaymentId: document.id });
  };
  for await (const docs of everyDocument("transactions")) for (const one of docs) look(one.ref, one.data());
  for await (const docs of everyDocument("revisions")) {
    for (const one of docs) look(one.ref.parent.parent, one.data());
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
  /** The texts that say who paid, each once. */
  texts: string[];
  /** Whether they are there, and none of them has the address: it stands alone in what people wrote. */
  isOfAnother: boolean;
  isInDocument: boolean;
  /** The number of revisions that have any, or name the address. */
  revisions: number;
}

/** Costs a read for the document, and one for each of its revisions. */
export async function personalDataOf(payment: Payment, address: string): Promise<PersonalData> {
  const current = await operation(() => documentOf(payment).get());
  const { docs } = await operation(() => revisionsOf(payment).get());
  const holds = (text: string): boolean => holdsAddress(text, address);
  const isPersonal = (fields: unknown): boolean => personalTexts(fields).length > 0 || writtenTexts(fields).some(holds);
  const revisions = docs.map((revision) => revision.data());
  const texts = [...new Set([current.data(), ...revisions].flatMap(personalTexts))];
  return {
    texts,
    isOfAnother: texts.length > 0 && !texts.some(holds),
    isInDocument: isPersonal(current.data()),
    revisions: revisions.filter(isPersonal).length,
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

/** Says that an erasure is done, but for these payments, whose documents cannot be read. */
export async function finishErasure(id: string, failed: readonly Payment[], now: Date): Promise<void> {
  await operation(() => commit((transaction) => transaction.update(erasures().doc(id), { finishedAt: now, failed })));
}

const storedErasureSchema = z.object({
  startedAt: storedDateSchema,
  finishedAt: storedDateSchema.nullable(),
  by: z.string(),
  reason: z.string(),
  payments: z.array(paymentSchema),
  // One that was interrupted has none.
  failed: z.array(paymentSchema).default([]),
});

export interface UnfinishedErasure extends Erasure {
  id: string;
  startedAt: Date;
  /** Or somebody is at it. Otherwise it came to its end, but for `payments`, whose documents could not be read. */
  isInterrupted: boolean;
}

/** The erasures with payments that are not, or may not be erased; `payments` are these. Costs a read for every erasure there was. */
export async function unfinishedErasures(): Promise<UnfinishedErasure[]> {
  const { docs } = await operation(() => erasures().orderBy("startedAt").get());
  return docs.flatMap((entry) => {
    const { finishedAt, payments, failed, ...said } = storedErasureSchema.parse(entry.data());
    const isInterrupted = finishedAt === null;
    if (!isInterrupted && failed.length === 0) return [];
    return [{ ...said, id: entry.id, isInterrupted, payments: isInterrupted ? payments : failed }];
  });
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
