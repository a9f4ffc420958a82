/** The business behind a franchisee. Without imports: the portal bundles this module. */

export const PROFILE_FIELDS = ["businessName", "city", "owner"] as const;

/** Null: not known. */
export type FranchiseeProfile = Record<(typeof PROFILE_FIELDS)[number], string | null>;

/** What Stripe states of the account, and what head office has entered. */
export interface ProfileSources {
  stripe: FranchiseeProfile;
  headOffice: FranchiseeProfile;
}

export const NO_PROFILE: FranchiseeProfile = { businessName: null, city: null, owner: null };

/** Field by field, what head office has entered takes precedence. */
export function profileOf({ stripe, headOffice }: ProfileSources): FranchiseeProfile {
  const valueOf = (field: keyof FranchiseeProfile): string | null => headOffice[field] ?? stripe[field];
  return { businessName: valueOf("businessName"), city: valueOf("city"), owner: valueOf("owner") };
}

export function isSameProfile(a: FranchiseeProfile, b: FranchiseeProfile): boolean {
  return PROFILE_FIELDS.every((field) => a[field] === b[field]);
}
