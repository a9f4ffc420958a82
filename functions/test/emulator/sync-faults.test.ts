import "../support/own-database.ts";
import type { FakeStripe, Fault } from "../../dev/fake-stripe/server.ts";
import { log } from "../../src/log.ts";
import { LEASE_MS, readSyncState } from "../../src/store/sync-state.ts";
import { newFranchisee } from "../support/api.ts";
import { database, transactionsOf } from "../support/database.ts";
import { connectTo, ownStripe, runSync } from "../support/stripe.ts";

const HOUR = 3_600;
const now = Math.floor(Date.now() / 1000);

let fake: FakeStripe;
let franchiseeId: string;
let ids: string[];

/** Seven payments, which are four pages. */
beforeEach(async () => {
  fake = await ownStripe();
  franchiseeId = newFranchisee();
  ids = Array.from({ length: 7 }, (_none, index) => {
    const at = now - HOUR - index * 60;
    return fake.books.pay({ account: franchiseeId, mode: "direct", amount: 1_000, createdAt: at, chargedAt: at }).id;
  });
  jest.spyOn(log, "error").mockReturnValue();
});
afterEach(() => jest.restoreAllMocks());

const sync = (options: Parameters<typeof runSync>[2] = {}, fast = {}) =>
  runSync(franchiseeId, connectTo(fake, fast), { pageSize: 2, ...options });
const recorded = async () => (await transactionsOf(franchiseeId).select().get()).docs.map(({ id }) => id).toSorted();
const state = async () => (await database.doc(`syncState/${franchiseeId}`).get()).data();
const told = async (): Promise<unknown> =>
  (await database.doc(`franchisees/${franchiseeId}`).get()).get("sync.account.error.message");

test.each<[string, Fault[]]>([
  ["429s", [{ path: "/v1/charges", after: 1, times: 4, kind: { status: 429 } }]],
  [
    "429s that say to try again",
    [{ after: 2, times: 2, kind: { status: 429, headers: { "stripe-should-retry": "true" } } }],
  ],
  ["500s", [{ path: "/v1/charges", after: 2, times: 2, kind: { status: 500 } }]],
  [
    "dropped sockets",
    [
      { path: "/v1/charges", after: 1, kind: "drop" },
      { after: 1, kind: "drop" },
    ],
  ],
  ["a slow page", [{ path: "/v1/charges", after: 1, kind: "delay", delayMs: 400 }]],
])("%s on the way: the run ends right", async (_what, faults) => {
  faults.forEach(fake.inject);
  expect(await sync()).toMatchObject({ outcome: "done", created: 7 });
  expect(await recorded()).toEqual(ids.toSorted());
});

test.each<[string, Fault, string]>([
  [
    "429s",
    { path: "/v1/charges", after: 2, times: 7, kind: { status: 429 } },
    "Stripe was too busy for us 7 times in a row.",
  ],
  [
    "500s",
    { path: "/v1/charges", after: 2, times: 3, kind: { status: 500 } },
    "Stripe answers with an error of its own (500).",
  ],
])(
  "%s for too long: the run fails, says so, and the next one goes on where it stopped",
  async (_what, fault, message) => {
    fake.inject(fault);
    await expect(sync()).rejects.toThrow(message);
    expect(await told()).toBe(message);
    expect(await state()).toMatchObject({ watermark: null, lease: null, pass: { isDrained: false } });
    expect(await recorded()).toHaveLength(4);

    expect(await sync()).toMatchObject({ outcome: "done", created: 3, pages: 2 });
    expect(await recorded()).toEqual(ids.toSorted());
    expect(await told()).toBeUndefined();
  },
);

test("a page cursor that Stripe no longer has: the walk is begun again", async () => {
  fake.inject({ path: "/v1/charges", after: 1, times: 3, kind: { status: 500 } });
  await expect(sync()).rejects.toThrow("Stripe answers");
  const cursor = (await readSyncState(franchiseeId)).pass?.cursor ?? "";
  const books = fake.books.connect(franchiseeId);
  expect(books.charge.get(cursor)).toBeDefined();
  books.charge.delete(cursor);
  expect(await sync()).toMatchObject({ outcome: "done", created: 5 });
  expect(await recorded()).toEqual(ids.toSorted());
});

test("two runs at once: one works, the other leaves", async () => {
  const reports = await Promise.all(["a", "b", "c"].map((owner) => sync({ owner })));
  expect(reports.map(({ outcome }) => outcome).toSorted()).toEqual(["busy", "busy", "done"]);
  expect(await recorded()).toEqual(ids.toSorted());
});

test("a run that is slower than its lease gives way to the next one", async () => {
  const { promise: until, resolve: goOn } = Promise.withResolvers<void>();
  fake.inject({ path: "/v1/charges", after: 1, kind: { until } });
  const slow = sync({ owner: "slow" });
  const outcome = slow.then(String, String);
  while ((await recorded()).length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await sync({ owner: "early" })).toMatchObject({ outcome: "busy" });
  const later = () => new Date(Date.now() + LEASE_MS + 1_000);
  expect(await sync({ owner: "next", now: later })).toMatchObject({ outcome: "done", created: 5 });
  goOn();
  expect(await outcome).toBe(`LeaseLost: Another run has taken over the sync of ${franchiseeId}.`);
  expect(await recorded()).toEqual(ids.toSorted());
  expect(await state()).toMatchObject({ lease: null, pass: null });
});

test("a run that has no time left stops, and goes on later", async () => {
  for (let page = 0; page < 4; page += 1) await expect(sync({ timeLimitMs: 0 })).rejects.toThrow("it goes on later");
  expect(await recorded()).toEqual(ids.toSorted());
  expect(await sync()).toMatchObject({ outcome: "done", pages: 0 });
});

test("a closed account fails with a clear error, and the others go on", async () => {
  fake.books.deauthorize(franchiseeId);
  const message =
    "Stripe no longer lets the platform read this account: it was closed, or has withdrawn its authorisation.";
  await expect(sync()).rejects.toThrow(message);
  expect(await told()).toBe(message);
  const other = newFranchisee();
  const at = now - HOUR;
  fake.books.pay({ account: other, mode: "direct", amount: 1_000, createdAt: at, chargedAt: at });
  expect(await runSync(other, connectTo(fake))).toMatchObject({ outcome: "done", created: 1 });
});

test("a document that cannot be read stands in nobody's way, and the run does not end well", async () => {
  const [id = ""] = ids;
  const broken = transactionsOf(franchiseeId).doc(id);
  await broken.set({ revision: 0, amount_total: "a lot" });
  for (let run = 0; run < 2; run += 1) {
    await expect(sync()).rejects.toThrow(/^1 payments could not be taken over: The document .* cannot be read/);
    expect(await recorded()).toEqual(ids.toSorted());
    expect(await state()).toMatchObject({ watermark: null, pass: null, lease: null });
  }
  expect(await told()).toBe("Some payments could not be taken over; the operator's log names them.");
  await broken.delete();
  expect(await sync()).toMatchObject({ outcome: "done", created: 1, unchanged: 6 });
});

test("payments that make no sense are named, and the others are taken over", async () => {
  const [id = ""] = ids;
  const intent = fake.books.intent(id);
  const status = intent?.status;
  Object.assign(intent ?? {}, { status: "hesitating" });
  await expect(sync()).rejects.toThrow(`${id} has the status hesitating`);
  expect(await recorded()).toHaveLength(6);
  Object.assign(intent ?? {}, { status });
  expect(await sync()).toMatchObject({ outcome: "done", created: 1 });
});

test("one log line a run and scope: what was done, and what it cost", async () => {
  const info = jest.spyOn(log, "info").mockReturnValue();
  await sync();
  fake.books.pay({ account: franchiseeId, mode: "direct", amount: 1, applicationFee: 0, stripeFee: 9 });
  await sync();
  expect(info.mock.calls.map(([message]) => message)).toEqual(["stripe sync", "stripe sync"]);
  expect(Number(info.mock.calls[0]?.[1]?.["durationMs"])).toBeGreaterThan(0);
  expect(info.mock.calls.map(([, fields]) => fields)).toMatchObject([
    {
      scope: franchiseeId,
      outcome: "done",
      isDeep: true,
      pages: 4,
      payments: 7,
      created: 7,
      standing: { missing_in_portal: 7 },
      stripeCalls: 4,
      // The state, seven payments, one query that finds nothing, and the platform's state.
      firestoreReads: 1 + 7 + 2,
      // Seven payments, the state after each page and at both ends, and the freshness.
      firestoreWrites: 7 + 4 + 2 + 1,
    },
    { outcome: "done", created: 0, isDeep: false },
  ]);
});

test("the platform's loss on a payment is a warning", async () => {
  const warn = jest.spyOn(log, "warn").mockReturnValue();
  const account = newFranchisee();
  const order = { account, mode: "destination" as const, amount: 10_000, stripeFee: 320, applicationFee: 200 };
  const { id } = fake.books.pay({ ...order, chargedAt: now - HOUR });
  await database.doc("syncState/platform").delete();
  await runSync("platform", connectTo(fake));
  const payment = { franchiseeId: account, transactionId: id, amount_platform_fee: -120 };
  expect(warn.mock.calls).toEqual([["the platform pays on this payment", payment]]);
});
