import { type CloseContent, hashOf, MAX_NAMED, placeAfter, Tallying } from "../../src/domain/close.ts";
import { decide } from "../../src/domain/ledger.ts";
import type { Transaction } from "../../src/domain/transaction.ts";
import { DEFAULTS, factsSeen, LATER, recorded, stripeFacts, updated } from "../support/records.ts";

const content: CloseContent = {
  franchiseeId: "acct_1",
  day: "2025-11-14",
  timeZone: "America/Vancouver",
  transactions: 1,
  totals: { cad: { ...sums(1), gross: 1000 }, usd: sums(0) },
  reconciliation: { expected: 0, matched: 1, mismatched: 0, missing_in_portal: 0, missing_in_stripe: 0 },
  exceptions: { open: 1, resolved: 2, payments: ["pi_1"] },
  unreadable: { count: 0, payments: [] },
  transactionsHash: "abc",
  asOf: new Date("2025-11-15T11:10:00Z"),
  sync: { platform: new Date("2025-11-15T11:06:00Z"), account: null },
  closedAt: new Date("2025-11-15T11:10:01Z"),
  previous: { day: "2025-11-13", hash: "def" },
};

function sums(count: number) {
  const nothing = { gross: 0, stripeFees: 0, platformFees: 0, net: 0, refunded: 0, disputed: 0, netAdjustment: 0 };
  return { count, ...nothing };
}

describe("the hash of a close", () => {
  it("is this one, for ever: whoever changes what it is made of breaks every close there is", () => {
    expect(hashOf(content)).toBe("cc11378ac2a34b3d92a180b3e253fd4b734a197a2a6cd485f745c533b0a021c8");
  });

  it("goes by the content, and not by the order of the fields or by the hash that stands there", () => {
    const { closedAt, franchiseeId, ...others } = content;
    const totals = { usd: sums(0), cad: { ...sums(1), gross: 1000 } };
    const turned = { hash: "x", closedAt, ...others, totals, franchiseeId };
    expect(hashOf(turned)).toBe(hashOf(content));
  });

  const OTHERS: { [Field in keyof CloseContent]: CloseContent[Field][] } = {
    franchiseeId: ["acct_2"],
    day: ["2025-11-15"],
    timeZone: ["Europe/Berlin"],
    transactions: [2],
    totals: [{}, { cad: { ...sums(1), gross: 1000 } }, { cad: { ...sums(1), gross: 1001 }, usd: sums(0) }],
    reconciliation: [{ ...content.reconciliation, matched: 0, expected: 1 }],
    exceptions: [
      { open: 2, resolved: 2, payments: ["pi_1"] },
      { open: 1, resolved: 0, payments: ["pi_1"] },
      { open: 1, resolved: 2, payments: ["pi_2"] },
    ],
    unreadable: [
      { count: 1, payments: [] },
      { count: 0, payments: ["pi_1"] },
    ],
    transactionsHash: ["abd"],
    asOf: [new Date("2025-11-15T11:10:00.001Z")],
    sync: [
      { platform: null, account: null },
      { platform: content.sync.platform, account: content.sync.platform },
    ],
    closedAt: [new Date("2025-11-15T11:10:01.001Z")],
    previous: [null, { day: "2025-11-12", hash: "def" }, { day: "2025-11-13", hash: "deg" }],
  };

  test.each(Object.entries(OTHERS))("goes by %s", (field, others) => {
    const hashes = others.map((other) => hashOf({ ...content, [field]: other }));
    expect(new Set([hashOf(content), ...hashes]).size).toBe(1 + others.length);
  });
});

test("the next day names the last one", () => {
  expect(placeAfter({ day: "2025-10-31", hash: "abc" })).toEqual({
    day: "2025-11-01",
    previous: { day: "2025-10-31", hash: "abc" },
  });
});

describe("a tally", () => {
  const tallyOf = (...transactions: (Transaction | null)[]) => {
    const tallying = new Tallying(DEFAULTS);
    for (const [index, transaction] of transactions.entries()) tallying.add(`pi_${index}`, transaction);
    return tallying.result();
  };
  const told = updated(decide(recorded(), factsSeen(), LATER)).next;

  test.each<[string, Partial<Transaction>]>([
    ["status", { status: "processing" }],
    ["livemode", { livemode: true }],
    ["currency", { currency: "usd" }],
    ["amounts", { amount_stripe_fee: 58, amount_platform_fee: 42 }],
    ["refunds", { stripe: stripeFacts({ amountRefunded: 1 }) }],
    ["reconciliation", { reconciliation: { ...told.reconciliation, status: "missing_in_portal" } }],
    ["exception", { exception: "resolved" }],
  ])("changes with a transaction's %s", (_what, fields) => {
    expect(tallyOf({ ...told, ...fields }).transactionsHash).not.toBe(tallyOf(told).transactionsHash);
  });

  test.each<[string, Partial<Transaction>]>([
    ["revision", { revision: 9, updatedAt: new Date(0) }],
    ["customer", { name: "Grace", workshopId: "w" }],
    [
      "payout",
      {
        stripe: stripeFacts(
          { payout: { id: "po_1", status: "paid", createdAt: new Date(0), arrivesAt: new Date(0) } },
          999,
        ),
      },
    ],
  ])("does not change with a transaction's %s", (_what, fields) => {
    expect(tallyOf({ ...told, ...fields })).toEqual(tallyOf(told));
  });

  it("has this hash, for ever", () => {
    expect(tallyOf(told, null).transactionsHash).toBe(
      "923c0de20e6cc229d70b7b70d0f69aa2d844b2eea7775dbbbe3e291125869028",
    );
  });

  it("changes with the order of its transactions, and with one that cannot be read", () => {
    const other = recorded({ amount_total: 2000 });
    const hashes = [tallyOf(told, other), tallyOf(other, told), tallyOf(told), tallyOf(told, null)];
    expect(new Set(hashes.map(({ transactionsHash }) => transactionsHash)).size).toBe(4);
  });

  it("counts all, and names so many", () => {
    const open = { ...told, exception: "open" as const };
    const many = Array.from({ length: MAX_NAMED + 1 }, () => [open, null]).flat();
    const { transactions, exceptions, unreadable, totals } = tallyOf(...many);
    const counts = [transactions, exceptions.open, unreadable.count, totals["cad"]?.count];
    expect(counts).toEqual([2 * MAX_NAMED + 2, MAX_NAMED + 1, MAX_NAMED + 1, MAX_NAMED + 1]);
    expect([exceptions.payments.length, unreadable.payments.length]).toEqual([MAX_NAMED, MAX_NAMED]);
  });
});
