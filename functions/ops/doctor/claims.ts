import { z } from "zod";
import { franchiseeIdSchema } from "../../src/domain/payment.ts";
import { franchiseeIds } from "../../src/store/franchisees.ts";
import { allUsers } from "../../src/store/authentication.ts";
import { grantedTo, isCreatedByGrant, MAX_CLAIMS, namesOf } from "../access.ts";
import { type Check, type Finding, named } from "./check.ts";

/** The claims that `ops access` writes. */
const grantedSchema = z.looseObject({
  admin: z.literal(true).optional(),
  franchisees: z.array(franchiseeIdSchema).optional(),
  grantedTo: z.string().optional(),
});

/** The characters of one franchisee in the claims. */
const FRANCHISEE_LENGTH = 25;

export const claims: Check = {
  title: "claims",
  run: async ({ target }) => {
    const known = new Set(await franchiseeIds());
    const findings: Finding[] = [];
    const notes: string[] = [];
    let admins = 0;
    for await (const user of allUsers()) {
      const claimed = user.customClaims ?? {};
      const granted = grantedSchema.safeParse(claimed);
      const who = `${user.email ?? "A user"} (${user.uid})`;
      const accessCommand = (verb: string, what: string): string =>
        `npm run ops -- access ${verb} ${what} --uid ${user.uid} ${target}`;
      if (granted.data?.admin === true && !user.disabled) admins += 1;
      if (!granted.success) {
        const fields = named([...new Set(granted.error.issues.map(({ path }) => String(path[0])))]);
        findings.push({
          problem: `${who} has invalid claims, which grant nothing: ${fields}.`,
          remedy: accessCommand("grant", "acct_…"),
        });
      }
      const all = namesOf({ admin: granted.data?.admin === true, franchisees: granted.data?.franchisees ?? [] });
      if (all !== "" && !isCreatedByGrant(user)) {
        const address = grantedTo(user);
        findings.push(
          address === null
            ? {
                problem: `${who} has access, but no grant created the account: someone else may be able to sign in to it.`,
                remedy: `Replace the account and send the invitation: ${accessCommand("grant", all)}`,
              }
            : {
                problem: `${who} was granted access as ${address}, but the address of the account has changed: it has no access.`,
                remedy: accessCommand("revoke", all),
              },
        );
      }
      const unknown = (granted.data?.franchisees ?? []).filter((id) => !known.has(id));
      if (unknown.length > 0) {
        const typingError = `If that is a typing error: ${accessCommand("revoke", unknown.join(" "))}`;
        notes.push(`${who} has access to franchisees without payments: ${named(unknown)}. ${typingError}`);
      }
      const { length } = JSON.stringify(claimed);
      if (length > MAX_CLAIMS - FRANCHISEE_LENGTH) {
        findings.push({
          problem: `The claims of ${who} have no space for another franchisee: ${length} of ${MAX_CLAIMS} characters.`,
          remedy: `Split the franchisees between several users, or: ${accessCommand("grant", "--admin")}`,
        });
      }
    }
    if (admins === 0) {
      const remedy = `npm run ops -- access grant --admin --email ADDRESS ${target}`;
      findings.push({ problem: "No user is an admin: head office has no access.", remedy });
    }
    return { findings, notes };
  },
};
