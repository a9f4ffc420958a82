/**
 * Somebody who does not have a mailbox prepares an account with its address; whoever has the mailbox verifies the address; the operator
 * grants. What the stranger prepared must read nothing. The classes are those of "Pre-hijacked accounts" (Sudhodanan and Paverd, USENIX
 * Security 2022): classic-federated merge, unexpired session, trojan identifier, unexpired email change, non-verifying identity provider.
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
  mailed,
  opened,
  reads,
  refreshed,
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

/** What the stranger has before anything is granted, and what they can sign in with at any time. */
interface Prepared {
  session: Tokens;
  waysIn: (() => Promise<Tokens | null>)[];
}

async function withPassword(email: string): Promise<Prepared> {
  return { session: await signUp({ email, password: PASSWORD }), waysIn: [() => byPassword(email, PASSWORD)] };
}

const STRANGERS: [string, (email: string) => Promise<Prepared>][] = [
  ["a password", withPassword],
  ["a password, for the address in capitals", (email) => withPassword(email.toUpperCase())],
  [
    "an anonymous account that got the address later",
    async (email) => {
      const { idToken } = await signUp();
      const session = await signUp({ idToken, email, password: PASSWORD });
      return { session, waysIn: [() => byPassword(email, PASSWORD)] };
    },
  ],
  [
    "a password and a phone number",
    async (email) => {
      const { session, waysIn } = await withPassword(email);
      const phone = newPhone();
      await byPhone(phone, session.idToken);
      return { session, waysIn: [...waysIn, () => byPhone(phone)] };
    },
  ],
  [
    "a password and a Google account of another address",
    async (email) => {
      const { session, waysIn } = await withPassword(email);
      const own = { sub: `stranger-${email}`, email: newEmail(), email_verified: true };
      await byProvider("google.com", own, session.idToken);
      return { session, waysIn: [...waysIn, () => byProvider("google.com", own)] };
    },
  ],
  [
    "an identity of a provider that does not verify addresses",
    async (email) => {
      const identity = { sub: `stranger-${email}`, email, email_verified: false };
      const session = await byProvider("github.com", identity);
      if (!session) throw new Error("The emulator did not sign in.");
      return { session, waysIn: [() => byProvider("github.com", identity)] };
    },
  ],
];

const VICTIMS: [string, (email: string, stranger: Prepared) => Promise<unknown>][] = [
  [
    "opens the verification mail that the stranger had sent",
    async (email, { session }) => expect(await opened(await mailed("VERIFY_EMAIL", email, session))).toBe(200),
  ],
  ["signs in by an email link", async (email) => expect(await byEmailLink(email)).not.toBeNull()],
  ["signs in by Google", async (email) => expect(await byGoogle(email)).not.toBeNull()],
  [
    "resets the password",
    async (email) => expect(await opened(await mailed("PASSWORD_RESET", email), "victim's own")).toBe(200),
  ],
  ["does nothing", () => Promise.resolve()],
];

/** Whatever the stranger still gets anything with: nothing may read. */
async function expectNothing({ session, waysIn }: Prepared): Promise<void> {
  expect(await readsNow(session)).toEqual(NOTHING);
  expect(await readsNow(await refreshed(session.refreshToken))).toEqual(NOTHING);
  for (const signIn of waysIn) expect(await readsNow(await signIn())).toEqual(NOTHING);
}

/** The link that a grant has printed. */
function invitationIn(output: string): URL {
  return new URL(/https?:\S+oobCode=\S+/.exec(output)?.[0] ?? "");
}

async function expectVictimIn(email: string, output: string): Promise<void> {
  expect([200, 303]).toContain(await opened(invitationIn(output), "chosen by the victim"));
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
    "the victim %s: the grant leaves the stranger nothing, and lets the victim in",
    async (_how, verify) => {
      const email = newEmail();
      const stranger = await prepare(email);
      await verify(email, stranger);
      const { code, output } = await access("grant", franchiseeId, "--email", email);
      expect(code).toBe(0);
      await expectNothing(stranger);
      expect(output).toContain("was deleted");
      await expectVictimIn(email, output);
      await expectNothing(stranger);
      // A second franchisee throws nobody out, and is no way round.
      const session = await byPassword(email, "chosen by the victim");
      const again = await access("grant", newFranchisee(), "--email", email);
      expect([again.code, again.output]).toEqual([0, expect.not.stringContaining("deleted")]);
      expect(await readsNow(session && (await refreshed(session.refreshToken)))).toEqual(ALL);
      await expectNothing(stranger);
    },
  );
});

test("the command as it is run: says what it removed, and how the invited person signs in", async () => {
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
  await expectVictimIn(email, stdout);
}, 60_000);

test("a second factor that the stranger enrolled is no way in, and does not lock the victim out", async () => {
  const email = newEmail();
  const stranger = await withPassword(email);
  await opened(await mailed("VERIFY_EMAIL", email, stranger.session));
  const session = await enrollPhone(newPhone(), (await byPassword(email, PASSWORD))?.idToken ?? "");
  // Until then, whoever has the mailbox is asked for the stranger's phone.
  expect(await byEmailLink(email)).toBeNull();
  const { output } = await access("grant", franchiseeId, "--email", email);
  expect(output).toContain("sign-in methods: password, second factor phone.");
  await expectNothing({ ...stranger, session });
  await expectVictimIn(email, output);
});

test("the account is named by its id: no way round either", async () => {
  const email = newEmail();
  const stranger = await withPassword(email);
  const { uid } = await authentication().getUserByEmail(email);
  expect((await access("grant", franchiseeId, "--uid", uid)).code).toBe(0);
  await expectNothing(stranger);
});

test("an invitation that nobody has accepted yet is made anew by the same command", async () => {
  const email = newEmail();
  await access("grant", franchiseeId, "--email", email);
  const { code, output } = await access("grant", franchiseeId, "--email", email);
  expect([code, output]).toEqual([0, expect.stringContaining("nothing to change")]);
  await expectVictimIn(email, output);
});

describe("an account whose address changes", () => {
  test("by a change that the stranger began before the grant reads nothing, and the victim can be invited again", async () => {
    const email = newEmail();
    const { session } = await withPassword(email);
    const theirs = newEmail();
    const link = await mailed("VERIFY_AND_CHANGE_EMAIL", theirs, { idToken: session.idToken, newEmail: theirs });
    await opened(await mailed("VERIFY_EMAIL", email, session));
    await access("grant", franchiseeId, "--email", email);

    await opened(link);
    await opened(await mailed("PASSWORD_RESET", theirs), PASSWORD);
    expect(await readsNow(await byPassword(theirs, PASSWORD))).toEqual(NOTHING);

    const { output } = await access("grant", franchiseeId, "--email", email);
    await expectVictimIn(email, output);
    expect(await readsNow(await byPassword(theirs, PASSWORD))).toEqual(NOTHING);
  });

  test("after the grant reads nothing until it is granted by the new address", async () => {
    const [email, other] = [newEmail(), newEmail()];
    await expectVictimIn(email, (await access("grant", franchiseeId, "--email", email)).output);
    const session = await byPassword(email, "chosen by the victim");
    await changeAccount(session?.idToken ?? "", { email: other });
    expect(await readsNow(await byPassword(other, "chosen by the victim"))).toEqual(NOTHING);

    // A franchisee cannot get somebody else's grant by taking on the address: their own goes first.
    const refused = await access("grant", newFranchisee(), "--email", other);
    const { uid } = await authentication().getUserByEmail(other);
    expect(refused).toEqual({
      code: 1,
      output: `${other} (${uid}) was granted access as ${email}, but its address has changed. Revoke that access first: npm run ops -- access revoke ${franchiseeId} --uid ${uid} --local`,
    });
    await access("revoke", franchiseeId, "--uid", uid);
    await expectVictimIn(other, (await access("grant", franchiseeId, "--email", other)).output);
  });
});

describe("an account that was granted before accounts were created by the command", () => {
  const granted = async (claims: object) => {
    const email = newEmail();
    const stranger = await withPassword(email);
    await opened(await mailed("VERIFY_EMAIL", email, stranger.session));
    const { uid } = await authentication().getUserByEmail(email);
    await authentication().setCustomUserClaims(uid, claims);
    return { email, uid, stranger };
  };

  test("is shown as such, and is made anew by a grant of all that it had", async () => {
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
    await expectVictimIn(email, output);
  });

  test("of head office, likewise", async () => {
    const { email, uid, stranger } = await granted({ admin: true });
    const { code, output } = await access("grant", franchiseeId, "--email", email);
    expect([code, output]).toEqual([1, expect.stringContaining(`grant ${franchiseeId} --admin --uid ${uid} --local`)]);
    await expectVictimIn(email, (await access("grant", "--admin", "--email", email)).output);
    await expectNothing(stranger);
  });
});

describe("what is refused, with nothing changed:", () => {
  test("an account without an address", async () => {
    await byPhone(newPhone());
    const { users } = await authentication().listUsers();
    const { uid } = users.findLast(({ phoneNumber, email }) => phoneNumber && !email) ?? { uid: "" };
    const { code, output } = await access("grant", franchiseeId, "--uid", uid);
    expect([code, output]).toEqual([1, expect.stringContaining("has no email address")]);
    expect((await authentication().getUser(uid)).customClaims).toBeUndefined();
  });

  test("an account that somebody disabled", async () => {
    const email = newEmail();
    await withPassword(email);
    const { uid } = await authentication().getUserByEmail(email);
    await authentication().updateUser(uid, { disabled: true });
    const { code, output } = await access("grant", franchiseeId, "--email", email);
    expect([code, output]).toEqual([1, expect.stringContaining("is disabled")]);
    expect((await authentication().getUser(uid)).disabled).toBe(true);
  });

  test("more than fits into the claims of one user", async () => {
    const email = newEmail();
    await withPassword(email);
    const { uid } = await authentication().getUserByEmail(email);
    const many = Array.from({ length: 60 }, newFranchisee);
    const { code, output } = await access("grant", ...many, "--email", email);
    expect([code, output]).toEqual([1, expect.stringContaining("enough for about 40 franchisees")]);
    expect((await authentication().getUser(uid)).email).toBe(email);
  });
});
