/**
 * A stranger prepares an account with another person's address; that person, the victim, verifies the address; the
 * operator grants access. What the stranger prepared must have no access. The classes are those of "Pre-hijacked
 * accounts" (Sudhodanan and Paverd, USENIX Security 2022): classic-federated merge, unexpired session, trojan
 * identifier, unexpired email change, non-verifying identity provider.
 */
import { execFile } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { promisify } from "node:util";
import { ROOT } from "../../tools/cli/paths.ts";
import { authentication } from "../../src/store/authentication.ts";
import { newFranchisee, newPayment, postRecord } from "../support/api.ts";
import { type CommandOutcome, runOperator } from "../support/operate.ts";
import { goldenRecord } from "../support/records.ts";
import {
  byEmailLink,
  byGoogle,
  byPassword,
  byPhone,
  byProvider,
  changeAccount,
  enrollPhone,
  requestEmailLink,
  openLink,
  reads,
  refreshTokens,
  signUp,
  type Tokens,
} from "../support/sign-in.ts";

const franchiseeId = newFranchisee();
const paymentId = newPayment();
beforeAll(async () => {
  expect((await postRecord(franchiseeId, { ...goldenRecord(), stripePaymentId: paymentId })).status).toBe(200);
});

const ALL = { api: true, rules: true };
const NOTHING = { api: false, rules: false };
const readsNow = (tokens: Tokens | null) => reads(franchiseeId, paymentId, tokens);
const access = (...args: string[]): Promise<CommandOutcome> => runOperator(["access", ...args, "--local"]);
const newEmail = (): string => `${randomBytes(8).toString("hex")}@example.com`;
const newPhone = (): string => `+1604${randomInt(1_000_000, 10_000_000)}`;

const PASSWORD = "the stranger's password";

/** The stranger's session before the grant, and ways to sign in at any time. */
interface Prepared {
  session: Tokens;
  signIns: (() => Promise<Tokens | null>)[];
}

async function withPassword(email: string): Promise<Prepared> {
  return { session: await signUp({ email, password: PASSWORD }), signIns: [() => byPassword(email, PASSWORD)] };
}

const STRANGERS: [string, (email: string) => Promise<Prepared>][] = [
  ["a password", withPassword],
  ["a password, with the address in capitals", (email) => withPassword(email.toUpperCase())],
  [
    "an anonymous account that took the address later",
    async (email) => {
      const { idToken } = await signUp();
      const session = await signUp({ idToken, email, password: PASSWORD });
      return { session, signIns: [() => byPassword(email, PASSWORD)] };
    },
  ],
  [
    "a password and a phone number",
    async (email) => {
      const { session, signIns } = await withPassword(email);
      const phone = newPhone();
      await byPhone(phone, session.idToken);
      return { session, signIns: [...signIns, () => byPhone(phone)] };
    },
  ],
  [
    "a password and a Google account with another address",
    async (email) => {
      const { session, signIns } = await withPassword(email);
      const own = { sub: `stranger-${email}`, email: newEmail(), email_verified: true };
      await byProvider("google.com", own, session.idToken);
      return { session, signIns: [...signIns, () => byProvider("google.com", own)] };
    },
  ],
  [
    "an identity of a provider that does not verify addresses",
    async (email) => {
      const identity = { sub: `stranger-${email}`, email, email_verified: false };
      const session = await byProvider("github.com", identity);
      if (!session) throw new Error("The emulator did not sign in.");
      return { session, signIns: [() => byProvider("github.com", identity)] };
    },
  ],
];

const VICTIMS: [string, (email: string, stranger: Prepared) => Promise<unknown>][] = [
  [
    "opens the verification email that the stranger requested",
    async (email, { session }) =>
      expect(await openLink(await requestEmailLink("VERIFY_EMAIL", email, session))).toBe(200),
  ],
  ["signs in by an email link", async (email) => expect(await byEmailLink(email)).not.toBeNull()],
  ["signs in by Google", async (email) => expect(await byGoogle(email)).not.toBeNull()],
  [
    "resets the password",
    async (email) => expect(await openLink(await requestEmailLink("PASSWORD_RESET", email), "victim's own")).toBe(200),
  ],
  ["does nothing", () => Promise.resolve()],
];

/** Fails if the stranger has any access. */
async function expectNothing({ session, signIns }: Prepared): Promise<void> {
  expect(await readsNow(session)).toEqual(NOTHING);
  expect(await readsNow(await refreshTokens(session.refreshToken))).toEqual(NOTHING);
  for (const signIn of signIns) expect(await readsNow(await signIn())).toEqual(NOTHING);
}

/** The link printed by a grant. */
function invitationIn(output: string): URL {
  return new URL(/https?:\S+oobCode=\S+/.exec(output)?.[0] ?? "");
}

async function expectVictimHasAccess(email: string, output: string): Promise<void> {
  expect([200, 303]).toContain(await openLink(invitationIn(output), "chosen by the victim"));
  for (const tokens of [
    await byPassword(email, "chosen by the victim"),
    await byEmailLink(email),
    await byGoogle(email),
  ]) {
    expect(await readsNow(tokens)).toEqual(ALL);
  }
}

describe.each(STRANGERS)("a stranger has %s;", (_what, prepare) => {
  test.each(VICTIMS)(
    "the victim %s: the grant gives access to the victim, and none to the stranger",
    async (_how, verify) => {
      const email = newEmail();
      const stranger = await prepare(email);
      await verify(email, stranger);
      const { code, output } = await access("grant", franchiseeId, "--email", email);
      expect(code).toBe(0);
      await expectNothing(stranger);
      expect(output).toContain("was deleted");
      await expectVictimHasAccess(email, output);
      await expectNothing(stranger);
      // Granting a second franchisee keeps the account, and does not bypass the check.
      const session = await byPassword(email, "chosen by the victim");
      const again = await access("grant", newFranchisee(), "--email", email);
      expect([again.code, again.output]).toEqual([0, expect.not.stringContaining("deleted")]);
      expect(await readsNow(session && (await refreshTokens(session.refreshToken)))).toEqual(ALL);
      await expectNothing(stranger);
    },
  );
});

test("the command prints what it removed, and how the invited person signs in", async () => {
  const email = newEmail();
  const stranger = await withPassword(email);
  await byPhone(newPhone(), stranger.session.idToken);
  const { uid } = await authentication().getUserByEmail(email);
  const words = ["run", "--silent", "ops", "--", "access", "grant", franchiseeId, "--email", email, "--local"];
  const { stdout, stderr } = await promisify(execFile)("npm", words, { cwd: ROOT });
  expect(stderr).toBe("");
  expect(stdout).toContain(`${email} (${uid}) was deleted with its sessions and sign-in methods: password, phone`);
  expect(stdout).toContain(`now:    access to ${franchiseeId}`);
  await expectNothing(stranger);
  await expectVictimHasAccess(email, stdout);
}, 60_000);

test("a second factor that the stranger enrolled gives no access, and does not lock out the victim", async () => {
  const email = newEmail();
  const stranger = await withPassword(email);
  await openLink(await requestEmailLink("VERIFY_EMAIL", email, stranger.session));
  const session = await enrollPhone(newPhone(), (await byPassword(email, PASSWORD))?.idToken ?? "");
  // Until then, the victim is asked for the stranger's phone.
  expect(await byEmailLink(email)).toBeNull();
  const { output } = await access("grant", franchiseeId, "--email", email);
  expect(output).toContain("sign-in methods: password, second factor phone.");
  await expectNothing({ ...stranger, session });
  await expectVictimHasAccess(email, output);
});

test("a grant by user id does not bypass the check either", async () => {
  const email = newEmail();
  const stranger = await withPassword(email);
  const { uid } = await authentication().getUserByEmail(email);
  expect((await access("grant", franchiseeId, "--uid", uid)).code).toBe(0);
  await expectNothing(stranger);
});

test("the same command renews an invitation that was not accepted", async () => {
  const email = newEmail();
  await access("grant", franchiseeId, "--email", email);
  const { code, output } = await access("grant", franchiseeId, "--email", email);
  expect([code, output]).toEqual([0, expect.stringContaining("nothing to change")]);
  await expectVictimHasAccess(email, output);
});

describe("an account whose address changes", () => {
  test("at the request of a stranger before the grant has no access, and the victim can be invited again", async () => {
    const email = newEmail();
    const { session } = await withPassword(email);
    const theirs = newEmail();
    const link = await requestEmailLink("VERIFY_AND_CHANGE_EMAIL", theirs, {
      idToken: session.idToken,
      newEmail: theirs,
    });
    await openLink(await requestEmailLink("VERIFY_EMAIL", email, session));
    await access("grant", franchiseeId, "--email", email);

    await openLink(link);
    await openLink(await requestEmailLink("PASSWORD_RESET", theirs), PASSWORD);
    expect(await readsNow(await byPassword(theirs, PASSWORD))).toEqual(NOTHING);

    const { output } = await access("grant", franchiseeId, "--email", email);
    await expectVictimHasAccess(email, output);
    expect(await readsNow(await byPassword(theirs, PASSWORD))).toEqual(NOTHING);
  });

  test("after the grant has no access until it is granted by the new address", async () => {
    const [email, other] = [newEmail(), newEmail()];
    await expectVictimHasAccess(email, (await access("grant", franchiseeId, "--email", email)).output);
    const session = await byPassword(email, "chosen by the victim");
    await changeAccount(session?.idToken ?? "", { email: other });
    expect(await readsNow(await byPassword(other, "chosen by the victim"))).toEqual(NOTHING);

    // A franchisee cannot take another's grant with the address: they lose their own first.
    const refused = await access("grant", newFranchisee(), "--email", other);
    const { uid } = await authentication().getUserByEmail(other);
    expect(refused).toEqual({
      code: 1,
      output: `${other} (${uid}) was granted access as ${email}, but its address has changed. Revoke that access first: npm run ops -- access revoke ${franchiseeId} --uid ${uid} --local`,
    });
    await access("revoke", franchiseeId, "--uid", uid);
    await expectVictimHasAccess(other, (await access("grant", franchiseeId, "--email", other)).output);
  });
});

describe("an account that was granted before the command created accounts", () => {
  const granted = async (claims: object) => {
    const email = newEmail();
    const stranger = await withPassword(email);
    await openLink(await requestEmailLink("VERIFY_EMAIL", email, stranger.session));
    const { uid } = await authentication().getUserByEmail(email);
    await authentication().setCustomUserClaims(uid, claims);
    return { email, uid, stranger };
  };

  test("is shown as such, and replaced by a grant of the same access", async () => {
    const { email, uid, stranger } = await granted({ franchisees: [franchiseeId] });
    const session = await byPassword(email, PASSWORD);
    expect(await readsNow(session)).toEqual(ALL);
    expect((await access("show", "--email", email)).output).toBe(
      `${email} (${uid}): access to ${franchiseeId}; the account was not created by this command`,
    );

    const another = newFranchisee();
    const refused = await access("grant", another, "--email", email);
    expect([refused.code, refused.output]).toEqual([
      1,
      expect.stringContaining(`npm run ops -- access grant ${franchiseeId} ${another} --uid ${uid} --local`),
    ]);
    expect(await readsNow(session)).toEqual(ALL);

    const { output } = await access("grant", franchiseeId, another, "--uid", uid);
    await expectNothing(stranger);
    expect((await readsNow(session)).api).toBe(false);
    await expectVictimHasAccess(email, output);
  });

  test("is replaced by a grant of head office as well", async () => {
    const { email, uid, stranger } = await granted({ admin: true });
    const { code, output } = await access("grant", franchiseeId, "--email", email);
    expect([code, output]).toEqual([1, expect.stringContaining(`grant ${franchiseeId} --admin --uid ${uid} --local`)]);
    await expectVictimHasAccess(email, (await access("grant", "--admin", "--email", email)).output);
    await expectNothing(stranger);
  });
});

describe("a grant is refused, without changes, for", () => {
  test("an account without an address", async () => {
    await byPhone(newPhone());
    const { users } = await authentication().listUsers();
    const { uid } = users.findLast(({ phoneNumber, email }) => phoneNumber && !email) ?? { uid: "" };
    const { code, output } = await access("grant", franchiseeId, "--uid", uid);
    expect([code, output]).toEqual([1, expect.stringContaining("has no email address")]);
    expect((await authentication().getUser(uid)).customClaims).toBeUndefined();
  });

  test("a disabled account", async () => {
    const email = newEmail();
    await withPassword(email);
    const { uid } = await authentication().getUserByEmail(email);
    await authentication().updateUser(uid, { disabled: true });
    const { code, output } = await access("grant", franchiseeId, "--email", email);
    expect([code, output]).toEqual([1, expect.stringContaining("is disabled")]);
    expect((await authentication().getUser(uid)).disabled).toBe(true);
  });

  test("more franchisees than fit into the claims of one user", async () => {
    const email = newEmail();
    await withPassword(email);
    const { uid } = await authentication().getUserByEmail(email);
    const many = Array.from({ length: 60 }, newFranchisee);
    const { code, output } = await access("grant", ...many, "--email", email);
    expect([code, output]).toEqual([1, expect.stringContaining("enough for about 40 franchisees")]);
    expect((await authentication().getUser(uid)).email).toBe(email);
  });
});
