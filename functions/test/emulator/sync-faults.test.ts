import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "../../testing/fake-stripe/server.ts";
import { log } from "../../src/log.ts";
import { LEASE_MS, readSyncState } from "../../src/store/sync-state.ts";
import { isolateDatabase } from "../support/database.ts";
import { newFranchisee } from "../support/api.ts";
import { HOUR, now, PagingFixture } from "../support/paging-fixture.ts";
import { connectTo, fakeStripes, runSync } from "../support/stripe.ts";

isolateDatabase();

const startStripe = fakeStripes();
let paging: PagingFixture;
beforeEach(async () => {
  paging = new PagingFixture(await startStripe());
  jest.spyOn(log, "error").mockReturnValue();
});
afterEach(() => jest.restoreAllMocks());

test.each<[string, Fault[]]>([
  ["429s", [{ path: "/v1/charges", after: 1, times: 4, kind: { status: 429 } }]],
  [
    "429s with permission to retry",
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
])("a run succeeds despite %s", async (_what, faults) => {
  faults.forEach(paging.fake.inject);
  expect(await paging.sync()).toMatchObject({ outcome: "done", created: 7 });
  expect(await paging.storedIds()).toEqual(paging.ids.toSorted());
});

test.each<[string, Fault, string]>([
  [
    "429s",
    { path: "/v1/charges", after: 2, times: 7, kind: { status: 429 } },
    "Rate-limited by Stripe after 7 attempts.",
  ],
  [
    "500s",
    { path: "/v1/charges", after: 2, times: 3, kind: { status: 500 } },
    "Stripe responds with a server error (500).",
  ],
])("a run fails with a message after too many %s, and the next one resumes it", async (_what, fault, message) => {
  paging.fake.inject(fault);
  await expect(paging.sync()).rejects.toThrow(message);
  expect(await paging.shownError()).toBe(message);
  expect(await paging.syncState()).toMatchObject({ watermark: null, lease: null, pass: { isDrained: false } });
  expect(await paging.storedIds()).toHaveLength(4);

  expect(await paging.sync()).toMatchObject({ outcome: "done", created: 3, pages: 2 });
  expect(await paging.storedIds()).toEqual(paging.ids.toSorted());
  expect(await paging.shownError()).toBeUndefined();
});

test("a scan whose cursor Stripe has deleted is restarted", async () => {
  paging.fake.inject({ path: "/v1/charges", after: 1, times: 3, kind: { status: 500 } });
  await expect(paging.sync()).rejects.toThrow("Stripe responds");
  const cursor = (await readSyncState(paging.franchiseeId)).scan?.cursor ?? "";
  const books = paging.fake.books.connect(paging.franchiseeId);
  expect(books.charge.get(cursor)).toBeDefined();
  books.charge.delete(cursor);
  expect(await paging.sync()).toMatchObject({ outcome: "done", created: 5 });
  expect(await paging.storedIds()).toEqual(paging.ids.toSorted());
});

/** The page is committed and the progress saved. The run writes nothing else until Stripe responds again. */
async function untilFirstPageIsSaved(): Promise<void> {
  while (!(await readSyncState(paging.franchiseeId)).scan?.cursor) await sleep(20);
}

test("of concurrent runs, one works and the others stop", async () => {
  const reports = await Promise.all(["a", "b", "c"].map((owner) => paging.sync({ owner })));
  expect(reports.map(({ outcome }) => outcome).toSorted()).toEqual(["busy", "busy", "done"]);
  expect(await paging.storedIds()).toEqual(paging.ids.toSorted());
});

test("a run that outlasts its lease stops for the next one", async () => {
  const { promise: until, resolve: resume } = Promise.withResolvers<void>();
  paging.fake.inject({ path: "/v1/charges", after: 1, kind: { until } });
  const slow = paging.sync({ owner: "slow" });
  const outcome = slow.then(String, String);
  await untilFirstPageIsSaved();
  expect(await paging.sync({ owner: "early" })).toMatchObject({ outcome: "busy" });
  const later = () => new Date(Date.now() + LEASE_MS + 1_000);
  expect(await paging.sync({ owner: "next", now: later })).toMatchObject({ outcome: "done", created: 5 });
  resume();
  expect(await outcome).toBe(`LeaseLostError: Another run took the lease on ${paging.franchiseeId}.`);
  expect(await paging.storedIds()).toEqual(paging.ids.toSorted());
  expect(await paging.syncState()).toMatchObject({ lease: null, pass: null });
});

test("a run that reaches its time limit stops, and is resumed later", async () => {
  for (let page = 0; page < 4; page += 1) await expect(paging.sync({ timeLimitMs: 0 })).rejects.toThrow("will resume");
  expect(await paging.storedIds()).toEqual(paging.ids.toSorted());
  expect(await paging.sync()).toMatchObject({ outcome: "done", pages: 0 });
});

test("a closed account fails with a clear error, and the others continue", async () => {
  paging.fake.books.deauthorize(paging.franchiseeId);
  const message = "The platform cannot read this account at Stripe: it was never connected";
  await expect(paging.sync()).rejects.toThrow(message);
  expect(await paging.shownError()).toContain(message);
  const other = newFranchisee();
  const at = now - HOUR;
  paging.fake.books.pay({ account: other, mode: "direct", amount: 1_000, createdAt: at, chargedAt: at });
  expect(await runSync(other, connectTo(paging.fake))).toMatchObject({ outcome: "done", created: 1 });
});

test("a run that lost its lease does not report its own failure", async () => {
  const { promise: until, resolve: resume } = Promise.withResolvers<void>();
  paging.fake.inject({ path: "/v1/charges", after: 1, kind: { until } });
  paging.fake.inject({ path: "/v1/charges", after: 4, kind: { status: 400 } });
  const slow = paging.sync({ owner: "slow" }).then(String, String);
  await untilFirstPageIsSaved();
  expect(await paging.sync({ owner: "next", now: () => new Date(Date.now() + LEASE_MS + 1_000) })).toMatchObject({
    outcome: "done",
  });
  resume();
  expect(await slow).toContain("LeaseLostError");
  expect(await paging.shownError()).toBeUndefined();
});
