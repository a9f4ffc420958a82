import { monthsIncluding } from "../../src/domain/calendar.ts";
import { NO_TOTALS, sumOf } from "../../src/domain/revenue.ts";

test.each([
  ["2025-11", "2025-11", 1],
  ["2025-10", "2025-11", 2],
  ["2024-12", "2025-11", 12],
  ["2025-11", "2025-10", 0],
])("from %s to %s there are %d months", (from, to, months) => {
  expect(monthsIncluding(from, to)).toBe(months);
});

test("a sum of revenues has every currency of which there is something", () => {
  const totals = (gross: number) => Object.assign({}, NO_TOTALS, { count: 1, gross });
  expect(sumOf([{ usd: totals(2), cad: totals(3) }, {}, { cad: totals(4), eur: NO_TOTALS }])).toEqual({
    cad: { ...totals(7), count: 2 },
    usd: totals(2),
  });
});
