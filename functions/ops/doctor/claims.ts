import { z } from "zod";
import { franchiseeIdSchema } from "../../src/domain/payment.ts";
import { franchiseeIds } from "../../src/store/franchisees.ts";
import { allUsers, grantedTo, isCreatedByGrant, MAX_CLAIMS, namesOf } from "../access.ts";
import { type Check, type Finding, named } from "./check.ts";

/** The claims that `ops access` writes. */
const grantedSchema = z.looseObject({
  admin: z.literal(true).optional(),
  franchisees: z.array(franchiseeIdSchema).optional(),
  grantedTo: z.string().optional(),
});

/** The characters that one franchisee takes. */
const ROOM_FOR_ONE = 25;

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
      const fix = (verb: string, what: string): string =>
        `npm run ops -- access ${verb} ${what} --uid ${user.uid} ${target}`;
      if (granted.data?.admin === true && !user.disabled) admins += 1;
      if (!granted.success) {
        const fields = named([...new Set(granted.error.issues.map(({ path }) => String(path[0])))]);
        findings.push({
          problem: `${who} has claims of another shape, which grant nothing: ${fields}.`,
          remedy: fix("grant", "acct_…"),
        });
      }
      const all = namesOf({ admin: granted.data?.admin === true, franchisees: granted.data?.franchisees ?? [] });
      if (all !== "" && !isCreatedByGrant(user)) {
        const address = grantedTo(user);
        findings.push(
          address === null
            ? {
                problem: `${who} was granted access to an account that the grant did not create: somebody else may be able to sign in to it.`,
                remedy: `Replace it, and send the invitation: ${fix("grant", all)}`,
              }
            : {
                problem: `${who} was granted access as ${address}, and its address has changed since: it reads nothing.`,
                remedy: fix("revoke", all),
              },
        );
      }
      const unknown = (granted.data?.franchisees ?? []).filter((id) => !known.has(id));
      if (unknown.length > 0) {
        const typingError = `If it is a typing error: ${fix("revoke", unknown.join(" "))}`;
        notes.push(`${who} may read franchisees that have no payment yet: ${named(unknown)}. ${typingError}`);
      }
      const { length } = JSON.stringify(claimed);
      if (length > MAX_CLAIMS - ROOM_FOR_ONE) {
        const problem = `The claims of ${who} are too long for one more franchisee: ${length} of ${MAX_CLAIMS} characters.`;
        findings.push({
          problem,
          remedy: `Share the franchisees among several users, or: ${fix("grant", "--admin")}`,
        });
      }
    }
    if (admins === 0) {
      const remedy = `npm run ops -- access grant --admin --email ADDRESS ${target}`;
      findings.push({ problem: "Nobody is an admin: head office sees nothing.", remedy });
    }
    return { findings, notes };
  },
};
