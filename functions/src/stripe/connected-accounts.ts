import type Stripe from "stripe";
import type { FranchiseeProfile } from "../domain/franchisee-profile.ts";
import type { Connection } from "./client.ts";
import { eachPage, listAll } from "./lists.ts";

interface ConnectedAccount {
  id: string;
  profile: FranchiseeProfile;
}

/** Costs one call per hundred. Throws StripeRequestError. */
export async function connectedAccounts(connection: Connection): Promise<ConnectedAccount[]> {
  const accounts = await listAll(connection, (stripe, page) => stripe.accounts.list(page));
  return accounts.map((account) => ({ id: account.id, profile: profileIn(account) }));
}

/** Costs one call per hundred accounts that were connected after it. */
export async function isConnected(connection: Connection, account: string): Promise<boolean> {
  for await (const page of eachPage(connection, (stripe, params) => stripe.accounts.list(params))) {
    if (page.some(({ id }) => id === account)) return true;
  }
  return false;
}

/**
 * Of a Standard or Express account, Stripe shows a platform only a part of its company and its owner (SDK,
 * `Account.individual` and `Account.Company`).
 */
function profileIn({ business_profile, company, individual, settings }: Stripe.Account): FranchiseeProfile {
  const { first_name, last_name } = individual ?? {};
  return {
    businessName: textOf(business_profile?.name, settings?.dashboard.display_name, company?.name),
    city: textOf(business_profile?.support_address?.city, company?.address?.city, individual?.address?.city),
    owner: textOf([first_name, last_name].filter(Boolean).join(" ")),
  };
}

const MAX_TEXT = 200;

/** The first that is a text. */
function textOf(...texts: readonly (string | null | undefined)[]): string | null {
  const first = texts.find((text) => text?.isWellFormed() && text.trim() !== "") ?? "";
  return Array.from(first.trim()).slice(0, MAX_TEXT).join("") || null;
}
