import { isDeepStrictEqual } from "node:util";
import type { Auth, UserRecord } from "firebase-admin/auth";
import type { z } from "zod";
import { Failure } from "../dev/failure.ts";
import { codeOf } from "../src/errors.ts";
import { claimsSchema } from "../src/http/id-token.ts";
import { authentication } from "../src/store/authentication.ts";
import { accountsOf, type Command, type Options, TARGET_USAGE } from "./frame.ts";

const USAGE = `Who may read what: the claims that the API and firestore.rules go by.

  npm run access -- grant  acct_… [acct_…]  --email ADDRESS | --uid ID
  npm run access -- grant  --admin          --email ADDRESS | --uid ID
  npm run access -- revoke acct_… | --admin --email ADDRESS | --uid ID
  npm run access -- show   [acct_…]         [--email ADDRESS | --uid ID]

${TARGET_USAGE}`;

export const access: Command = {
  usage: USAGE,
  options: { email: { type: "string" }, uid: { type: "string" }, admin: { type: "boolean" } },
  run: ([verb, ...accounts], options) => {
    accountsOf(accounts);
    if (verb === "show") return explained(show(accounts, options));
    if (verb === "grant" || verb === "revoke") return explained(change(verb, accounts, options));
    throw new Failure(USAGE);
  },
};

/** What Firebase Auth refuses is said in its own words, as one line. */
async function explained(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const code = String(codeOf(error));
    if (!(error instanceof Error) || !code.startsWith("auth/")) throw error;
    const hint = code === "auth/claims-too-large" ? " That is about 40 franchisees for one user." : "";
    throw new Failure(`Firebase Auth refuses: ${error.message}${hint}`);
  }
}

async function change(verb: "grant" | "revoke", accounts: readonly string[], options: Options): Promise<void> {
  const isAdmin = options["admin"] === true;
  if (accounts.length === 0 && !isAdmin) throw new Failure(`Say what to ${verb}: acct_… or --admin.\n\n${USAGE}`);
  const auth = authentication();
  const user = await findUser(auth, options);
  if (verb === "grant" && options["email"] !== undefined && !user.emailVerified) {
    throw new Failure(
      `${describe(user)} has not verified the e-mail address: somebody else may have signed up with it. ` +
        "Have it verified first, or grant by --uid once you know whose account it is.",
    );
  }

  const before = claimsSchema.parse(user.customClaims ?? {});
  const after = {
    admin: isAdmin ? verb === "grant" : before.admin,
    franchisees:
      verb === "grant"
        ? [...new Set([...before.franchisees, ...accounts])]
        : before.franchisees.filter((account) => !accounts.includes(account)),
  };
  const { admin: _admin, franchisees: _franchisees, ...others } = user.customClaims ?? {};
  const claims = {
    ...others,
    ...(after.admin && { admin: true }),
    ...(after.franchisees.length > 0 && { franchisees: after.franchisees }),
  };
  const isChange = !isDeepStrictEqual(claims, user.customClaims ?? {});
  if (isChange) await auth.setCustomUserClaims(user.uid, claims);
  // Also where there is nothing left to take away: an earlier run may have stopped half-way.
  if (verb === "revoke") await auth.revokeRefreshTokens(user.uid);
  if (!isChange) {
    console.log(`${describe(user)}: nothing to change. ${readable(before)}`);
    return;
  }
  console.log(`${describe(user)}\n  before: ${readable(before)}\n  now:    ${readable(after)}`);
  console.log(
    verb === "grant"
      ? "It takes effect when they sign in again, or within the hour."
      : "They are signed out of the API at once. A page that is open may go on reading for up to an hour.",
  );
}

async function show(accounts: readonly string[], options: Options): Promise<void> {
  const auth = authentication();
  if (options["email"] !== undefined || options["uid"] !== undefined) {
    const user = await findUser(auth, options);
    console.log(`${describe(user)}: ${readable(claimsSchema.parse(user.customClaims ?? {}))}`);
    return;
  }
  let shown = 0;
  let pageToken: string | undefined;
  do {
    const page = await auth.listUsers(1000, pageToken);
    for (const user of page.users) {
      const claims = claimsSchema.parse(user.customClaims ?? {});
      const isMeant = accounts.length === 0 || claims.admin || accounts.some((one) => claims.franchisees.includes(one));
      if (!isMeant || (!claims.admin && claims.franchisees.length === 0)) continue;
      console.log(`${describe(user)}: ${readable(claims)}`);
      shown += 1;
    }
    ({ pageToken } = page);
  } while (pageToken !== undefined);
  if (shown === 0) console.log("Nobody.");
}

async function findUser(auth: Auth, { email, uid }: Options): Promise<UserRecord> {
  if ((email === undefined) === (uid === undefined)) throw new Failure("Name the user: --email ADDRESS or --uid ID.");
  try {
    return await (email === undefined ? auth.getUser(String(uid)) : auth.getUserByEmail(String(email)));
  } catch (error) {
    if (codeOf(error) === "auth/user-not-found")
      throw new Failure(`There is no user ${String(email ?? uid)}. They sign up first, then you grant.`);
    throw error;
  }
}

function describe({ email, uid, disabled }: UserRecord): string {
  return `${email ?? "no e-mail"} (${uid}${disabled ? ", disabled" : ""})`;
}

function readable({ admin, franchisees }: z.infer<typeof claimsSchema>): string {
  if (admin) return "admin: reads everything";
  return franchisees.length === 0 ? "reads nothing" : `reads ${franchisees.join(", ")}`;
}
