import { composed, type Deposit, isOpenDeposit, mergeDeposits } from "../../src/domain/deposit.ts";

const DAY = 86_400_000;

function deposit(fields: Partial<Deposit> = {}): Deposit {
  return {
    id: "po_1",
    status: "paid",
    createdAt: new Date(0),
    arrivesAt: new Date(2 * DAY),
    amount: 8_470,
    currency: "cad",
    kind: "automatic",
    bank: { name: "STRIPE TEST BANK", last4: "6789" },
    failure: null,
    statementDescriptor: null,
    reconciliationStatus: "completed",
    originalPayoutId: null,
    reversedByPayoutId: null,
    composition: null,
    explained: null,
    asOf: new Date(3 * DAY),
    ...fields,
  };
}

test("a composition adds up its content by category, and says what that exceeds the amount by", () => {
  const content = [
    { reportingCategory: "charge", amount: 10_000, fee: 820, net: 9_180 },
    { reportingCategory: "charge", amount: 1_000, fee: 89, net: 911 },
    { reportingCategory: "refund", amount: -1_000, fee: 0, net: -1_000 },
    { reportingCategory: "fee", amount: -621, fee: 0, net: -621 },
  ];
  // 9180 + 911 − 1000 − 621 = 8470.
  expect(composed(content, 8_470)).toEqual({
    composition: [
      { reportingCategory: "charge", count: 2, amount: 11_000, fee: 909, net: 10_091 },
      { reportingCategory: "fee", count: 1, amount: -621, fee: 0, net: -621 },
      { reportingCategory: "refund", count: 1, amount: -1_000, fee: 0, net: -1_000 },
    ],
    explained: { net: 8_470, difference: 0 },
  });
  expect(composed(content, 8_400).explained).toEqual({ net: 8_470, difference: 70 });
  expect(composed([], 0)).toEqual({ composition: [], explained: { net: 0, difference: 0 } });
});

test.each<[boolean, Partial<Deposit>]>([
  [true, { status: "pending" }],
  [true, { status: "in_transit", kind: "manual" }],
  [true, { reconciliationStatus: "in_progress" }],
  [false, { reconciliationStatus: "in_progress", asOf: new Date(36 * DAY) }],
  [false, { reconciliationStatus: "completed" }],
  [false, { kind: "manual", reconciliationStatus: "not_applicable" }],
  [false, { status: "failed", reconciliationStatus: "in_progress" }],
  [false, { status: "canceled" }],
])("a payout may still change (%s): %j", (isOpen, fields) => {
  expect(isOpenDeposit(deposit(fields))).toBe(isOpen);
});

test("of two readings the later one counts, with what only the other one has, in either order", () => {
  const paid = deposit({ ...composed([], 0), asOf: new Date(4 * DAY) });
  const failed = deposit({ status: "failed", bank: null, asOf: new Date(5 * DAY) });
  const { composition, explained, bank } = paid;
  const expected = { ...failed, composition, explained, bank };
  expect(mergeDeposits(paid, failed)).toEqual(expected);
  expect(mergeDeposits(failed, paid)).toEqual(expected);
});
