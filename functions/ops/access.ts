import { isDeepStrictEqual } from "node:util";
import type { Auth, UserRecord } from "firebase-admin/auth";
import type { z } from "zod";
import { CliError } from "../tools/cli/cli-error.ts";
import { printable } from "../tools/cli/terminal.ts";
import { codeOf } from "../src/errors.ts";
import { claimsSchema } from "../src/http/id-token.ts";
import { authentication } from "../src/store/authentication.ts";
import { accountsOf, type Command, type Options, portalOf, TARGET_USAGE, targetOf } from "./command.ts";
import { grantedTo, isCreatedByGrant, MAX_CLAIMS, namesOf } from "./grants.ts";

const USAGE = `Who may read what: the claims that the API and firestore.rules go by.

  npm run access -- grant  acct_… [acct_…]  --email ADDRESS | --uid ID
  npm run access -- grant  --admin          --email ADDRESS | --uid ID
  npm run access -- revoke acct_… | --admin --email ADDRESS | --uid ID
  npm run access -- show   [acct_…]         [--email ADDRESS | --uid ID]

A grant creates the account, and prints a link for that person to set a password. An account that exists already, but was not created by a
grant, is deleted first, with every way to sign in to it: somebody else may have signed up with the address.

  --portal     where the portal is, if that is a domain of your own: the link leads there

${TARGET_USAGE}`;

export const access: Command = {
  usage: USAGE,
  options: {
    email: { type: "string" },
    uid: { type: "string" },
    admin: { type: "boolean" },
    portal: { type: "string" },
  },
  run: ([verb, ...accounts], options) => {
    accountsOf(accounts);
    if (verb === "show") return explained(show(accounts, options));
    if (verb !== "grant" && verb !== "revoke") throw new CliError("", USAGE);
    const named = { admin: options["admin"] === true, franchisees: accounts };
    if (accounts.length === 0 && !named.admin)
      throw new CliError(`Say what to ${verb}: acct_… or --admin.`, `\n${USAGE}`);
    return explained(verb === "grant" ? grant(named, options) : revoke(named, options));
  },
};

type Grants = Omit<z.infer<typeof claimsSchema>, "franchisees"> & { franchisees: readonly string[] };

const NONE: Grants = { admin: false, franchisees: [] };
const TOO_MANY = "That is about 40 franchisees for one user.";

/** What Firebase Auth refuses is said in its own words, as one line. */
async function explained(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const code = String(codeOf(error));
    if (!(error instanceof Error) || !code.startsWith("auth/")) throw error;
    const hint = code === "auth/claims-too-large" ? ` ${TOO_MANY}` : "";
    throw new CliError(`Firebase Auth refuses: ${error.message}${hint}`);
  }
}

/** Grants to an account that a grant has created: this one, or an earlier one. docs/decisions/0016-account-access.md has the reasons. */
async function grant(named: Grants, options: Options): Promise<void> {
  const auth = authentication();
  const portal = portalOf(options);
  const found = await lookUp(auth, options);
  if (!found && options["email"] === undefined) throw noSuchUser(options);
  const own = found && isCreatedByGrant(found) ? found : null;
  if (found && !own) requireReplaceable(found, named, options);

  const email = found?.email ?? String(options["email"]).toLowerCase();
  const before = own ? grantsOf(own) : NONE;
  const after = union(before, named);
  const claims = claimsFor(after, email, found);
  if (JSON.stringify(claims).length > MAX_CLAIMS) {
    throw new CliError(`More than ${MAX_CLAIMS} characters of claims do not fit into one account. ${TOO_MANY}`);
  }
  const user = own ?? (await createAccount(auth, email, found));
  if (isDeepStrictEqual(claims, user.customClaims ?? {})) {
    console.log(`${describe(user)}: nothing to change. ${readable(before)}`);
  } else {
    await setVerified(auth, user, email, claims);
    console.log(`${describe(user)}\n  before: ${readable(before)}\n  now:    ${readable(after)}`);
  }
  if (user.providerData.length === 0) await invite(auth, email, portal);
  else console.log("It takes effect when they sign in again, or within the hour.");
}

/** Throws a CliError where it is not clear that this account may go. */
function requireReplaceable(user: UserRecord, named: Grants, options: Options): void {
  const held = grantsOf(user);
  const earlier = grantedTo(user);
  const all = union(held, named);
  const who = describe(user);
  if (user.email === undefined) {
    throw new CliError(`${who} has no e-mail address. Access is granted to an address: name it with --email.`);
  }
  if (namesOf(held) !== "" && earlier !== null) {
    throw new CliError(
      `${who} was granted access as ${earlier}, and its address has changed since. Revoke that first: ` +
        `npm run access -- revoke ${namesOf(held)} --uid ${user.uid} ${targetOf(options)}`,
    );
  }
  if (user.disabled) {
    throw new CliError(`${who} is disabled. Enable or delete it in the Firebase console, then grant again.`);
  }
  if (!isDeepStrictEqual(union(named, held), union(named, NONE))) {
    throw new CliError(
      `${who} was not created by this command, so somebody else may be able to sign in to it. It is replaced by a grant of all that it reads: ` +
        `npm run access -- grant ${namesOf(all)} --uid ${user.uid} ${targetOf(options)}`,
    );
  }
}

/**
 * A new account with this address, to which there is no way to sign in but by its mailbox. The old one is deleted: that ends every way to
 * sign in and every session, also those that the Admin SDK does not show.
 */
async function createAccount(auth: Auth, email: string, old: UserRecord | null): Promise<UserRecord> {
  if (old) {
    await auth.deleteUser(old.uid);
    console.log(
      `The account ${describe(old)} was deleted, with every way to sign in and every session: ${waysIn(old)}. ` +
        "What it has on a page that is open may stay readable for up to an hour.",
    );
  }
  try {
    return await auth.createUser({ email });
  } catch (error) {
    if (codeOf(error) !== "auth/email-already-exists") throw error;
    throw new CliError(
      `Somebody has signed up with this address meanwhile: ${email}. Nothing was granted. ` +
        "Switch self sign-up off (docs/deployment.md), and grant again.",
    );
  }
}

/** Sets the claims of an account that still has this address afterwards. Throws a CliError where it does not, and leaves it no claims. */
async function setVerified(auth: Auth, { uid, ...user }: UserRecord, email: string, claims: object): Promise<void> {
  if (user.email === email) {
    await auth.setCustomUserClaims(uid, claims);
    const after = await auth.getUser(uid);
    if (after.email === email && isDeepStrictEqual(after.customClaims, claims)) return;
    if (after.email === email) {
      throw new CliError(
        `Another command changed the access of ${describe(after)} at the same time: ${readable(grantsOf(after))}. Grant again.`,
      );
    }
    await auth.setCustomUserClaims(uid, null);
  }
  throw new CliError(
    `The address of the account was changed while access was being granted: ${email}. It reads nothing; grant again.`,
  );
}

async function invite(auth: Auth, email: string, portal: URL): Promise<void> {
  const byThemselves = `They can sign in at ${portal.origin} with this address: by an e-mail link or Google, as far as these are switched on.`;
  try {
    const link = await auth.generatePasswordResetLink(email, { url: portal.href });
    console.log(
      `Send this link to ${email}, and to nobody else: whoever opens it sets the password. It works once and expires; ` +
        `the same command makes another.\n  ${link}\n${byThemselves}`,
    );
  } catch (error) {
    if (codeOf(error) !== "auth/operation-not-allowed") throw error;
    console.log(byThemselves);
  }
}

async function revoke(named: Grants, options: Options): Promise<void> {
  const auth = authentication();
  const user = await findUser(auth, options);
  const before = grantsOf(user);
  const after = {
    admin: before.admin && !named.admin,
    franchisees: before.franchisees.filter((account) => !named.franchisees.includes(account)),
  };
  const claims = claimsFor(after, grantedTo(user), user);
  const isChange = !isDeepStrictEqual(claims, user.customClaims ?? {});
  if (isChange) await auth.setCustomUserClaims(user.uid, claims);
  // Also where there is nothing left to take away: an earlier run may have stopped half-way.
  await auth.revokeRefreshTokens(user.uid);
  if (!isChange) {
    console.log(`${describe(user)}: nothing to change. ${readable(before)}`);
    return;
  }
  console.log(`${describe(user)}\n  before: ${readable(before)}\n  now:    ${readable(after)}`);
  console.log("They are signed out of the API at once. A page that is open may go on reading for up to an hour.");
}

function grantsOf(user: UserRecord): Grants {
  return claimsSchema.parse(user.customClaims ?? {});
}

function union(one: Grants, other: Grants): Grants {
  return {
    admin: one.admin || other.admin,
    franchisees: [...new Set([...one.franchisees, ...other.franchisees])],
  };
}

/** The claims that say these grants, and what others have written. Where nothing is granted, nothing says that a grant created the account. */
function claimsFor({ admin, franchisees }: Grants, address: string | null, user: UserRecord | null): object {
  const { admin: _admin, franchisees: _franchisees, grantedTo: _grantedTo, ...others } = user?.customClaims ?? {};
  return {
    ...others,
    ...(address !== null && (admin || franchisees.length > 0) && { grantedTo: address }),
    ...(admin && { admin: true }),
    ...(franchisees.length > 0 && { franchisees: [...franchisees] }),
  };
}

async function show(accounts: readonly string[], options: Options): Promise<void> {
  const auth = authentication();
  if (options["email"] !== undefined || options["uid"] !== undefined) {
    const user = await findUser(auth, options);
    console.log(`${describe(user)}: ${readable(grantsOf(user))}${doubtAbout(user)}`);
    return;
  }
  let shown = 0;
  let pageToken: string | undefined;
  do {
    const page = await auth.listUsers(1000, pageToken);
    for (const user of page.users) {
      const claims = grantsOf(user);
      const isMeant = accounts.length === 0 || claims.admin || accounts.some((one) => claims.franchisees.includes(one));
      if (!isMeant || (!claims.admin && claims.franchisees.length === 0)) continue;
      console.log(`${describe(user)}: ${readable(claims)}${doubtAbout(user)}`);
      shown += 1;
    }
    ({ pageToken } = page);
  } while (pageToken !== undefined);
  if (shown === 0) console.log("Nobody.");
}

/** The user that the options name; null where there is none. */
async function lookUp(auth: Auth, { email, uid }: Options): Promise<UserRecord | null> {
  if ((email === undefined) === (uid === undefined)) throw new CliError("Name the user: --email ADDRESS or --uid ID.");
  try {
    return await (email === undefined ? auth.getUser(String(uid)) : auth.getUserByEmail(String(email)));
  } catch (error) {
    if (codeOf(error) === "auth/user-not-found") return null;
    throw error;
  }
}

async function findUser(auth: Auth, options: Options): Promise<UserRecord> {
  const user = await lookUp(auth, options);
  if (!user) throw noSuchUser(options);
  return user;
}

function noSuchUser({ email, uid }: Options): CliError {
  return new CliError(`There is no user ${String(email ?? uid)}.`);
}

function describe({ email, uid, disabled }: UserRecord): string {
  return `${printable(email ?? "no e-mail")} (${printable(uid)}${disabled ? ", disabled" : ""})`;
}

/** What an account can be signed in to with, as far as the Admin SDK shows. */
function waysIn({ providerData, multiFactor }: UserRecord): string {
  const factors = (multiFactor?.enrolledFactors ?? []).map(({ factorId }) => `second factor ${factorId}`);
  return [...providerData.map(({ providerId }) => providerId), ...factors].join(", ") || "none is known";
}

function readable({ admin, franchisees }: Grants): string {
  if (admin) return "admin: reads everything";
  return franchisees.length === 0 ? "reads nothing" : `reads ${printable(franchisees.join(", "))}`;
}

/** Why a grant may not be what it seems. */
function doubtAbout(user: UserRecord): string {
  if (namesOf(grantsOf(user)) === "" || isCreatedByGrant(user)) return "";
  const earlier = grantedTo(user);
  return earlier === null
    ? "; granted to an account that this command did not create"
    : `; granted as ${printable(earlier)}, so with this address it reads nothing`;
}
