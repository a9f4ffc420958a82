/** What the claims of an account say of how it came to its grants. */
import type { UserRecord } from "firebase-admin/auth";

/** Firebase takes so many characters of claims. */
export const MAX_CLAIMS = 1000;

/** The address that a grant has created this account for; null where none has. */
export function grantedTo({ customClaims }: UserRecord): string | null {
  const address: unknown = customClaims?.["grantedTo"];
  return typeof address === "string" ? address : null;
}

/** Whether a grant has created this account, for the address that it has. Only the Admin SDK writes claims. */
export function isCreatedByGrant(user: UserRecord): boolean {
  return user.email !== undefined && grantedTo(user) === user.email;
}

/** As the words of a command name them. */
export function namesOf({ admin, franchisees }: { admin: boolean; franchisees: readonly string[] }): string {
  return [...franchisees, ...(admin ? ["--admin"] : [])].join(" ");
}
