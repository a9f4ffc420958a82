import { csvLine, numberCell, textCell } from "../domain/csv.ts";
import { majorUnits } from "../domain/currencies.ts";
import type { Revenue } from "../domain/revenue.ts";
import { type Derived, derivedFrom, type Totals } from "../domain/totals.ts";

/** The amounts of a line, in the order in which they add up, by their header. */
const AMOUNTS: readonly (readonly [header: string, figure: Exclude<keyof Totals | keyof Derived, "count">])[] = [
  ["gross", "gross"],
  ["stripe_fees", "stripeFees"],
  ["platform_fees", "platformFees"],
  ["unallocated", "unallocated"],
  ["net", "net"],
  ["refunds_deducted", "refundsDeducted"],
  ["disputes_deducted", "disputesDeducted"],
  ["dispute_fees", "disputeFees"],
  ["fees_returned", "feesReturned"],
  ["other_adjustment", "otherAdjustment"],
  ["earned", "earned"],
  ["refunded_to_customers", "refunded"],
  ["disputed_by_customers", "disputed"],
];

/** The header of lines that begin with cells of these names. */
export function revenueHeaderLine(...names: readonly string[]): string {
  return csvLine([...names, "currency", "payments", ...AMOUNTS.map(([header]) => header)].map(textCell));
}

/** A line for each currency, with amounts in the major unit. `first` are the cells before it. */
export function revenueLines(first: readonly string[], revenue: Revenue): string {
  const lines = Object.entries(revenue).map(([currency, totals]) => {
    const figures = { ...totals, ...derivedFrom(totals) };
    const amounts = AMOUNTS.map(([, figure]) => numberCell(majorUnits(figures[figure], currency)));
    return csvLine([...first, textCell(currency), numberCell(totals.count), ...amounts]);
  });
  return lines.join("");
}
