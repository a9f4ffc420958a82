/** Who is head office, and which emails they get. */
import type { DocumentSnapshot } from "firebase-admin/firestore";
import type { UserRecord } from "firebase-admin/auth";
import { z } from "zod";
import { DEFAULT_EMAIL_SETTINGS, type EmailSettings } from "../domain/exception-mail.ts";
import { allUsers } from "./authentication.ts";
import { firestore } from "./connection.ts";
import { chunksOf, operation } from "./firestore.ts";
import { emailSettingsRef } from "./refs.ts";

const storedSchema = z.object({ daily: z.boolean(), immediateFrom: z.number().nullable() });

/** A person who gets emails. */
export interface Recipient extends EmailSettings {
  uid: string;
  email: string;
}

/** Costs a read. Throws AppError `unavailable`. */
export async function readEmailSettings(uid: string): Promise<EmailSettings> {
  return settingsIn(await operation(() => emailSettingsRef().doc(uid).get()));
}

/** Costs a write. Throws AppError `unavailable`. */
export async function saveEmailSettings(uid: string, { daily, immediateFrom }: EmailSettings, at: Date): Promise<void> {
  await operation(() => emailSettingsRef().doc(uid).set({ daily, immediateFrom, updatedAt: at }));
}

/**
 * Everybody whose claim makes them head office and who has an address. Costs a read for each. Throws an error of
 * Firebase Auth.
 */
export async function headOffice(): Promise<Recipient[]> {
  const users: { uid: string; email: string }[] = [];
  for await (const user of allUsers()) if (isHeadOffice(user)) users.push({ uid: user.uid, email: user.email });
  const recipients: Recipient[] = [];
  for (const some of chunksOf(users, PAGE)) {
    const references = some.map(({ uid }) => emailSettingsRef().doc(uid));
    const snapshots = await operation(() => firestore().getAll(...references));
    for (const [index, { uid, email }] of some.entries()) {
      recipients.push({ uid, email, ...settingsIn(snapshots[index]) });
    }
  }
  return recipients;
}

const PAGE = 100;

/** As under firestore.rules: a grant counts only for its address. */
function isHeadOffice(user: UserRecord): user is UserRecord & { email: string } {
  const { admin, grantedTo } = z.looseObject({}).parse(user.customClaims ?? {});
  return admin === true && !user.disabled && user.email !== undefined && (grantedTo ?? user.email) === user.email;
}

function settingsIn(snapshot: DocumentSnapshot | undefined): EmailSettings {
  return snapshot?.exists ? storedSchema.parse(snapshot.data()) : DEFAULT_EMAIL_SETTINGS;
}
