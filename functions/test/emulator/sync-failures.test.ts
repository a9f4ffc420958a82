import { Timestamp } from "firebase-admin/firestore";
import type Stripe from "stripe";
import { dispute, refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { log } from "../../src/log.ts";
import { apply } from "../../src/store/apply.ts";
import { readSyncState } from "../../src/store/sync-state.ts";
import { newFranchisee } from "../support/api.ts";
import { database, isolateDatabase, transactionsOf } from "../support/database.ts";
import { HOUR, now, PagingFixture } from "../support/paging-fixture.ts";
import { DEFAULTS, observation } from "../support/records.ts";
import { connectTo, fakeStripes, runSync } from "../support/stripe.ts";

isolateDatabase();

const startStripe = fakeStripes();
let paging: PagingFixture;
beforeEach(async () => {
  paging = new PagingFixture(await startStripe());
  jest.spyOn(log, "error").mockReturnValue();
});
afterEach(() => jest.restoreAllMocks());

test("the watermark is the end of the scan, and the stored freshness is not later", async () => {
  const { to } = await paging.sync();
  const { watermark, lastRescanAt } = await readSyncState(paging.franchiseeId);
  const document = await database().doc(`franchisees/${paging.franchiseeId}`).get();
  const end = new Date(String(to));
  expect([watermark, lastRescanAt, document.get("sync.account.completeUntil")]).toEqual([
    end,
    end,
    Timestamp.fromDate(end),
  ]);
});

test("an unreadable document blocks no other payment, and each run fails until it is corrected", async () => {
  const [id = ""] = paging.ids;
  const broken = transactionsOf(paging.franchiseeId).doc(id);
  await broken.set({ revision: 0, amount_total: "a lot" });
  const later = (hours: number) => ({ now: () => new Date(Date.now() + hours * 3_600_000) });
  for (const hours of [0, 5, 10]) {
    await expect(paging.sync(later(hours))).rejects.toThrow(
      /^1 payments could not be imported: The document .* cannot be read/,
    );
    expect(await paging.storedIds()).toEqual(paging.ids.toSorted());
    expect(await paging.shownError()).toBe("Some payments could not be imported; see the logs.");
  }
  const { watermark, failed } = await readSyncState(paging.franchiseeId);
  expect(failed).toMatchObject([{ stripePaymentId: id, franchiseeId: paging.franchiseeId }]);
  // It is retried alone, without another full scan.
  expect(watermark?.getTime()).toBeGreaterThan(Date.now() + 9 * 3_600_000);
  await broken.delete();
  expect(await paging.sync(later(15))).toMatchObject({ outcome: "done", created: 1, payments: 1 });
  expect(await readSyncState(paging.franchiseeId)).toMatchObject({ failed: [] });
  expect(await paging.shownError()).toBeUndefined();
});

describe("a failed import is not forgotten", () => {
  const day = (days: number) => ({ now: () => new Date(Date.now() + days * 86_400_000) });
  const breakOne = async () => {
    const [id = ""] = paging.ids;
    await transactionsOf(paging.franchiseeId).doc(id).set({ revision: 0, amount_total: "a lot" });
    await expect(paging.sync(day(0))).rejects.toThrow("1 payments could not be imported");
    await expect(paging.sync(day(50))).rejects.toThrow("1 payments could not be imported");
  };
  const failed = async () =>
    (await readSyncState(paging.franchiseeId)).failed.map(({ stripePaymentId }) => stripePaymentId);

  test("while the account is unreadable", async () => {
    await breakOne();
    const unknown = observation({ stripePaymentId: "pi_unknown" });
    await apply(paging.franchiseeId, unknown, { now: new Date(), defaults: DEFAULTS });
    await database().doc("syncState/platform").delete();
    await runSync("platform", connectTo(paging.fake), day(50));
    paging.fake.books.deauthorize(paging.franchiseeId);
    await expect(paging.sync(day(52))).rejects.toThrow("platform cannot read");
    expect(await failed()).toEqual([paging.ids[0]]);
    expect((await transactionsOf(paging.franchiseeId).doc("pi_unknown").get()).get("reconciliation.status")).toBe(
      "missing_in_stripe",
    );
  });

  test("after hundreds of other failures", async () => {
    await breakOne();
    const bad = Array.from({ length: 510 }, (_none, index) => {
      const at = now + 100 * 86_400 - 7_200 - index;
      const order = {
        account: paging.franchiseeId,
        mode: "direct" as const,
        amount: 1_000,
        createdAt: at,
        chargedAt: at,
      };
      return Object.assign(paging.fake.books.pay(order), { status: "hesitating" });
    });
    await expect(paging.sync({ ...day(100), pageSize: 100 })).rejects.toThrow("payments could not be imported");
    expect(await failed()).toEqual([paging.ids[0]]);
    for (const intent of bad) Object.assign(intent, { status: "requires_payment_method" });
    await expect(paging.sync({ ...day(101), pageSize: 100 })).rejects.toThrow(/^1 payments could not be imported/);
  });

  test("if Stripe does not know the payment either", async () => {
    const lost = transactionsOf(paging.franchiseeId).doc("pi_lost");
    const tenDaysAgo = Timestamp.fromMillis(Date.now() - 10 * 86_400_000);
    await lost.set({ revision: 0, amount_total: "a lot", stripeState: "unknown", createdAt: tenDaysAgo });
    await database().doc("syncState/platform").delete();
    await runSync("platform", connectTo(paging.fake));
    for (const days of [0, 0.1, 0.2]) {
      await expect(paging.sync(day(days))).rejects.toThrow("1 payments could not be imported");
      expect(await failed()).toEqual(["pi_lost"]);
    }
  });
});

test("on the platform, only the payment's franchisee sees the error", async () => {
  const [broken, other] = [newFranchisee(), newFranchisee()];
  const pay = (account: string) =>
    paging.fake.books.pay({
      account,
      mode: "destination",
      amount: 1_000,
      chargedAt: now - HOUR,
      createdAt: now - HOUR,
    });
  await transactionsOf(broken).doc(pay(broken).id).set({ revision: 0 });
  const { id } = pay(other);
  await database().doc("syncState/platform").delete();
  await expect(runSync("platform", connectTo(paging.fake))).rejects.toThrow("1 payments could not be imported");
  expect((await transactionsOf(other).doc(id).get()).exists).toBe(true);
  const errorOf = async (account: string): Promise<unknown> =>
    (await database().doc(`franchisees/${account}`).get()).get("sync.platform.error");
  expect(await errorOf(broken)).toHaveProperty("message", "Some payments could not be imported; see the logs.");
  expect(await errorOf(other)).toBeNull();
  await database().doc("syncState/platform").delete();
  await transactionsOf(broken)
    .doc((await transactionsOf(broken).get()).docs[0]?.id ?? "")
    .delete();
});

test.each([
  ["in a list", () => undefined],
  ["that is fetched", (intent: Stripe.PaymentIntent) => dispute(paging.fake.books, intent)],
])("an inconsistent payment %s is named, and the others are imported", async (_where, act) => {
  const [id = ""] = paging.ids;
  const intent = paging.fake.books.intent(id);
  if (!intent) throw new Error("There is no payment.");
  act(intent);
  const { status } = intent;
  Object.assign(intent, { status: "hesitating" });
  await expect(paging.sync()).rejects.toThrow(`${id} has the status hesitating`);
  expect(await paging.storedIds()).toHaveLength(6);
  Object.assign(intent, { status });
  expect(await paging.sync()).toMatchObject({ outcome: "done", created: 1 });
});

test("with hundreds of inconsistent payments, the run ends at once, and the scan is repeated", async () => {
  for (let index = 0; index < 700; index += 1) {
    const at = now - 2 * HOUR - index;
    const order = {
      account: paging.franchiseeId,
      mode: "direct" as const,
      amount: 1_000,
      createdAt: at,
      chargedAt: at,
    };
    Object.assign(paging.fake.books.pay(order), { status: "hesitating" });
  }
  await expect(paging.sync({ pageSize: 100 })).rejects.toThrow(/^5\d\d payments could not be imported/);
  expect(paging.fake.requests.get("GET /v1/charges")).toBe(6);
  expect(await readSyncState(paging.franchiseeId)).toMatchObject({ watermark: null, scan: null, failed: [] });
});

test("refunds of many old payments are resumed when the time limit is reached", async () => {
  const old = Array.from({ length: 101 }, () => {
    const at = now - 80 * 86_400;
    return paging.fake.books.pay({
      account: paging.franchiseeId,
      mode: "direct",
      amount: 1_000,
      createdAt: at,
      chargedAt: at,
    });
  });
  await paging.sync({ pageSize: 100 });
  for (const intent of old) refund(paging.fake.books, intent, { amount: 1 });
  const later = { pageSize: 100, now: () => new Date(Date.now() + 10 * 60_000) };
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await expect(paging.sync({ ...later, timeLimitMs: 0 })).rejects.toThrow("will resume");
  }
  await paging.sync(later);
  const refunded = await transactionsOf(paging.franchiseeId).where("revision", "==", 1).count().get();
  expect(refunded.data().count).toBe(101);
});

describe("a separate scan", () => {
  const since = new Date((now - 2 * HOUR) * 1_000);

  test("does not affect a scan in progress", async () => {
    await expect(paging.sync({ timeLimitMs: 0 })).rejects.toThrow("will resume");
    const before = await readSyncState(paging.franchiseeId);
    expect(await paging.sync({ since: new Date() })).toMatchObject({ outcome: "done", payments: 0 });
    expect(await readSyncState(paging.franchiseeId)).toEqual(before);
    expect(await paging.sync()).toMatchObject({ created: 5 });
  });

  test("changes no watermark and no freshness", async () => {
    expect(await paging.sync({ since })).toMatchObject({ outcome: "done", created: 7 });
    expect(await readSyncState(paging.franchiseeId)).toMatchObject({ watermark: null, scan: null });
    expect((await database().doc(`franchisees/${paging.franchiseeId}`).get()).get("sync")).toBeUndefined();
  });

  test("fails if a payment fails", async () => {
    Object.assign(paging.fake.books.intent(paging.ids[0] ?? "") ?? {}, { status: "hesitating" });
    await expect(paging.sync({ since })).rejects.toThrow("1 payments could not be imported");
    expect(await paging.storedIds()).toHaveLength(6);
  });
});

test("each run logs one line for its scope, with its results and its cost", async () => {
  const info = jest.spyOn(log, "info").mockReturnValue();
  await paging.sync();
  paging.fake.books.pay({ account: paging.franchiseeId, mode: "direct", amount: 1, applicationFee: 0, stripeFee: 9 });
  await paging.sync();
  const runs = info.mock.calls.filter(([message]) => message === "stripe sync").map(([, fields]) => fields);
  expect(Number(runs[0]?.["durationMs"])).toBeGreaterThan(0);
  // A scan ends a minute before now.
  expect(Number(runs[0]?.["lagSeconds"])).toBeGreaterThanOrEqual(60);
  expect(runs).toMatchObject([
    {
      scope: paging.franchiseeId,
      outcome: "done",
      isDeep: true,
      pages: 4,
      payments: 7,
      created: 7,
      byReconciliationStatus: { missing_in_portal: 7 },
      // Four pages of charges, the payouts, four pages of movements, and the balance.
      stripeCalls: 4 + 1 + 4 + 1,
      // The state, seven payments, one query without results, and the platform's state; the movements, each again, its
      // payment's document, three sums, four counts, and two queries without results.
      firestoreReads: 1 + 7 + 2 + 3 * 7 + 3 + 4 + 2,
      // Seven payments, three documents of totals and the state after each page, the state at both ends, and the
      // freshness; seven movements, and the state after each of their pages, after reading them again, and after their
      // payments.
      firestoreWrites: 7 + 4 * 3 + 4 + 2 + 1 + 7 + 4 + 1 + 1,
      balance: { movements: 7, payouts: 0, isExplained: true },
    },
    // The scan of charges ends a minute before now; the movement shows the payment.
    { outcome: "done", pages: 1, created: 1, isDeep: false },
  ]);
});

test("a negative platform fee is logged once, whichever scan finds it", async () => {
  const warn = jest.spyOn(log, "warn").mockReturnValue();
  const account = newFranchisee();
  const order = { account, mode: "destination" as const, amount: 10_000, stripeFee: 320, applicationFee: 200 };
  const { id } = paging.fake.books.pay({ ...order, chargedAt: now - HOUR });
  await database().doc("syncState/platform").delete();
  await runSync("platform", connectTo(paging.fake));
  const refunded = paging.fake.books.intent(id);
  if (refunded) refund(paging.fake.books, refunded, { amount: 500 });
  await runSync("platform", connectTo(paging.fake), { since: new Date((now - 2 * HOUR) * 1000) });
  const payment = { franchiseeId: account, transactionId: id, amount_platform_fee: -120 };
  expect(warn.mock.calls).toEqual([["negative platform fee", payment]]);
});
