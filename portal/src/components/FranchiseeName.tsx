import { collection, doc } from "firebase/firestore";
import type { FranchiseeProfile } from "../../../functions/src/domain/franchisee-profile.ts";
import { toProfile } from "../firestore/revenue.ts";
import { useDocument, useDocumentsById } from "../firestore/use-firestore.ts";
import type { SignedIn } from "../session.ts";

interface NameProps {
  franchiseeId: string;
  /** Undefined or null while it loads. */
  profile: FranchiseeProfile | null | undefined;
}

/** The name of the business, with the account beside it; the account alone if no name is known. */
export function FranchiseeName({ franchiseeId, profile }: NameProps) {
  const name = profile?.businessName ?? null;
  if (name === null) return <>{franchiseeId}</>;
  return (
    <>
      <bdi>{name}</bdi> <small class="account">{franchiseeId}</small>
    </>
  );
}

/** As `FranchiseeName`, of a franchisee whose document the view does not read. */
export function NameOf({ session, franchiseeId }: { session: SignedIn; franchiseeId: string }) {
  const path = `franchisees/${franchiseeId}`;
  const result = useDocument(`${path} name`, () => doc(session.database, path));
  const profile = result.state === "ready" ? toProfile(result.data) : null;
  return <FranchiseeName franchiseeId={franchiseeId} profile={profile} />;
}

/** Of the franchisees that a list shows, by id. The rules let head office alone list them. */
export function useProfiles(session: SignedIn, ids: readonly string[]): ReadonlyMap<string, FranchiseeProfile> {
  const { database, grants } = session;
  return useDocumentsById(collection(database, "franchisees"), grants.isAdmin ? ids : [], (document) =>
    toProfile(document.data()),
  );
}

/** City and owner, as far as they are known. */
export function placeOf({ city, owner }: FranchiseeProfile): string {
  return [city, owner].filter((part) => part !== null).join(" · ");
}
