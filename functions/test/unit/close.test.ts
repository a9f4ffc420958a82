import {
  type Close,
  type CloseContent,
  type CloseFormat,
  CURRENT_FORMAT,
  formatOf,
  verifyChain,
  hashOf,
  closeLine,
  MAX_NAMED,
  positionAfter,
  CloseAccumulator,
  tallyOf as tallyIn,
  tallySchema,
} from "../../src/domain/close.ts";
import { decide } from "../../src/domain/decide.ts";
import type { Transaction } from "../../src/domain/transaction.ts";
import { DEFAULTS, snapshotSeen, LATER, recorded, stripeSnapshot, updated } from "../support/records.ts";

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

/** Since format 2. */
const PARTS = { refundsDeducted: 0, disputesDeducted: 0, disputeFees: 0, feesReturned: 0 };

function sums(count: number) {
  const nothing = { gross: 0, stripeFees: 0, platformFees: 0, net: 0, refunded: 0, disputed: 0, netAdjustment: 0 };
  return { count, ...nothing };
}

describe("the hash of a close", () => {
  it("is fixed: a changed format would invalidate every existing close", () => {
    expect(hashOf(content)).toBe("cc11378ac2a34b3d92a180b3e253fd4b734a197a2a6cd485f745c533b0a021c8");
  });

  it("depends on the content, not on the order of fields or a stored hash", () => {
    const { closedAt, franchiseeId, ...others } = content;
    const totals = { usd: sums(0), cad: { ...sums(1), gross: 1000 } };
    const turned = { hash: "x", closedAt, ...others, totals, franchiseeId };
    expect(hashOf(turned)).toBe(hashOf(content));
  });

  const OTHERS: { [Field in keyof CloseContent]-?: CloseContent[Field][] } = {
    format: [2],
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

  test.each(Object.entries(OTHERS))("depends on %s", (field, others) => {
    const hashes = others.map((other) => hashOf({ ...content, [field]: other }));
    expect(new Set([hashOf(content), ...hashes]).size).toBe(1 + others.length);
  });
});

test("a close without a format has the first one", () => {
  expect([formatOf(content), formatOf({ format: 2 })]).toEqual([1, 2]);
});

test("the next close names the previous one", () => {
  expect(positionAfter({ day: "2025-10-31", hash: "abc" })).toEqual({
    day: "2025-11-01",
    previous: { day: "2025-10-31", hash: "abc" },
  });
});

describe("verifyChain", () => {
  const closed = (fields: Partial<CloseContent>): Close => {
    const said = { ...content, ...fields };
    return { ...said, hash: hashOf(said) };
  };
  const first = closed({ day: "2025-11-13", previous: null });
  const second = closed(positionAfter(first));
  const [wrongHash, elsewhere] = ["does not match its hash", "belongs to acct_2"];
  const [late, unnamed] = ["does not follow the previous close", "does not contain the hash of the previous close"];

  test.each<[string, Close, before: Close | null, flaws: string[]]>([
    ["accepts the first close", first, null, []],
    ["accepts the next close", second, first, []],
    ["reports a changed close", { ...second, transactions: 2 }, first, [wrongHash]],
    ["reports a changed first close", { ...first, transactions: 2 }, null, [wrongHash]],
    [
      "reports a close of another franchisee",
      closed({ ...positionAfter(first), franchiseeId: "acct_2" }),
      first,
      [elsewhere],
    ],
    [
      "reports that the first closes are missing",
      second,
      null,
      ["is the first close, but refers to a previous one, of 2025-11-13"],
    ],
    ["reports a skipped day", closed({ ...positionAfter(first), day: "2025-11-15" }), first, [late]],
    ["reports a close without a previous one", closed({ previous: null }), first, [unnamed]],
    [
      "reports another hash of the previous close",
      closed({ previous: { day: "2025-11-13", hash: "def" } }),
      first,
      [unnamed],
    ],
    ["an unknown field", closed({ previous: { day: "2025-11-12", hash: first.hash } }), first, [unnamed]],
  ])("%s", (_what, close, before, flaws) => {
    const said = flaws.map((flaw) => (flaw === late || flaw === unnamed ? `${flaw}, of 2025-11-13` : flaw));
    expect(verifyChain(close, "acct_1", before)).toEqual(said);
  });
});

test("the tally of a close has only its fields about transactions", () => {
  const { transactions, totals, reconciliation, exceptions, unreadable, transactionsHash } = content;
  const tally = { transactions, totals, reconciliation, exceptions, unreadable, transactionsHash };
  expect(tallyIn(content)).toEqual(tally);
  expect(tallySchema.parse(tally)).toEqual(tally);
});

test("a stored tally can have the totals of each format", () => {
  const tally = tallyIn(content);
  const parts = { totals: { cad: { ...sums(1), ...PARTS } } };
  for (const valid of [tally, { ...tally, ...parts }]) expect(tallySchema.parse(valid)).toEqual(valid);
});

test.each<[string, object]>([
  ["a missing number", { transactions: undefined }],
  ["an unknown number", { refunds: 1 }],
  ["a negative number", { transactions: -1 }],
  ["half a cent", { totals: { cad: { ...sums(1), gross: 0.5 } } }],
  ["a missing total", { totals: { cad: { count: 1 } } }],
  ["an unknown total", { totals: { cad: { ...sums(1), earned: 1 } } }],
  ["half a cent of a part", { totals: { cad: { ...sums(1), ...PARTS, disputeFees: 0.5 } } }],
  ["an unknown status", { reconciliation: { ...content.reconciliation, lost: 1 } }],
  ["no count of open exceptions", { exceptions: { resolved: 0, payments: [] } }],
  ["no list of unreadable payments", { unreadable: { count: 1 } }],
])("a stored tally with %s is invalid", (_what, fields) => {
  expect(tallySchema.safeParse({ ...tallyIn(content), ...fields }).success).toBe(false);
});

describe("a tally", () => {
  const tallyIn1 = (...transactions: (Transaction | null)[]) => addUp(1, transactions);
  const tallyOf = (...transactions: (Transaction | null)[]) => addUp(CURRENT_FORMAT, transactions);
  const addUp = (format: CloseFormat, transactions: readonly (Transaction | null)[]) => {
    const accumulator = new CloseAccumulator(DEFAULTS, format);
    for (const [index, transaction] of transactions.entries()) accumulator.add(`pi_${index}`, transaction);
    return accumulator.result();
  };
  const reconciled = updated(decide(recorded(), snapshotSeen(), LATER)).next;

  test.each<[string, Partial<Transaction>]>([
    ["status", { status: "processing" }],
    ["livemode", { livemode: true }],
    ["currency", { currency: "usd" }],
    ["amounts", { amount_stripe_fee: 58, amount_platform_fee: 42 }],
    ["refunds", { stripe: stripeSnapshot({ amountRefunded: 1 }) }],
    ["reconciliation", { reconciliation: { ...reconciled.reconciliation, status: "missing_in_portal" } }],
    ["exception", { exception: "resolved" }],
  ])("changes with a transaction's %s", (_what, fields) => {
    expect(tallyOf({ ...reconciled, ...fields }).transactionsHash).not.toBe(tallyOf(reconciled).transactionsHash);
  });

  test.each<[string, Partial<Transaction>]>([
    ["revision", { revision: 9, updatedAt: new Date(0) }],
    ["customer", { name: "Grace", workshopId: "w" }],
    [
      "payout",
      {
        stripe: stripeSnapshot(
          { payout: { id: "po_1", status: "paid", createdAt: new Date(0), arrivesAt: new Date(0) } },
          999,
        ),
      },
    ],
  ])("does not change with a transaction's %s", (_what, fields) => {
    expect(tallyOf({ ...reconciled, ...fields })).toEqual(tallyOf(reconciled));
  });

  it("has a fixed hash in each format", () => {
    expect(tallyIn1(reconciled, null).transactionsHash).toBe(
      "923c0de20e6cc229d70b7b70d0f69aa2d844b2eea7775dbbbe3e291125869028",
    );
    expect(tallyOf(reconciled, null).transactionsHash).toBe(
      "efdf5a1dc49a32da1b197e93be3b8855e245a5944dbdfde79bd164625879811e",
    );
  });

  const disputed = {
    ...reconciled,
    stripe: stripeSnapshot({
      netAdjustment: { currency: "eur", amount: -1_500 },
      adjustmentParts: [{ currency: "eur", refunds: 0, disputes: 0, disputeFees: -1_500, feesReturned: 0, other: 0 }],
    }),
  };

  it("states what the net adjustment consists of since format 2, and does not change in format 1", () => {
    const asBefore = { ...disputed, stripe: { ...disputed.stripe, adjustmentParts: [] } };
    expect(tallyIn1(disputed)).toEqual(tallyIn1(asBefore));
    expect(tallyIn1(disputed).totals["eur"]).toEqual({ ...sums(0), netAdjustment: -1_500 });
    expect(tallyOf(disputed).totals["eur"]).toEqual({
      ...sums(0),
      ...PARTS,
      netAdjustment: -1_500,
      disputeFees: 1_500,
    });
    expect(tallyOf(disputed).transactionsHash).not.toBe(tallyOf(asBefore).transactionsHash);
  });

  it("depends on the amounts and the reconciliation status", () => {
    const line = {
      id: "pi_1",
      status: "succeeded",
      livemode: false,
      currency: "cad",
      reconciliation: "matched",
      exception: null,
    };
    const cad = { ...sums(1), gross: 1000, stripeFees: 59, platformFees: 41, net: 900 };
    expect(closeLine("pi_1", reconciled, DEFAULTS, 1)).toEqual({ ...line, contribution: { cad } });
    expect(closeLine("pi_1", reconciled, DEFAULTS, 2)).toEqual({
      ...line,
      contribution: { cad: { ...cad, ...PARTS } },
    });
    expect(closeLine("pi_1", null, DEFAULTS, 2)).toEqual({ id: "pi_1" });
  });

  it("counts every kind", () => {
    const inDollars = { ...recorded({ currency: "usd" }), exception: "resolved" as const };
    const pending = recorded({ status: "processing" });
    const { transactionsHash: _hash, ...tally } = tallyIn1(reconciled, reconciled, inDollars, pending);
    const counted = (count: number) => ({ count, gross: 1000 * count, stripeFees: 59 * count });
    const others = (count: number) => ({ platformFees: 41 * count, net: 900 * count });
    expect(tally).toEqual({
      transactions: 4,
      totals: {
        cad: { ...sums(0), ...counted(2), ...others(2) },
        usd: { ...sums(0), ...counted(1), ...others(1) },
      },
      reconciliation: { expected: 2, matched: 2, mismatched: 0, missing_in_portal: 0, missing_in_stripe: 0 },
      exceptions: { open: 0, resolved: 1, payments: [] },
      unreadable: { count: 0, payments: [] },
    });
  });

  it("changes with the order of its transactions, and with an unreadable one", () => {
    const other = recorded({ amount_total: 2000 });
    const hashes = [
      tallyOf(reconciled, other),
      tallyOf(other, reconciled),
      tallyOf(reconciled),
      tallyOf(reconciled, null),
    ];
    expect(new Set(hashes.map(({ transactionsHash }) => transactionsHash)).size).toBe(4);
  });

  it("counts all exceptions and unreadable payments, and names a limited number", () => {
    const open = { ...reconciled, exception: "open" as const };
    const many = Array.from({ length: MAX_NAMED + 1 }, () => [open, null]).flat();
    const { transactions, exceptions, unreadable, totals } = tallyOf(...many);
    const counts = [transactions, exceptions.open, unreadable.count, totals["cad"]?.count];
    expect(counts).toEqual([2 * MAX_NAMED + 2, MAX_NAMED + 1, MAX_NAMED + 1, MAX_NAMED + 1]);
    expect([exceptions.payments.length, unreadable.payments.length]).toEqual([MAX_NAMED, MAX_NAMED]);
  });
});
