import { figuresOf } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { runOps } from "../../ops/cli.ts";
import { log } from "../../src/log.ts";
import { apply } from "../../src/store/apply.ts";
import { newFranchisee } from "../support/api.ts";
import { database, isolateDatabase, transactionsOf } from "../support/database.ts";
import { type CommandOutcome, runOperator } from "../support/operate.ts";
import { DEFAULTS, observation } from "../support/records.ts";
import { fakeStripes } from "../support/stripe.ts";

isolateDatabase();
const startStripe = fakeStripes();

/** Runs `npm run ops -- sync --local` with these arguments and this Stripe. */
const sync = (base: URL, ...args: string[]): Promise<CommandOutcome> =>
  runOperator(["sync", "--local", ...args], { STRIPE_API_BASE: base.href });

const row = (output: string, scope: string): string[] =>
  output
    .split("\n")
    .find((line) => line.trim().startsWith(`${scope} `))
    ?.trim()
    .split(/\s{2,}/) ?? [];

beforeEach(() => void jest.spyOn(log, "error").mockReturnValue());
afterEach(() => jest.restoreAllMocks());

const now = Math.floor(Date.now() / 1000);

async function newPlatform() {
  const fake = await startStripe();
  const franchiseeId = newFranchisee();
  const pay = (mode: "direct" | "destination", daysAgo: number) => {
    const at = now - daysAgo * 86_400;
    return fake.books.pay({ account: franchiseeId, mode, amount: 1_000, stripeFee: 59, createdAt: at, chargedAt: at });
  };
  const [lost, wrong] = [pay("destination", 3), pay("direct", 2)];
  const { net } = figuresOf(fake.books, wrong);
  const golden = { stripePaymentId: wrong.id, amount_platform_fee: 0, amount_franchisee_net: net + 1 };
  await apply(franchiseeId, observation(golden), { now: new Date(), defaults: DEFAULTS });
  await database().doc("syncState/platform").delete();
  return { fake, franchiseeId, pay, lost, wrong, net };
}

test("shows the numbers of created, matched, mismatched and skipped payments, and every difference", async () => {
  const { fake, franchiseeId, lost, wrong, net } = await newPlatform();
  const { code, output } = await sync(fake.url);
  expect(code).toBe(0);
  expect(row(output, "platform")).toEqual(["platform", "1", "1", "0", "0", "0", "0", "1", "0", "0", "0"]);
  expect(row(output, franchiseeId)).toEqual([franchiseeId, "1", "0", "1", "0", "1", "0", "0", "0", "0", "1"]);
  expect(output).toContain(`${franchiseeId} ${lost.id}: missing in the portal, 1000 cad`);
  expect(output).toContain(
    `${franchiseeId} ${wrong.id}: mismatched; amount_franchisee_net recorded ${net + 1}, Stripe ${net}`,
  );
  expect((await transactionsOf(franchiseeId).doc(lost.id).get()).exists).toBe(true);
});

test("the name, city and owner of a business come from Stripe's account, whichever field has them", async () => {
  const { fake, franchiseeId } = await newPlatform();
  const profile = async () => (await database().doc(`franchisees/${franchiseeId}`).get()).get("profile") as unknown;
  const account = fake.books.platform.account.get(franchiseeId);
  await sync(fake.url);
  expect(await profile()).toBeUndefined();
  Object.assign(account ?? {}, {
    company: { name: " Moon Vancouver Inc. ", address: { city: "Vancouver" } },
    individual: { first_name: "Grace", last_name: "Hopper" },
  });
  await sync(fake.url);
  expect(await profile()).toEqual({ businessName: "Moon Vancouver Inc.", city: "Vancouver", owner: "Grace Hopper" });
  Object.assign(account?.business_profile ?? {}, { name: "Moon Kitsilano", support_address: { city: "Burnaby" } });
  await sync(fake.url, "--account", franchiseeId);
  expect(await profile()).toEqual({ businessName: "Moon Kitsilano", city: "Burnaby", owner: "Grace Hopper" });
});

test("--dry-run shows the same and writes nothing", async () => {
  const { fake, franchiseeId, lost, wrong } = await newPlatform();
  const recorded = () =>
    database().getAll(transactionsOf(franchiseeId).doc(wrong.id), database().doc(`franchisees/${franchiseeId}`));
  const before = await recorded();
  const { output } = await sync(fake.url, "--dry-run");
  expect(output).toContain(`${lost.id}: missing in the portal`);
  expect(output).toContain(`${wrong.id}: mismatched`);
  expect(output).toContain("nothing was written");
  expect((await transactionsOf(franchiseeId).doc(lost.id).get()).exists).toBe(false);
  expect((await recorded()).map(({ updateTime }) => updateTime)).toEqual(before.map(({ updateTime }) => updateTime));
  for (const path of ["syncState/platform", `syncState/${franchiseeId}`]) {
    expect([path, (await database().doc(path).get()).exists]).toEqual([path, false]);
  }
});

test("--account and --since limit the scope, and do not change the state", async () => {
  const { fake, franchiseeId, pay, lost } = await newPlatform();
  const old = pay("destination", 40);
  const since = new Date((now - 10 * 86_400) * 1000).toISOString().slice(0, 10);
  const { output } = await sync(fake.url, "--account", franchiseeId, "--since", since);
  expect(row(output, "platform")[2]).toBe("1");
  expect((await transactionsOf(franchiseeId).doc(lost.id).get()).exists).toBe(true);
  expect((await transactionsOf(franchiseeId).doc(old.id).get()).exists).toBe(false);
  expect((await database().doc("syncState/platform").get()).get("watermark")).toBeNull();

  // Earlier payments are scanned nevertheless.
  await sync(fake.url);
  expect((await transactionsOf(franchiseeId).doc(old.id).get()).exists).toBe(true);
});

test("a scope that another run holds is no success; its scan is resumed and completed", async () => {
  const { fake, franchiseeId, lost } = await newPlatform();
  const pass = { from: 0, to: now - 5 * 86_400, isDeep: false, cursor: null, isDrained: false, movedBehind: 0 };
  const date = (seconds: number) => new Date(seconds * 1000);
  const state = { watermark: null, deepPassAt: null, failed: [], lease: null };
  const reference = database().doc("syncState/platform");
  await reference.set({ ...state, lease: { owner: "task", until: date(now + 200) }, pass: null });
  const busy = await sync(fake.url, "--account", franchiseeId);
  expect([busy.code, row(busy.output, "platform")[1]]).toEqual([1, "busy"]);
  expect(busy.output).toContain("platform: another run holds the lease; it expires in 5 minutes at the latest.");

  await reference.set({ ...state, pass: { ...pass, from: date(pass.from), to: date(pass.to) } });
  const dry = await sync(fake.url, "--dry-run", "--account", franchiseeId);
  expect(row(dry.output, "platform")[1]).toBe("1");
  expect((await sync(fake.url, "--account", franchiseeId)).code).toBe(0);
  expect((await transactionsOf(franchiseeId).doc(lost.id).get()).exists).toBe(true);
});

test("--dry-run makes as many requests to Stripe as the sync itself, except for the balance", async () => {
  const { fake } = await newPlatform();
  await sync(fake.url, "--dry-run");
  const dry = new Map(fake.requests);
  fake.requests.clear();
  await sync(fake.url);
  // A dry run stores no movements that could be compared with the balance.
  expect(Object.fromEntries(fake.requests)).toEqual({
    ...Object.fromEntries(dry),
    "GET /v1/payouts": 1,
    "GET /v1/balance_…": 1,
    "GET /v1/balance": 1,
  });
});

test("a scope that fails is named, and the others continue", async () => {
  const { fake, franchiseeId } = await newPlatform();
  fake.books.deauthorize(franchiseeId);
  const { code, output } = await sync(fake.url);
  expect(code).toBe(1);
  expect(row(output, "platform")[2]).toBe("1");
  expect(row(output, franchiseeId)[1]).toBe("failed");
  expect(output).toContain(`${franchiseeId}: The platform cannot read this account at Stripe`);
});

test.each<[string, string[], string]>([
  [
    "an invalid account",
    ["--account", "franchisee-1"],
    "argument 'franchisee-1' is invalid. Expected a connected account (acct_…).",
  ],
  [
    "an invalid date",
    ["--since", "yesterday"],
    "argument 'yesterday' is invalid. Expected a date between 2010 and now, such as 2025-11-01.",
  ],
  ["an invalid day", ["--since", "2025-13-01"], "argument '2025-13-01' is invalid. Expected a date"],
  [
    "a day in the future",
    ["--since", "2190-01-01"],
    "argument '2190-01-01' is invalid. Expected a date between 2010 and now",
  ],
  [
    "a day before Stripe existed",
    ["--since", "0001-01-01"],
    "argument '0001-01-01' is invalid. Expected a date between 2010 and now",
  ],
  ["unknown arguments", ["now"], "Too many arguments for 'sync'."],
  ["an unknown option", ["--all"], "Unknown option '--all'"],
])("reports %s", async (_what, args, message) => {
  const { code, output } = await sync(new URL("http://127.0.0.1:9"), ...args);
  expect([code, output.includes(message)]).toEqual([1, true]);
});

test("refuses an unknown account, which would fail each later run", async () => {
  const { fake } = await newPlatform();
  const { code, output } = await sync(fake.url, "--account", "acct_typo");
  expect([code, output]).toEqual([1, "acct_typo is unknown to Stripe and to the ledger."]);
  expect((await database().doc("franchisees/acct_typo").get()).exists).toBe(false);
});

test("reports a missing key", async () => {
  const print = runOps(["sync", "--local"], { STRIPE_TEST_API_KEY: "none" });
  await expect(print).rejects.toThrow("STRIPE_TEST_API_KEY holds no Stripe API key (sk_test_… or rk_test_…).");
});
