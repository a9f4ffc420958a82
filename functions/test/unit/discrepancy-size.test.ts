import { discrepancySize } from "../../src/domain/discrepancy-size.ts";

type Differences = [recorded: unknown, stripe: unknown][];

test.each<[string, string, Differences, number]>([
  ["one amount", "mismatched", [[899, 900]], 1],
  ["the largest of several amounts, in either direction", "mismatched", [[320, 233], [9180, 6267], [500, 500]], 2913], // prettier-ignore
  ["amounts of different signs", "mismatched", [[-500, 1200]], 1700],
  ["another currency, so the whole payment", "mismatched", [["cad", "usd"]], 10_000],
  ["another mode", "mismatched", [[true, false]], 10_000],
  ["a balance in another currency", "mismatched", [["500 usd", "0 usd"]], 10_000],
  ["an amount that differs by more than the payment", "mismatched", [["cad", "usd"], [0, 20_000]], 20_000], // prettier-ignore
  ["a payment that only Stripe has", "missing_in_portal", [], 10_000],
  ["a payment that Stripe does not know, with parts that do not add up", "missing_in_stripe", [[1, 0]], 10_000],
])("the size of %s", (_what, status, differences, size) => {
  const pairs = differences.map(([recorded, stripe]) => ({ recorded, stripe }));
  expect(discrepancySize({ amount_total: 10_000, reconciliation: { status, differences: pairs } })).toBe(size);
});

test("the size of a negative total is positive", () => {
  const reconciliation = { status: "missing_in_stripe", differences: [] };
  expect(discrepancySize({ amount_total: -250, reconciliation })).toBe(250);
});
