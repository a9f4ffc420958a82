import type { DocumentReference } from "firebase-admin/firestore";
import { billStripeFee, holdReserve } from "../../testing/fake-stripe/account-bookings.ts";
import { payOut } from "../../testing/fake-stripe/payouts.ts";
import { refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { verifyBalance } from "../../ops/verify-balance.ts";
import type { SyncReport } from "../../src/jobs/sync/report.ts";
import { balanceSchema } from "../../src/store/balance-documents.ts";
import { scanMovementsAgain } from "../../src/store/sync-state.ts";
import { type SyncStore, syncStore } from "../../src/store/sync-store.ts";
import { expectBalance, wrongBalanceOf } from "../support/balances.ts";
import { database, isolateDatabase } from "../support/database.ts";
import { connectTo, fakeStripes, runSync } from "../support/stripe.ts";
import { DAY, HOUR, MINUTE, startTimeline, type Timeline } from "../support/timeline-fixture.ts";

// What is wrong with the stored movements and payouts is named by `balance verify`, and corrected by the next sync.

isolateDatabase();

const startStripe = fakeStripes();
let timeline: Timeline;

/** Ten days after two payments, a refund, a fee and a payout, half an hour after the last sync. */
beforeEach(async () => {
  timeline = await startTimeline(startStripe);
  const { fake, franchiseeId } = timeline;
  const first = timeline.after(DAY).pay({ amount: 5_000, stripeFee: 175, applicationFee: 500 });
  timeline.after(MINUTE).pay({ mode: "destination", amount: 3_000, applicationFee: 300 });
  refund(fake.books, first, { amount: 700 });
  billStripeFee(fake.books, franchiseeId, { amount: 200, currency: "cad" });
  timeline.after(HOUR);
  payOut(fake.books, franchiseeId);
  timeline.after(MINUTE).pay({ amount: 2_000, stripeFee: 88, applicationFee: 200 });
  await timeline.after(10 * MINUTE).sync();
  timeline.after(9 * DAY).pay();
  await timeline.after(10 * MINUTE).sync();
  await expectBalance(fake.books, franchiseeId);
  timeline.after(30 * MINUTE);
});

function documents(collection: "balanceTransactions" | "payouts") {
  return database().collection(`franchisees/${timeline.franchiseeId}/${collection}`);
}

/** The oldest document with these fields. */
async function oldest(collection: "balanceTransactions" | "payouts", fields: object): Promise<DocumentReference> {
  let query = documents(collection).orderBy("createdAt");
  for (const [name, value] of Object.entries(fields)) query = query.where(name, "==", value);
  const [found] = (await query.get()).docs;
  if (!found) throw new Error(`No document has ${JSON.stringify(fields)}.`);
  return found.ref;
}

/** The document without the time of its reading. */
async function contentOf(reference: DocumentReference): Promise<unknown> {
  const data = (await reference.get()).data();
  return data && Object.fromEntries(Object.entries(data).filter(([name]) => name !== "asOf"));
}

async function findings(): Promise<string[]> {
  const audit = await verifyBalance(connectTo(timeline.fake), timeline.franchiseeId);
  return audit.findings;
}

/** Syncs as the schedule does, and returns the report of the account's sync, which is not a rescan. */
async function nextSync(): Promise<SyncReport> {
  const [, report] = await timeline.sync();
  if (!report) throw new Error("The account was not synced.");
  expect(report.isDeep).toBe(false);
  return report;
}

async function balance(): Promise<unknown> {
  return (await database().doc(`franchisees/${timeline.franchiseeId}`).get()).get("balance");
}

const movement = (fields: object) => () => oldest("balanceTransactions", fields);
const changed = (field: string, by: number) => async (reference: DocumentReference) => {
  const value: unknown = (await reference.get()).get(field);
  await reference.update({ [field]: Number(value) + by });
};
const deleted = (reference: DocumentReference) => reference.delete();

const DAMAGE: readonly [
  what: string,
  find: () => Promise<DocumentReference>,
  damage: (reference: DocumentReference) => Promise<unknown>,
  finding: RegExp,
][] = [
  // 5000 − 175 − 500
  ["a movement that was deleted", movement({ type: "charge" }), deleted, /^ID is missing: 4325 cad, charge ch_/],
  ["a movement of no payment that was deleted", movement({ type: "stripe_fee" }), deleted, /^ID is missing: -200 cad/],
  ["a payout's own movement that was deleted", movement({ type: "payout" }), deleted, /^ID is missing: -6125 cad/],
  [
    "a net that was changed by a cent",
    movement({ type: "charge" }),
    changed("net", 1),
    /^ID: net is 4326, at Stripe 4325$/,
  ],
  [
    "an amount that was changed by a cent",
    movement({ type: "charge" }),
    changed("amount", -1),
    /^ID: amount is 4999, at Stripe 5000$/,
  ],
  [
    "a fee that was changed by a cent",
    movement({ type: "charge" }),
    changed("fee", 1),
    /^ID: fee is 676, at Stripe 675$/,
  ],
  [
    "a movement of another currency",
    movement({ type: "refund" }),
    (reference) => reference.update({ currency: "usd" }),
    /^ID: currency is usd, at Stripe cad$/,
  ],
  [
    "a movement whose payment was cleared",
    movement({ type: "refund" }),
    (reference) => reference.update({ stripePaymentId: null }),
    /^ID: its payment is null, at Stripe pi_/,
  ],
  [
    "a movement without the field of its payment",
    movement({ type: "payment" }),
    (reference) => reference.set({ id: reference.id }),
    /^ID cannot be read$/,
  ],
  ["a payout that was deleted", () => oldest("payouts", {}), deleted, /^the payout ID is missing$/],
];

test.each(DAMAGE)("%s is named, and restored exactly by the next sync", async (_what, find, damage, finding) => {
  const { fake, franchiseeId } = timeline;
  const reference = await find();
  const before = await contentOf(reference);
  await damage(reference);
  expect(await wrongBalanceOf(fake.books, franchiseeId)).not.toEqual([]);
  const named = (await findings()).map((one) => one.replace(reference.id, "ID"));
  expect(named).toEqual(expect.arrayContaining([expect.stringMatching(finding)]));

  await nextSync();
  expect(await contentOf(reference)).toEqual(before);
  await expectBalance(fake.books, franchiseeId);
  expect(await findings()).toEqual([]);
});

const NOTHING_MOVED: readonly [what: string, fields: object][] = [
  ["a movement whose fee is its whole amount", { amount: 400, net: 0 }],
  ["a movement of another balance", { balanceType: "risk_reserved" }],
];

test.each(NOTHING_MOVED)(
  "%s, which changes no sum, is restored by the next sync if it was deleted",
  async (_what, fields) => {
    const { fake, franchiseeId } = timeline;
    timeline.pay({ mode: "destination", amount: 400, applicationFee: 400 });
    holdReserve(fake.books, franchiseeId, { amount: 300, currency: "cad" });
    await timeline.after(HOUR).sync();
    await timeline.after(5 * HOUR).sync();
    timeline.after(HOUR);
    const reference = await oldest("balanceTransactions", fields);
    const before = await contentOf(reference);
    await reference.delete();
    expect(await findings()).toEqual([expect.stringContaining(`${reference.id} is missing`)]);

    await nextSync();
    expect(await contentOf(reference)).toEqual(before);
    await expectBalance(fake.books, franchiseeId);
    const { stripeCalls } = await (timeline.after(HOUR), nextSync());
    expect(stripeCalls).toBe(5);
  },
);

test("what moves while the sums are computed is newer than the comparison", async () => {
  const { fake, franchiseeId } = timeline;
  const store: SyncStore = {
    ...syncStore,
    sumMovements: async (...args) => {
      const sums = await syncStore.sumMovements(...args);
      timeline.after(MINUTE);
      billStripeFee(fake.books, franchiseeId, { amount: 30, currency: "cad" });
      timeline.after(MINUTE);
      return sums;
    },
  };
  const now = () => new Date(timeline.seconds * 1_000);
  const report = await runSync(franchiseeId, connectTo(fake), { store, now });
  expect(report.balance.isExplained).toBe(true);
  expect(await findings()).toEqual([]);
});

test("while money moves between all requests, nothing is concluded, and the next sync compares again", async () => {
  const { fake, franchiseeId } = timeline;
  const before = await balance();
  const store: SyncStore = {
    ...syncStore,
    saveMovements: async (...args) => {
      const saved = await syncStore.saveMovements(...args);
      billStripeFee(fake.books, franchiseeId, { amount: 30, currency: "cad" });
      return saved;
    },
  };
  const now = () => new Date(timeline.seconds * 1_000);
  timeline.after(MINUTE).pay();
  const report = await runSync(franchiseeId, connectTo(fake), { store, now });
  expect(report.balance.isExplained).toBeNull();
  expect(await balance()).toEqual(before);
  timeline.after(HOUR);
  expect((await nextSync()).balance.isExplained).toBe(true);
  await expectBalance(fake.books, franchiseeId);
});

test("what no sum shows is restored by a sync after the operator's rescan", async () => {
  const reference = await oldest("balanceTransactions", { type: "charge" });
  const before = await contentOf(reference);
  await reference.update({ feeDetails: [], reportingCategory: "fee" });
  expect(await findings()).toEqual([
    `${reference.id}: reportingCategory is fee, at Stripe charge`,
    `${reference.id}: its fees differ`,
  ]);
  await nextSync();
  expect(await contentOf(reference)).not.toEqual(before);
  expect(await scanMovementsAgain(timeline.franchiseeId, "operator", new Date(timeline.seconds * 1_000))).toBe(true);
  await nextSync();
  expect(await contentOf(reference)).toEqual(before);
  expect(await findings()).toEqual([]);
});

test("a payout with another amount than at Stripe is named", async () => {
  const payout = await oldest("payouts", {});
  await payout.update({ amount: 6_126 });
  expect(await findings()).toEqual([`the payout ${payout.id}: amount is 6126, at Stripe 6125`]);
});

test("a payout whose content does not add up is named", async () => {
  const payout = await oldest("payouts", {});
  await payout.update({ explained: { net: 6_126, difference: 1 } });
  expect(await findings()).toEqual([`the payout ${payout.id} of 6125 cad contains 6126: a difference of 1`]);
});

test("a movement that Stripe lists hours late is stored by the first sync that can list it", async () => {
  const { fake, franchiseeId } = timeline;
  const late = timeline.pay();
  const { balance_transaction: id } = fake.books.chargeOf(late);
  if (typeof id !== "string") throw new Error("It has not settled.");
  fake.books.unlisted.add(id);
  await timeline.after(10 * MINUTE).sync();
  await timeline.after(3 * HOUR).sync();
  fake.books.unlisted.clear();
  await timeline.after(HOUR).sync();
  expect((await documents("balanceTransactions").doc(id).get()).get("stripePaymentId")).toBe(late.id);
  await expectBalance(fake.books, franchiseeId);
});

test("a movement that Stripe does not list is an unexplained balance, until it is listed", async () => {
  const { fake, franchiseeId } = timeline;
  // 5000 − 175 − 500 + 3000 − 300 − 700 − 200 − 6125, 2000 − 88 − 200, and 1000 − 59 − 41
  const expected = { cad: { available: 2_612, pending: 0, recorded: 2_612, difference: 0 } };
  expect(await balance()).toMatchObject({ currencies: expected, isExplained: true, unexplainedSince: null });
  const hidden = billStripeFee(fake.books, franchiseeId, { amount: 30, currency: "cad" });
  fake.books.unlisted.add(hidden.id);

  timeline.after(10 * MINUTE);
  expect((await nextSync()).balance.isExplained).toBe(false);
  const since = balanceSchema.parse(await balance()).checkedAt;
  const unexplained = { cad: { available: 2_582, pending: 0, recorded: 2_612, difference: 30 } };
  expect(await balance()).toMatchObject({ currencies: unexplained, isExplained: false });
  expect(await findings()).toEqual(["unexplained balance: 30 cad"]);

  timeline.after(HOUR);
  expect((await nextSync()).balance.isExplained).toBe(false);
  const { unexplainedSince } = balanceSchema.parse(await balance());
  expect(unexplainedSince).toEqual(since);

  fake.books.unlisted.clear();
  timeline.after(HOUR);
  expect((await nextSync()).balance.isExplained).toBe(true);
  await expectBalance(fake.books, franchiseeId);
  expect(await balance()).toMatchObject({ isExplained: true, unexplainedSince: null });
});

test("while a balance stays unexplained, all movements are listed again once a day, not by every sync", async () => {
  const { fake, franchiseeId } = timeline;
  fake.books.unlisted.add(billStripeFee(fake.books, franchiseeId, { amount: 30, currency: "cad" }).id);
  timeline.after(10 * MINUTE);
  const calls = [(await nextSync()).stripeCalls];
  for (let hour = 0; hour < 3; hour += 1) {
    timeline.after(HOUR);
    calls.push((await nextSync()).stripeCalls);
  }
  const [first = 0, ...others] = calls;
  for (const later of others) expect(later).toBeLessThan(first);
});
