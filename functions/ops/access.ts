import { isDeepStrictEqual } from "node:util";
import type { Auth, UserRecord } from "firebase-admin/auth";
import type { z } from "zod";
import { CliError } from "../tools/cli/cli-error.ts";
import { each, examples, franchiseeId } from "../tools/cli/program.ts";
import { printable, printJson } from "../tools/cli/terminal.ts";
import { codeOf } from "../src/errors.ts";
import { claimsSchema } from "../src/http/id-token.ts";
import { allUsers, authentication } from "../src/store/authentication.ts";
import { JSON_OPTION, type Ops, PORTAL_OPTION, portalOf, type Target, targetOf } from "./command.ts";

interface Named {
  email?: string | undefined;
  uid?: string | undefined;
}

export function addAccess(ops: Ops): void {
  const access = ops
    .command("access")
    .description("Manage access: the claims that the API and firestore.rules check.")
    .option("--email <address>", "The user, by email address.")
    .option("--uid <id>", "The user, by id in Firebase Auth.");
  const franchisees = ["[acct_…...]", "The franchisees.", each(franchiseeId)] as const;
  const admin = ["--admin", "Head office: access to all franchisees."] as const;
  access
    .command("grant")
    .description(
      "Grant access. Creates the account and prints a link to set a password. An account that no grant created is deleted " +
        "first, with all its sign-in methods: someone else may have signed up with the address.",
    )
    .argument(...franchisees)
    .option(...admin)
    .option(...PORTAL_OPTION)
    .addHelpText("after", examples("npm run ops -- access grant acct_1SPg6y2LSUVFKuLN --email ada@example.com --local"))
    .action((accounts, { admin: isAdmin }, command) =>
      withAuthErrors(grant(grantsIn("grant", accounts, isAdmin), command.optsWithGlobals())),
    );
  access
    .command("revoke")
    .description("Revoke access and end the user's sessions.")
    .argument(...franchisees)
    .option(...admin)
    .addHelpText("after", examples("npm run ops -- access revoke --admin --email ada@example.com --local"))
    .action((accounts, { admin: isAdmin }, command) =>
      withAuthErrors(revoke(grantsIn("revoke", accounts, isAdmin), command.optsWithGlobals())),
    );
  access
    .command("show")
    .description("List users with access; with franchisees, only users with access to one of them.")
    .argument(...franchisees)
    .option(...JSON_OPTION)
    .addHelpText("after", examples("npm run ops -- access show --json --local"))
    .action((accounts, { json }, command) =>
      withAuthErrors(show(accounts ?? [], command.optsWithGlobals(), json === true)),
    );
}

function grantsIn(verb: string, franchisees: readonly string[] = [], isAdmin = false): Grants {
  if (franchisees.length === 0 && !isAdmin) throw new CliError(`Name what to ${verb}: acct_… or --admin.`);
  return { admin: isAdmin, franchisees };
}

/** Firebase's limit, in characters. */
export const MAX_CLAIMS = 1000;

/** The address that a grant created this account for; null if no grant did. */
export function grantedTo({ customClaims }: UserRecord): string | null {
  const address: unknown = customClaims?.["grantedTo"];
  return typeof address === "string" ? address : null;
}

/** Whether a grant created this account for its current address. Only the Admin SDK writes claims. */
export function isCreatedByGrant(user: UserRecord): boolean {
  return user.email !== undefined && grantedTo(user) === user.email;
}

export function namesOf({ admin, franchisees }: Grants): string {
  return [...franchisees, ...(admin ? ["--admin"] : [])].join(" ");
}

type Grants = Omit<z.infer<typeof claimsSchema>, "franchisees"> & { franchisees: readonly string[] };

const NONE: Grants = { admin: false, franchisees: [] };
const TOO_MANY = "This is enough for about 40 franchisees.";

/** Throws a CliError for an error of Firebase Auth. */
async function withAuthErrors(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const code = String(codeOf(error));
    if (!(error instanceof Error) || !code.startsWith("auth/")) throw error;
    const hint = code === "auth/claims-too-large" ? ` ${TOO_MANY}` : "";
    throw new CliError(`Firebase Auth rejected this: ${error.message}${hint}`);
  }
}

/** For the reasons see docs/decisions/0016-account-access.md. */
async function grant(named: Grants, options: Named & Target & { portal?: URL | undefined }): Promise<void> {
  const auth = authentication();
  const portal = portalOf(options);
  const found = await lookUp(auth, options);
  if (!found && options.email === undefined) throw noSuchUser(options);
  const own = found && isCreatedByGrant(found) ? found : null;
  if (found && !own) requireReplaceable(found, named, options);

  const email = found?.email ?? String(options.email).toLowerCase();
  const before = own ? grantsOf(own) : NONE;
  const after = union(before, named);
  const claims = claimsFor(after, email, found);
  if (JSON.stringify(claims).length > MAX_CLAIMS) {
    throw new CliError(`The claims of an account have at most ${MAX_CLAIMS} characters. ${TOO_MANY}`);
  }
  const user = own ?? (await createAccount(auth, email, found));
  if (isDeepStrictEqual(claims, user.customClaims ?? {})) {
    console.log(`${describe(user)}: nothing to change. ${readable(before)}`);
  } else {
    await setVerified(auth, user, email, claims);
    console.log(`${describe(user)}\n  before: ${readable(before)}\n  now:    ${readable(after)}`);
  }
  if (user.providerData.length === 0) await invite(auth, email, portal);
  else console.log("The change takes effect at the next sign-in, or within an hour.");
}

/** Throws a CliError unless this account can safely be deleted. */
function requireReplaceable(user: UserRecord, named: Grants, options: Target): void {
  const held = grantsOf(user);
  const earlier = grantedTo(user);
  const all = union(held, named);
  const who = describe(user);
  if (user.email === undefined) {
    throw new CliError(`${who} has no email address. Access requires an address: name it with --email.`);
  }
  if (namesOf(held) !== "" && earlier !== null) {
    throw new CliError(
      `${who} was granted access as ${earlier}, but its address has changed. Revoke that access first: ` +
        `npm run ops -- access revoke ${namesOf(held)} --uid ${user.uid} ${targetOf(options)}`,
    );
  }
  if (user.disabled) {
    throw new CliError(`${who} is disabled. Enable or delete it in the Firebase console, then rerun the grant.`);
  }
  if (!isDeepStrictEqual(union(named, held), union(named, NONE))) {
    throw new CliError(
      `${who} was not created by this command, so someone else may be able to sign in to it. To replace it, grant all its access: ` +
        `npm run ops -- access grant ${namesOf(all)} --uid ${user.uid} ${targetOf(options)}`,
    );
  }
}

/** Creates an account that only the owner of the mailbox can sign in to. Deletes the old one and its sessions. */
async function createAccount(auth: Auth, email: string, old: UserRecord | null): Promise<UserRecord> {
  if (old) {
    await auth.deleteUser(old.uid);
    console.log(
      `The account ${describe(old)} was deleted with its sessions and sign-in methods: ${signInMethods(old)}. ` +
        "Open pages may stay readable for up to an hour.",
    );
  }
  try {
    return await auth.createUser({ email });
  } catch (error) {
    if (codeOf(error) !== "auth/email-already-exists") throw error;
    throw new CliError(
      `Someone signed up with ${email} in the meantime. Nothing was granted. ` +
        "Disable sign-up (docs/deployment.md), then rerun the grant.",
    );
  }
}

/** Sets the claims. Removes them and throws a CliError if the account then no longer has this address. */
async function setVerified(auth: Auth, { uid, ...user }: UserRecord, email: string, claims: object): Promise<void> {
  if (user.email === email) {
    await auth.setCustomUserClaims(uid, claims);
    const after = await auth.getUser(uid);
    if (after.email === email && isDeepStrictEqual(after.customClaims, claims)) return;
    if (after.email === email) {
      throw new CliError(
        `Another command changed the access of ${describe(after)} at the same time: ${readable(grantsOf(after))}. Rerun the grant.`,
      );
    }
    await auth.setCustomUserClaims(uid, null);
  }
  throw new CliError(
    `The address ${email} of the account was changed during the grant. The account has no access; rerun the grant.`,
  );
}

async function invite(auth: Auth, email: string, portal: URL): Promise<void> {
  const howToSignIn = `The user can sign in at ${portal.origin} with this address, by email link or Google if these are enabled.`;
  try {
    const link = await auth.generatePasswordResetLink(email, { url: portal.href });
    console.log(
      `Send this link to ${email} only: the person who opens it sets the password. It works once and expires; ` +
        `rerun the command for a new link.\n  ${link}\n${howToSignIn}`,
    );
  } catch (error) {
    if (codeOf(error) !== "auth/operation-not-allowed") throw error;
    console.log(howToSignIn);
  }
}

async function revoke(named: Grants, options: Named): Promise<void> {
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
  // Even without a change: an earlier run may have stopped halfway.
  await auth.revokeRefreshTokens(user.uid);
  if (!isChange) {
    console.log(`${describe(user)}: nothing to change. ${readable(before)}`);
    return;
  }
  console.log(`${describe(user)}\n  before: ${readable(before)}\n  now:    ${readable(after)}`);
  console.log("API access ends immediately. Open pages may stay readable for up to an hour.");
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

/** Keeps other claims. */
function claimsFor({ admin, franchisees }: Grants, address: string | null, user: UserRecord | null): object {
  const { admin: _admin, franchisees: _franchisees, grantedTo: _grantedTo, ...others } = user?.customClaims ?? {};
  return {
    ...others,
    ...(address !== null && (admin || franchisees.length > 0) && { grantedTo: address }),
    ...(admin && { admin: true }),
    ...(franchisees.length > 0 && { franchisees: [...franchisees] }),
  };
}

async function show(accounts: readonly string[], named: Named, isJson: boolean): Promise<void> {
  const shown: object[] = [];
  const showOne = (user: UserRecord): void => {
    const { uid, email = null, disabled } = user;
    const warning = warningFor(user);
    shown.push({ uid, email, disabled, ...grantsOf(user), warning });
    if (!isJson) console.log(`${describe(user)}: ${readable(grantsOf(user))}${warning === null ? "" : `; ${warning}`}`);
  };
  if (named.email !== undefined || named.uid !== undefined) {
    showOne(await findUser(authentication(), named));
  } else {
    for await (const user of allUsers()) {
      const { admin, franchisees } = grantsOf(user);
      const isSelected = accounts.length === 0 || accounts.some((one) => franchisees.includes(one));
      if (admin || (isSelected && franchisees.length > 0)) showOne(user);
    }
  }
  if (isJson) printJson(shown);
  else if (shown.length === 0) console.log("No users.");
}

/** The user named by the options; null if there is none. */
async function lookUp(auth: Auth, { email, uid }: Named): Promise<UserRecord | null> {
  if ((email === undefined) === (uid === undefined)) throw new CliError("Name the user: --email ADDRESS or --uid ID.");
  try {
    return await (email === undefined ? auth.getUser(String(uid)) : auth.getUserByEmail(email));
  } catch (error) {
    if (codeOf(error) === "auth/user-not-found") return null;
    throw error;
  }
}

async function findUser(auth: Auth, options: Named): Promise<UserRecord> {
  const user = await lookUp(auth, options);
  if (!user) throw noSuchUser(options);
  return user;
}

function noSuchUser({ email, uid }: Named): CliError {
  return new CliError(`The user ${String(email ?? uid)} does not exist.`);
}

function describe({ email, uid, disabled }: UserRecord): string {
  return `${printable(email ?? "no email")} (${printable(uid)}${disabled ? ", disabled" : ""})`;
}

function signInMethods({ providerData, multiFactor }: UserRecord): string {
  const factors = (multiFactor?.enrolledFactors ?? []).map(({ factorId }) => `second factor ${factorId}`);
  return [...providerData.map(({ providerId }) => providerId), ...factors].join(", ") || "none known";
}

function readable({ admin, franchisees }: Grants): string {
  if (admin) return "admin: access to all franchisees";
  return franchisees.length === 0 ? "no access" : `access to ${printable(franchisees.join(", "))}`;
}

/** A warning about an access that no grant justifies; null if there is none. */
function warningFor(user: UserRecord): string | null {
  if (namesOf(grantsOf(user)) === "" || isCreatedByGrant(user)) return null;
  const earlier = grantedTo(user);
  return earlier === null
    ? "the account was not created by this command"
    : `granted as ${printable(earlier)}, so this address has no access`;
}
