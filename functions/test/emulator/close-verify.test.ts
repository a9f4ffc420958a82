import { Timestamp } from "firebase-admin/firestore";
import { type CloseContent, hashOf } from "../../src/domain/close.ts";
import type { Observation } from "../../src/domain/observation.ts";
import { tallyAt } from "../../src/jobs/close/daily-close.ts";
import { closesAt, lastClose } from "../../src/store/closes.ts";
import { currentReadTime } from "../../src/store/snapshot-reads.ts";
import { isolateDatabase } from "../support/database.ts";
import { observation } from "../support/records.ts";
import { snapshot, linesOf, CloseFixture } from "../support/close-fixture.ts";

isolateDatabase();

const DAY = "2025-11-14";
const NOON = `${DAY}T20:00:00Z`;

const LATER = "2025-12-24T00:00:00Z";

const sample = new CloseFixture();
beforeAll(async () => {
  await sample.pay("pi_1", NOON);
  await sample.pay("pi_2", NOON);
  // An exception.
  await sample.pay("pi_3", NOON, { amount_platform_fee: 42, amount_stripe_fee: 58 });
  for (const id of ["pi_1", "pi_2", "pi_3"]) await sample.record(snapshot(id, {}, 300), NOON);
  await sample.pay("pi_4", "2025-11-16T20:00:00Z");
});

/** Four payments, three of them on one day, and three closes. */
let fixture: CloseFixture;
beforeEach(async () => {
  fixture = new CloseFixture();
  await fixture.copyTransactions(sample);
  await fixture.closeUntil("2025-11-16");
});

const document = (id: string) => fixture.transactions.doc(id);
const discrepancy = {
  status: "mismatched" as const,
  differences: [
    { field: "amount_stripe_fee" as const, recorded: 58, stripe: 59 },
    { field: "amount_platform_fee" as const, recorded: 42, stripe: 41 },
  ],
  amounts: { amount_total: 1000, amount_stripe_fee: 58, amount_platform_fee: 42, amount_franchisee_net: 900 },
  currency: "cad",
};
const resolution: Observation = {
  kind: "resolution",
  stripePaymentId: "pi_3",
  seen: discrepancy,
  isResolved: true,
  reason: "a cent",
  by: "Ada",
};
const erasure = { personal: ["Ada"], reason: "as asked", by: "Grace" };
const payout = { id: "po_1", status: "paid" as const, createdAt: new Date(0), arrivesAt: new Date(0) };
const NOT_THE_LEDGER = "The day was changed outside the ledger.";
const DIFFERS = `1 day is different from the close: ${DAY}`;

test.each<[string, () => Promise<unknown>]>([
  ["nothing", () => Promise.resolve()],
  ["Stripe's confirmation", () => fixture.record(snapshot("pi_1", {}, 400), LATER, true)],
  ["a payout", () => fixture.record({ kind: "payout", stripePaymentId: "pi_1", payout }, LATER)],
  [
    "a changed name of the customer",
    () => fixture.record(observation({ stripePaymentId: "pi_1", name: "Grace" }, 160), LATER),
  ],
  ["an erasure of the customer", () => fixture.record({ kind: "erasure", stripePaymentId: "pi_1", ...erasure }, LATER)],
])("%s does not change a close", async (_what, change) => {
  await change();
  const { code, output } = await fixture.verify();
  const last = await lastClose(fixture.id);
  expect([code, output.split("\n").at(-1)?.trim().split(/\s+/)]).toEqual([
    0,
    [fixture.id, "3", DAY, "2025-11-16", last?.hash],
  ]);
});

test.each<[string, () => Promise<unknown>, string[]]>([
  [
    "a refund",
    () => fixture.record(snapshot("pi_1", { amountRefunded: 250 }, 400), LATER),
    [
      "totals.cad.refunded 0, now 250",
      "pi_1; contribution.cad.refunded 0, now 250",
      `revision 2, 2025-12-24T00:00:00.000Z: newer Stripe snapshot`,
    ],
  ],
  [
    "a payment that arrived late",
    () => fixture.pay("pi_late", NOON),
    [
      "transactions 3, now 4",
      "totals.cad.count 3, now 4",
      "totals.cad.gross 3000, now 4000",
      "pi_late; recorded after the close; 1000 cad",
    ],
  ],
  [
    "a correction",
    () => fixture.record(observation({ stripePaymentId: "pi_3", correction: "wrong fees" }, 160), LATER),
    [
      "totals.cad.stripeFees 176, now 177",
      "reconciliation.matched 2, now 3",
      "exceptions.payments pi_3, now none",
      "reconciliation mismatched, now matched; exception open, now null",
      "revision 2, 2025-12-24T00:00:00.000Z: wrong fees",
    ],
  ],
  [
    "a resolved exception",
    () => fixture.record(resolution, LATER),
    [
      "exceptions.open 1, now 0",
      "exceptions.resolved 0, now 1",
      "pi_3; exception open, now resolved",
      "revision 2, 2025-12-24T00:00:00.000Z: resolved by Ada: a cent",
    ],
  ],
  [
    "several changes of one payment, and a payout of another",
    async () => {
      await fixture.record(snapshot("pi_1", { amountRefunded: 250 }, 400), LATER);
      await fixture.record(snapshot("pi_1", { amountRefunded: 1000 }, 500), LATER);
      await fixture.record({ kind: "payout", stripePaymentId: "pi_2", payout }, LATER);
    },
    [
      "pi_1; contribution.cad.refunded 0, now 1000",
      "revision 2, 2025-12-24T00:00:00.000Z: newer Stripe snapshot",
      "revision 3, 2025-12-24T00:00:00.000Z: newer Stripe snapshot",
      "1 more were written since, without a change.",
    ],
  ],
])("%s is reported", async (_what, change, lines) => {
  await change();
  const found = await fixture.verify();
  expect(found.code).toBe(1);
  for (const line of lines) expect(found.output).toContain(line);
  expect(found.output).not.toContain(NOT_THE_LEDGER);
  expect(linesOf(found).at(-1)).toBe(`${fixture.id}: ${DIFFERS}`);
});

test.each<[string, () => Promise<unknown>, string[]]>([
  [
    "an amount edited by hand",
    () => document("pi_1").update({ amount_total: 900 }),
    ["totals.cad.gross 3000, now 2900", "pi_1; written since, without a revision that explains it"],
  ],
  [
    "an amount edited by hand before the ledger's next change",
    async () => {
      await document("pi_1").update({ "stripe.amountRefunded": 250 });
      await fixture.record({ kind: "payout", stripePaymentId: "pi_1", payout }, LATER);
    },
    ["totals.cad.refunded 0, now 250", "pi_1; written since", "revision 2, 2025-12-24T00:00:00.000Z: payout paid"],
  ],
  [
    "a document made unreadable",
    () => document("pi_1").update({ status: 1, stripe: "gone" }),
    ["unreadable.count 0, now 1", "unreadable.payments none, now pi_1", "pi_1; written since"],
  ],
  [
    "a deleted payment",
    () => document("pi_1").delete(),
    ["transactions 3, now 2", "Documents deleted or moved to another day: 1."],
  ],
  [
    "a payment moved to another day",
    () => document("pi_1").update({ day: "2025-11-15" }),
    ["transactions 3, now 2", "Documents deleted or moved to another day: 1."],
  ],
  [
    "a deleted revision",
    async () => {
      await fixture.record(snapshot("pi_1", { amountRefunded: 250 }, 400), LATER);
      await document("pi_1").collection("revisions").doc("2").delete();
    },
    ["totals.cad.refunded 0, now 250", "pi_1; written since, without a revision that explains it"],
  ],
])("verify finds %s", async (_what, change, lines) => {
  await change();
  const found = await fixture.verify();
  expect(found.code).toBe(1);
  for (const line of [NOT_THE_LEDGER, ...lines]) expect(found.output).toContain(line);
});

describe("closes of the first format", () => {
  const refund = { amountRefunded: 250, netAdjustment: { currency: "cad", amount: -250 } };
  const parts = { currency: "cad", refunds: -250, disputes: 0, disputeFees: 0, feesReturned: 0, other: 0 };

  /** Replaces the closes by those that an earlier version would have written. */
  async function rewriteInFirstFormat(): Promise<void> {
    let previous: { day: string; hash: string } | null = null;
    for (const { format: _format, hash: _hash, ...close } of await fixture.stored()) {
      const at = Timestamp.fromDate(close.asOf);
      const tally = await tallyAt(await currentReadTime(), fixture.id, close, 1);
      const content: CloseContent = { ...close, ...tally, previous };
      previous = { day: close.day, hash: hashOf(content) };
      await fixture.closes.doc(close.day).set({ ...content, asOf: at, hash: previous.hash });
    }
  }

  test("are verified without what the net adjustment consists of, and continued in the current format", async () => {
    fixture = new CloseFixture();
    await fixture.copyTransactions(sample);
    await fixture.record(snapshot("pi_1", refund, 350), NOON);
    await fixture.closeUntil("2025-11-16");
    await rewriteInFirstFormat();
    const [first] = await fixture.stored();
    expect(Object.keys(first?.totals["cad"] ?? {})).toHaveLength(8);
    expect(await fixture.verify()).toMatchObject({ code: 0 });
    // Stripe is read again by the current version.
    await fixture.record(snapshot("pi_1", { ...refund, adjustmentParts: [parts] }, 400), LATER);
    await fixture.closeUntil("2025-11-18");
    expect(await fixture.verify()).toMatchObject({ code: 0 });
    expect((await fixture.stored()).map(({ format }) => format)).toEqual([undefined, undefined, undefined, 2, 2]);
    // A later change is found as before.
    await fixture.record(snapshot("pi_1", { ...refund, amountRefunded: 300, adjustmentParts: [parts] }, 450), LATER);
    const found = await fixture.verify();
    expect(found.code).toBe(1);
    expect(linesOf(found)).toContain("totals.cad.refunded 250, now 300");
  });
});

test("further days are listed by date", async () => {
  await fixture.record(snapshot("pi_1", { amountRefunded: 250 }, 400), LATER);
  await fixture.pay("pi_late", "2025-11-15T20:00:00Z");
  await fixture.record(observation({ stripePaymentId: "pi_4", amount_total: 999, correction: "less" }, 160), LATER);
  const found = await fixture.verify();
  expect(linesOf(found).at(-1)).toBe(
    `${fixture.id}: 3 days are different from the close: ${DAY}, 2025-11-15, 2025-11-16`,
  );
  expect(found.output).not.toContain("pi_late");
});

const close = (day: string) => fixture.closes.doc(day);
const FIGURES = { "totals.cad.gross": 2900 };

/** Edits a close and recomputes all hashes, as someone who knows the format could. */
async function forge(day: string, fields: object): Promise<void> {
  await close(day).update({ ...fields });
  const { docs } = await fixture.closes.get();
  let previous: { day: string; hash: string } | null = null;
  for (const { ref, id } of docs) {
    await ref.update({ previous });
    const [entry] = await entriesOf(id);
    if (!entry || !("close" in entry)) throw new Error(id);
    previous = { day: id, hash: hashOf(entry.close) };
    await ref.update({ hash: previous.hash });
  }
}

async function entriesOf(day: string) {
  for await (const page of closesAt(await currentReadTime(), fixture.id)) return page.filter(({ id }) => id === day);
  return [];
}

test.each<[string, () => Promise<unknown>, string[]]>([
  ["edited", () => close(DAY).update(FIGURES), [`The close of ${DAY} does not match its hash.`, DIFFERS]],
  [
    "given another hash",
    () => close("2025-11-15").update({ hash: "0" }),
    ["2025-11-15 does not match", "2025-11-16 does not contain"],
  ],
  ["given another field", () => close(DAY).update({ note: "x" }), [`closes/${DAY} cannot be read: `, "note"]],
  ["given another day", () => close(DAY).update({ day: "2025-11-15" }), [`closes/${DAY} cannot be read: day`]],
  [
    "deleted",
    () => close("2025-11-15").delete(),
    [
      "2025-11-16 does not follow the previous close, of 2025-11-14",
      "2025-11-16 does not contain the hash of the previous close, of 2025-11-14",
    ],
  ],
  [
    "deleted from the beginning",
    () => close(DAY).delete(),
    [`2025-11-15 is the first close, but refers to a previous one, of ${DAY}`],
  ],
  [
    "forged together with every later hash",
    () => forge(DAY, FIGURES),
    [DIFFERS, "totals.cad.gross 2900, now 3000", NOT_THE_LEDGER, "No document was written since"],
  ],
])("verify finds a close that was %s", async (_what, change, lines) => {
  await change();
  const found = await fixture.verify();
  expect(found.code).toBe(1);
  for (const line of lines) expect(found.output).toContain(line);
});
