/** emailProgress/exceptions, and the emails that it counts as sent, in the same commit. */
import type { DocumentSnapshot } from "firebase-admin/firestore";
import { z } from "zod";
import type { Mail } from "../domain/exception-mail.ts";
import { ifUnchanged, operation, readAndCommit, storedDateSchema } from "./firestore.ts";
import { paginate } from "./paginate.ts";
import { allTransactions, emailProgressRef, mailRef } from "./refs.ts";
import { type Entry, readEntry } from "./transaction-converter.ts";
import { changesOf } from "./writes.ts";

const progressSchema = z.object({ checkedUntil: storedDateSchema, digestDay: z.string() });

export type EmailProgress = z.infer<typeof progressSchema>;

/** Null before the first run. Costs a read. Throws AppError `unavailable`, and for an unreadable document. */
export async function readProgress(): Promise<EmailProgress | null> {
  return progressIn(await operation(() => emailProgressRef().get()));
}

/** Exceptions that opened since `from` and before `until`, and are open. Costs a read for each. */
export async function* openedBetween(from: Date, until: Date): AsyncGenerator<Entry[]> {
  const query = allTransactions()
    .where("exception", "==", "open")
    .where("exceptionOpenedAt", ">=", from)
    .where("exceptionOpenedAt", "<", until)
    .orderBy("exceptionOpenedAt");
  for await (const docs of paginate(query, PAGE)) yield docs.map(readEntry);
}

const PAGE = 100;

/** An email to one person; the same `id` is sent once. */
export interface AddressedMail extends Mail {
  id: string;
  to: string;
}

/**
 * Stores the emails for the extension Trigger Email from Firestore
 * (https://firebase.google.com/docs/extensions/official/firestore-send-email) together with the progress, unless
 * another run has done so: returns false then. Costs a read, and a write for each email and one more.
 */
export async function sendMails(
  collection: string,
  mails: readonly AddressedMail[],
  { before, after }: { before: EmailProgress | null; after: EmailProgress },
): Promise<boolean> {
  return operation((deadline) =>
    readAndCommit([emailProgressRef()], deadline, (writes, [stored]) => {
      const current = stored ? progressIn(stored) : null;
      const isSame =
        current?.checkedUntil.getTime() === before?.checkedUntil.getTime() && current?.digestDay === before?.digestDay;
      if (!stored || !isSame) return false;
      if (stored.exists) writes.update(stored.ref, changesOf(after), ifUnchanged(stored));
      else writes.create(stored.ref, after);
      for (const { id, to, subject, text } of mails) {
        writes.create(mailRef(collection, id), { to: [to], message: { subject, text } });
      }
      return true;
    }),
  );
}

function progressIn(snapshot: DocumentSnapshot): EmailProgress | null {
  return snapshot.exists ? progressSchema.parse(snapshot.data()) : null;
}
