/** franchisees/{acct}.profile: the name, city and owner of a franchisee's business. */
import type { DocumentSnapshot } from "firebase-admin/firestore";
import { z } from "zod";
import { type FranchiseeProfile, isSameProfile, profileOf, type ProfileSources } from "../domain/franchisee-profile.ts";
import { AppError } from "../errors.ts";
import { firestore } from "./connection.ts";
import { chunksOf, ifUnchanged, operation, readAndCommit } from "./firestore.ts";
import { franchiseeRef, profileChangesRef } from "./refs.ts";
import { changesOf, type FieldChange, Path } from "./writes.ts";

const text = z.string().nullable().default(null);

export const profileSchema = z.object({ businessName: text, city: text, owner: text });

const storedSchema = z.object({
  profile: profileSchema.prefault({}),
  profileSources: z.object({ stripe: profileSchema.prefault({}), headOffice: profileSchema.prefault({}) }).prefault({}),
  /** The number of changes by head office. */
  profileRevision: z.int().default(0),
});

const FIELDS = Object.keys(storedSchema.shape);

/**
 * Stores what Stripe states of these accounts. Costs a read each, and a read and a write for those that differ. Throws
 * AppError `unavailable`.
 */
export async function saveStripeProfiles(
  accounts: readonly { id: string; profile: FranchiseeProfile }[],
): Promise<void> {
  for (const page of chunksOf(accounts, PAGE)) {
    const references = page.map(({ id }) => franchiseeRef(id));
    const snapshots = await operation(() => firestore().getAll(...references, { fieldMask: FIELDS }));
    const changed = page.filter(({ profile }, index) => {
      const snapshot = snapshots[index];
      return !snapshot || !isSameProfile(storedIn(snapshot).profileSources.stripe, profile);
    });
    for (const { id, profile } of changed) await saveStripeProfile(id, profile);
  }
}

const PAGE = 100;

async function saveStripeProfile(franchiseeId: string, stripe: FranchiseeProfile): Promise<void> {
  await operation((deadline) =>
    readAndCommit([franchiseeRef(franchiseeId)], deadline, (writes, [snapshot]) => {
      if (!snapshot) return;
      const { profileSources } = storedIn(snapshot);
      const changes = changesTo({ ...profileSources, stripe });
      if (snapshot.exists) writes.update(snapshot.ref, changes, ifUnchanged(snapshot));
      else {
        // A list sorted by exceptions omits documents without the counts.
        const exceptions = { open: 0, resolved: 0 };
        writes.create(snapshot.ref, { profile: stripe, profileSources: { ...profileSources, stripe }, exceptions });
      }
    }),
  );
}

/**
 * Replaces what head office has entered: null leaves a field to Stripe. Keeps who changed what. Throws AppError
 * `not_found` for an unknown franchisee, `unavailable`.
 */
export async function saveHeadOfficeProfile(
  franchiseeId: string,
  headOffice: FranchiseeProfile,
  { by, at }: { by: string; at: Date },
): Promise<{ outcome: "updated" | "duplicate"; profile: FranchiseeProfile }> {
  return operation((deadline) =>
    readAndCommit([franchiseeRef(franchiseeId)], deadline, (writes, [snapshot]) => {
      if (!snapshot?.exists) throw new AppError("not_found", `There is no franchisee ${franchiseeId}.`);
      const { profileSources, profileRevision } = storedIn(snapshot);
      const sources = { ...profileSources, headOffice };
      const profile = profileOf(sources);
      if (isSameProfile(profileSources.headOffice, headOffice)) return { outcome: "duplicate" as const, profile };
      const revision = profileRevision + 1;
      const changes = [...changesTo(sources), ...changesOf({ profileRevision: revision })];
      writes.update(snapshot.ref, changes, ifUnchanged(snapshot));
      const change = { before: profileSources.headOffice, after: headOffice, by, at };
      writes.create(profileChangesRef(franchiseeId).doc(String(revision)), change);
      return { outcome: "updated" as const, profile };
    }),
  );
}

function changesTo(sources: ProfileSources): FieldChange[] {
  return [
    [new Path("profile"), profileOf(sources)],
    [new Path("profileSources"), sources],
  ];
}

/** Throws for an unreadable document. */
function storedIn(snapshot: DocumentSnapshot): z.infer<typeof storedSchema> {
  return storedSchema.parse(snapshot.data() ?? {});
}
