import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FUNCTIONS, ROOT } from "../../tools/cli/paths.ts";
import { authentication } from "../../src/store/authentication.ts";
import { newFranchisee } from "../support/api.ts";
import { type CommandOutcome, runOperator } from "../support/operate.ts";

// cspell:ignore acces emial

/** Runs `npm run ops -- access` with these arguments. */
const access = (...args: string[]): Promise<CommandOutcome> => runOperator(["access", ...args]);

/** Grants access to an address, and so creates its account. */
async function newUser(...named: string[]): Promise<{ uid: string; email: string }> {
  const email = `${randomBytes(8).toString("hex")}@example.com`;
  expect((await access("grant", ...named, "--email", email, "--local")).code).toBe(0);
  const { uid } = await authentication().getUserByEmail(email);
  return { uid, email };
}

const claimsOf = async (uid: string) => (await authentication().getUser(uid)).customClaims;

test("grants and revokes franchisees, lists the changes, and keeps other claims", async () => {
  const [first, second] = [newFranchisee(), newFranchisee()];
  const { uid, email } = await newUser(first);
  expect(await claimsOf(uid)).toEqual({ franchisees: [first], grantedTo: email });
  await authentication().setCustomUserClaims(uid, { ...(await claimsOf(uid)), theme: "dark" });

  const granted = await access("grant", first, second, "--email", email.toUpperCase(), "--local");
  expect(granted.code).toBe(0);
  expect(granted.output).toContain(`before: access to ${first}\n`);
  expect(granted.output).toContain(`now:    access to ${first}, ${second}`);
  expect(await claimsOf(uid)).toEqual({ theme: "dark", franchisees: [first, second], grantedTo: email });

  expect((await access("grant", first, "--uid", uid, "--local")).output).toContain("nothing to change");

  const revoked = await access("revoke", first, "--uid", uid, "--local");
  expect(revoked.output).toContain(`now:    access to ${second}`);
  expect(await claimsOf(uid)).toEqual({ theme: "dark", franchisees: [second], grantedTo: email });
  await access("revoke", second, "--uid", uid, "--local");
  expect(await claimsOf(uid)).toEqual({ theme: "dark" });
});

test("revoking ends sessions even if no claim was left, and clears malformed claims", async () => {
  const { uid } = await newUser("acct_1");
  await authentication().setCustomUserClaims(uid, { franchisees: { acct_1: true } });
  await access("revoke", "acct_1", "--uid", uid, "--local");
  expect(await claimsOf(uid)).toEqual({});
  const before = (await authentication().getUser(uid)).tokensValidAfterTime;
  await sleep(1_100);
  expect((await access("revoke", "acct_1", "--uid", uid, "--local")).output).toContain("nothing to change");
  expect((await authentication().getUser(uid)).tokensValidAfterTime).not.toBe(before);
});

test("grants and revokes head office", async () => {
  const { uid, email } = await newUser("--admin");
  expect(await claimsOf(uid)).toEqual({ admin: true, grantedTo: email });
  expect((await access("show", "--email", email, "--local")).output).toBe(
    `${email} (${uid}): admin: access to all franchisees`,
  );
  await access("revoke", "--admin", "--email", email, "--local");
  expect(await claimsOf(uid)).toEqual({});
});

test("shows who may read a franchisee", async () => {
  const [mine, theirs] = [newFranchisee(), newFranchisee()];
  const [owner, other] = [await newUser(mine), await newUser(theirs)];
  const { output } = await access("show", mine, "--local");
  expect(output).toContain(`${owner.email} (${owner.uid}): access to ${mine}`);
  expect(output).not.toContain(other.email);
});

test("a grant after a complete revocation creates a new account", async () => {
  const account = newFranchisee();
  const { uid, email } = await newUser(account);
  await access("revoke", account, "--uid", uid, "--local");
  const { output } = await access("grant", account, "--email", email, "--local");
  expect(output).toContain(`The account ${email} (${uid}) was deleted`);
  expect((await authentication().getUserByEmail(email)).uid).not.toBe(uid);
});

test.each<[string, string[], string]>([
  ["no project", ["show"], "Name the project: --local, or --project ID."],
  ["two projects", ["show", "--local", "--project", "x"], "Name the project"],
  [
    "no connected account",
    ["grant", "pi_1", "--uid", "u", "--local"],
    "Value 'pi_1' is invalid for argument 'acct_…'. Expected a connected account (acct_…).",
  ],
  ["nothing to grant", ["grant", "--uid", "u", "--local"], "Name what to grant: acct_… or --admin."],
  ["no user", ["grant", "acct_1", "--local"], "Name the user: --email ADDRESS or --uid ID."],
  ["two users", ["grant", "acct_1", "--uid", "u", "--email", "e@example.com", "--local"], "Name the user"],
  ["an unknown user", ["grant", "acct_1", "--uid", "no-such-user", "--local"], "The user no-such-user does not exist."],
  ["an unknown user to revoke from", ["revoke", "acct_1", "--email", "no-such@example.com", "--local"], "The user"],
  [
    "an invalid portal address",
    ["grant", "acct_1", "--uid", "u", "--portal", "x", "--local"],
    "argument 'x' is invalid. Expected an address",
  ],
  ["an invalid email address", ["grant", "acct_1", "--email", "nobody", "--local"], "Firebase Auth rejected this: "],
  ["an unknown verb", ["give", "acct_1", "--local"], "Unknown command 'give'"],
  [
    "an unknown option",
    ["show", "--emial", "e@example.com", "--local"],
    "Unknown option '--emial' (Did you mean --email?) See --help.",
  ],
])("reports %s in one line, with exit code 1", async (_what, args, line) => {
  const { code, output } = await access(...args);
  expect(code).toBe(1);
  expect(output).toContain(line);
  expect(output).not.toMatch(/\bat .+:\d+:\d+/);
});

test("a stored id with line breaks and escape sequences is shown on one line", async () => {
  const uid = `u\n0 wrong.\u001b[2J${randomBytes(8).toString("hex")}`;
  const email = `${randomBytes(8).toString("hex")}@example.com`;
  const printed = uid.replace("\n", "\\n").replace("\u001b", "\\u{1b}");
  await authentication().createUser({ uid, email });
  await authentication().setCustomUserClaims(uid, { franchisees: ["acct_2"] });
  for (const [words, code] of [
    [["grant", "acct_1", "--email", email], 1],
    [["show", "--uid", `${uid}0`], 1],
    [["show", "--uid", uid], 0],
    [["revoke", "acct_2", "--uid", uid], 0],
  ] as const) {
    const outcome = await access(...words, "--local");
    expect(outcome.code).toBe(code);
    expect(outcome.output).toContain(printed);
    expect(outcome.output.split("\n").filter((line) => line.startsWith("0 wrong"))).toEqual([]);
    expect(outcome.output).not.toContain("\u001b");
  }
});

test("the program prints its usage, and an error as one line with exit code 1", () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", join(FUNCTIONS, "ops/main.ts"), ...args], {
      cwd: ROOT,
      encoding: "utf8",
    });
  expect(run("access", "--help").stdout).toContain("npm run ops -- access [options] [command]");
  const { status, stderr } = run("acces");
  expect([status, stderr]).toEqual([1, "\nUnknown command 'acces' (Did you mean access?) See --help.\n"]);
});
