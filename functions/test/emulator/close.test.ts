import { dayAfter, dayOf } from "../../src/domain/calendar.ts";
import { hashOf } from "../../src/domain/close.ts";
import { NO_TOTALS } from "../../src/domain/totals.ts";
import { closeDays } from "../../src/index.ts";
import { closeAll, closeFranchisee } from "../../src/jobs/close/daily-close.ts";
import { log } from "../../src/log.ts";
import { createClose, lastClose } from "../../src/store/closes.ts";
import { currentReadTime } from "../../src/store/snapshot-reads.ts";
import { database, isolateDatabase } from "../support/database.ts";
import { runOperator } from "../support/operate.ts";
import { close, snapshot, linesOf, CloseFixture } from "../support/close-fixture.ts";

isolateDatabase();

// Days in America/Vancouver: UTC−8 in winter, UTC−7 in summer.

let fixture: CloseFixture;
beforeEach(() => {
  fixture = new CloseFixture();
});
afterEach(() => jest.restoreAllMocks());

test.each([
  {
    when: "winter begins, and a month ends",
    payments: [
      ["pi_first", "2025-10-31T20:00:00Z"],
      ["pi_last_of_october", "2025-11-01T06:59:59.999Z"],
      ["pi_first_of_november", "2025-11-01T07:00:00Z"],
      ["pi_of_the_long_day", "2025-11-03T07:59:59.999Z"],
      ["pi_next", "2025-11-03T08:00:00Z"],
    ],
    until: "2025-11-05",
    days: [
      ["2025-10-31", 2],
      ["2025-11-01", 1],
      ["2025-11-02", 1],
      ["2025-11-03", 1],
      ["2025-11-04", 0],
      ["2025-11-05", 0],
    ],
  },
  {
    when: "summer begins",
    payments: [["pi_first", "2026-03-08T07:59:59.999Z"]],
    until: "2026-03-09",
    days: [
      ["2026-03-07", 1],
      ["2026-03-08", 0],
      ["2026-03-09", 0],
    ],
  },
])("every day is closed, also empty ones, when $when", async ({ payments, until, days }) => {
  for (const [id = "", at = ""] of payments) await fixture.pay(id, at);
  expect(await fixture.closeUntil(until)).toBe(days.length);
  expect((await fixture.stored()).map(({ day, transactions }) => [day, transactions])).toEqual(days);
  expect(await fixture.verify()).toMatchObject({ code: 0 });
});

test("a close contains the totals, the reconciliation statuses, and the time until which the syncs were complete", async () => {
  const at = "2025-11-14T20:00:00Z";
  await fixture.pay("pi_1", at);
  const refund = { refunds: -250, disputes: 0, disputeFees: 0, feesReturned: 10, other: 0 };
  await fixture.record(
    snapshot(
      "pi_1",
      {
        amountRefunded: 250,
        netAdjustment: { currency: "cad", amount: -240 },
        adjustmentParts: [{ currency: "cad", ...refund }],
      },
      300,
    ),
    at,
  );
  await fixture.pay("pi_2", at, { amount_stripe_fee: 58, amount_platform_fee: 42 });
  await fixture.record(snapshot("pi_2", {}, 300), at);
  await fixture.pay("pi_3", at, { currency: "usd" });
  await fixture.pay("pi_4", at, { status: "processing" });
  await fixture.transactions.doc("pi_5").set({ revision: 0, day: "2025-11-14", createdAt: new Date(at) });
  const completeUntil = new Date("2025-11-15T08:07:00Z");
  await database()
    .doc(`franchisees/${fixture.id}`)
    .set({ sync: { platform: { completeUntil } } }, { merge: true });
  await fixture.closeUntil("2025-11-15");

  const [first, last] = await fixture.stored();
  const split = { ...NO_TOTALS, stripeFees: 59, platformFees: 41, net: 900 };
  expect(first).toEqual({
    format: 2,
    franchiseeId: fixture.id,
    day: "2025-11-14",
    timeZone: "America/Vancouver",
    transactions: 5,
    totals: {
      cad: {
        ...split,
        count: 2,
        gross: 2000,
        stripeFees: 117,
        platformFees: 83,
        net: 1800,
        refunded: 250,
        netAdjustment: -240,
        refundsDeducted: 250,
        feesReturned: 10,
      },
      usd: { ...split, count: 1, gross: 1000 },
    },
    reconciliation: { expected: 2, matched: 1, mismatched: 1, missing_in_portal: 0, missing_in_stripe: 0 },
    exceptions: { open: 1, resolved: 0, payments: ["pi_2"] },
    unreadable: { count: 1, payments: ["pi_5"] },
    transactionsHash: first?.transactionsHash,
    asOf: first?.asOf,
    sync: { platform: completeUntil, account: null },
    closedAt: first?.closedAt,
    previous: null,
    hash: first && hashOf(first),
  });
  expect(last).toMatchObject({
    day: "2025-11-15",
    transactions: 0,
    totals: {},
    previous: { day: "2025-11-14", hash: first?.hash },
    sync: { platform: completeUntil, account: null },
  });
  expect(await fixture.verify()).toMatchObject({ code: 0 });
});

test("repeated and concurrent runs write the same documents", async () => {
  await fixture.pay("pi_1", "2025-11-01T20:00:00Z");
  await fixture.closeUntil("2025-11-01");
  const closed = await Promise.all([fixture.closeUntil("2025-11-06"), fixture.closeUntil("2025-11-08")]);
  expect(closed[0] + closed[1]).toBe(7);
  const before = await fixture.stored();
  expect(before.map(({ day }) => day)).toEqual(Array.from({ length: 8 }, (_none, index) => `2025-11-0${index + 1}`));
  expect(await fixture.closeUntil("2025-11-08")).toBe(0);
  expect(await fixture.stored()).toEqual(before);
  // Continues after days without a run.
  expect(await fixture.closeUntil("2025-11-10")).toBe(2);
  expect((await fixture.stored()).slice(0, 8)).toEqual(before);
  expect(await fixture.verify()).toMatchObject({ code: 0 });
});

test("a run that crashes after any day is continued by the next one", async () => {
  await fixture.pay("pi_1", "2025-11-01T20:00:00Z");
  for (const last of ["2025-11-01", "2025-11-02"]) {
    const crash = (day: string): void => {
      if (day === last) throw new Error("crashed");
    };
    await expect(closeFranchisee(fixture.id, { until: "2025-11-03", onClose: crash })).rejects.toThrow("crashed");
    expect((await fixture.stored()).at(-1)?.day).toBe(last);
  }
  expect(await fixture.closeUntil("2025-11-03")).toBe(1);
  expect(await fixture.verify()).toMatchObject({ code: 0 });
});

test("if two runs disagree on the first day, the second one continues from what the first has written", async () => {
  await fixture.pay("pi_1", "2025-11-14T20:00:00Z");
  await fixture.closeUntil("2025-11-15");
  const before = await fixture.stored();
  const [first] = before;
  if (!first) throw new Error("There is no close.");
  const earlier = await createClose({ ...first, day: "2025-11-10" }, await currentReadTime());
  expect(earlier.day).toBe("2025-11-15");
  expect(await fixture.stored()).toEqual(before);
});

test("nothing is closed while legacy documents have no booking day", async () => {
  await fixture.pay("pi_1", "2025-11-14T20:00:00Z");
  await fixture.transactions.doc("pi_0").set({ amount_total: 1000, createdAt: new Date("2025-11-13T20:00:00Z") });
  const refused = await close("run", fixture.id);
  const reason = `1 transactions of ${fixture.id} are booked on no day. First run: npm run ops -- revenue rebuild ${fixture.id}`;
  expect([refused.code, linesOf(refused).at(-1)]).toEqual([1, `${fixture.id}: ${reason}`]);
  await runOperator(["revenue", "rebuild", fixture.id, "--local"]);
  expect(await fixture.closeUntil("2025-11-14")).toBe(2);
});

test("the schedule closes every franchisee until yesterday; a failure is logged, and stops no other", async () => {
  await database().recursiveDelete(database().collection("franchisees"));
  const threeDaysAgo = new Date(Date.now() - 3 * 24 * 3_600_000).toISOString();
  await fixture.pay("pi_1", threeDaysAgo);
  await fixture.closes.doc("2025-01-01").set({ day: "2025-01-01" });
  const failing = fixture;
  const [early, late] = [new CloseFixture(), new CloseFixture()];
  fixture = late;
  for (const one of [early, late]) {
    await one.pay("pi_1", threeDaysAgo);
    const sync = one === early ? { platform: {} } : { platform: {}, account: {} };
    await database().doc(`franchisees/${one.id}`).set({ sync }, { merge: true });
  }
  const lines = jest.spyOn(log, "info").mockImplementation();
  const errors = jest.spyOn(log, "error").mockImplementation();

  await expect(closeAll()).rejects.toThrow(`franchisees/${failing.id}/closes/2025-01-01 cannot be read`);
  expect(lines.mock.calls).toEqual([
    ["days closed", expect.objectContaining({ franchisees: 3, closes: 3, failed: 1 })],
  ]);
  expect(errors.mock.calls).toEqual([[expect.any(String), expect.any(Error), { franchiseeId: failing.id }]]);
  const last = await lastClose(fixture.id);
  expect(last?.day).toBe(dayAfter(dayOf(last?.asOf ?? new Date(0), "America/Vancouver"), -1));

  // A franchisee whose history has not been imported yet is not closed.
  expect((await early.closes.get()).size).toBe(0);

  await database()
    .doc(`franchisees/${failing.id}`)
    .set({ sync: { platform: {}, account: {} } }, { merge: true });
  await database().recursiveDelete(failing.closes);
  await closeDays.run({ scheduleTime: "2026-11-23T11:10:00Z" });
  expect((await failing.closes.get()).size).toBe(3);
});

test("the command closes the same days as the schedule, and verifies all", async () => {
  await database().recursiveDelete(database().collection("franchisees"));
  await fixture.pay("pi_1", "2025-11-14T20:00:00Z");
  const one = await close("run", fixture.id, "--until", "2025-11-16");
  expect([one.code, linesOf(one).at(-1)?.split(/\s+/)]).toEqual([0, [fixture.id, "3", "2025-11-14", "2025-11-16"]]);
  const again = await close("run", "--until", "2025-11-16");
  expect([again.code, linesOf(again).at(-1)?.split(/\s+/)]).toEqual([0, [fixture.id, "0"]]);
  await fixture.closes.doc("2025-11-15").update({ day: "2025-11-99" });
  const stuck = await close("run", "--until", "2025-11-17");
  expect([stuck.code, linesOf(stuck).at(-1)]).toEqual([
    1,
    `${fixture.id}: The document franchisees/${fixture.id}/closes/2025-11-15 cannot be read: day`,
  ]);
  expect((await close("verify")).code).toBe(1);
});

const TODAY = dayOf(new Date(), "America/Vancouver");

test.each<[string, string[], string]>([
  ["no action", [], "Missing command. See --help."],
  [
    "an invalid account",
    ["run", "x"],
    "Value 'x' is invalid for argument 'acct_…'. Expected a connected account (acct_…).",
  ],
  ["an unknown account", ["verify", "acct_nobody"], "Unknown franchisees: acct_nobody."],
  [
    "an invalid day",
    ["run", "--until", "2025-02-30"],
    "Option '--until <day>' argument '2025-02-30' is invalid. Expected a day such as 2025-11-30.",
  ],
  ["a day that has not ended", ["run", "--until", TODAY], `--until ${TODAY} is not over yet.`],
  ["a last day for verify", ["verify", "--until", "2025-11-30"], "Unknown option '--until'"],
])("%s causes one clear error, with exit code 1", async (_what, args, message) => {
  const { code, output } = await close(...args);
  expect([code, output.split("\n")[0]]).toEqual([1, expect.stringContaining(message)]);
});
