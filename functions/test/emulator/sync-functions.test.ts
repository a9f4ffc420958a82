import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { syncAccount, syncStripe } from "../../src/index.ts";
import { log } from "../../src/log.ts";
import { newFranchisee } from "../support/api.ts";
import { database, isolateDatabase, transactionsOf } from "../support/database.ts";
import { fakeStripes } from "../support/stripe.ts";

isolateDatabase();
const startStripe = fakeStripes();

// The functions themselves; test/local-environment runs them with the emulators' scheduler and queue.

const before = { ...process.env };
let fake: FakeStripe;

beforeEach(async () => {
  fake = await startStripe();
  Object.assign(process.env, {
    STRIPE_MODE: "test",
    DEFAULT_CURRENCY: "cad",
    STRIPE_TEST_API_KEY: "sk_test_local",
    STRIPE_API_BASE: fake.url.href,
  });
});
afterEach(() => {
  process.env = { ...before };
  jest.restoreAllMocks();
});

/** A task of the queue with this data. */
const runTask = async (data: object): Promise<void> =>
  syncAccount.run({
    data,
    queueName: "syncAccount",
    id: "task-1",
    retryCount: 0,
    executionCount: 0,
    scheduledTime: "2026-11-23T07:07:00Z",
    headers: {},
  });

test("a task syncs its scope", async () => {
  const account = newFranchisee();
  const { id } = fake.books.pay({
    account,
    mode: "direct",
    amount: 1_000,
    chargedAt: Math.floor(Date.now() / 1000) - 90,
  });
  await runTask({ scope: account });
  expect((await transactionsOf(account).doc(id).get()).get("source")).toBe("stripe");
});

test.each([{ scope: "everything" }, { scope: "acct_1/../platform" }, {}])(
  "a task without a scope is refused: %j",
  async (data) => {
    await expect(runTask(data)).rejects.toThrow("scope");
    expect(fake.requests.size).toBe(0);
  },
);

test.each<[string, NodeJS.ProcessEnv, string]>([
  ["no key", { STRIPE_TEST_API_KEY: "none" }, "STRIPE_TEST_API_KEY holds no Stripe API key (sk_test_… or rk_test_…)."],
  [
    "a key of the other mode",
    { STRIPE_MODE: "live", STRIPE_API_KEY: "sk_test_local" },
    "STRIPE_API_KEY holds a key of the test mode, and STRIPE_MODE is live.",
  ],
])(
  "with %s the schedule fails at once, requests nothing, and reports it in the log and to the franchisees",
  async (_what, settings, message) => {
    Object.assign(process.env, settings);
    const account = newFranchisee();
    await transactionsOf(account).doc("pi_1").set({});
    const error = jest.spyOn(log, "error").mockReturnValue();
    await expect(syncStripe.run({ scheduleTime: "2026-11-23T07:07:00Z" })).rejects.toThrow(message);
    expect(error.mock.calls).toMatchObject([["stripe sync could not be scheduled", new Error(message), {}]]);
    expect(fake.requests.size).toBe(0);
    expect((await database().doc(`franchisees/${account}`).get()).get("sync.platform.error.message")).toBe(
      "The sync has no key for Stripe that fits the deployment.",
    );
    await expect(runTask({ scope: "platform" })).rejects.toThrow(message);
  },
);
