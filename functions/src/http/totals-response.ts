import { z } from "zod";
import type { Revenue } from "../domain/revenue.ts";
import { type Derived, derivedFrom, type Totals } from "../domain/totals.ts";

const amount = z.int();

export const totalsSchema = z
  .record(
    z.string(),
    z.strictObject({
      count: amount.describe("payments"),
      gross: amount,
      stripeFees: amount,
      platformFees: amount,
      unallocated: amount.describe("the rest of gross, of payments whose fees are pending or do not add up"),
      net: amount.describe("gross - stripeFees - platformFees - unallocated"),
      refundsDeducted: amount.describe("taken from the franchisee's balance, reversed transfers included"),
      disputesDeducted: amount.describe("taken from the franchisee's balance"),
      disputeFees: amount,
      feesReturned: amount,
      otherAdjustment: amount.describe("other changes, and what documents of earlier versions do not itemize"),
      earned: amount.describe(
        "net - refundsDeducted - disputesDeducted - disputeFees + feesReturned + otherAdjustment; what the franchisee keeps",
      ),
      netAdjustment: amount.describe("earned - net"),
      refunded: amount.describe("what customers got back, also at the platform's cost"),
      disputed: amount.describe(
        "what customers' banks withhold in open and lost disputes, also at the platform's cost",
      ),
    } satisfies Record<keyof Totals | keyof Derived, z.ZodType>),
  )
  .describe("by currency (ISO 4217, lower case): the count of payments, and amounts in minor units");

/** With the figures that follow from the stored ones. */
export function serializeTotals(revenue: Revenue): Record<string, Totals & Derived> {
  const entries = Object.entries(revenue);
  return Object.fromEntries(entries.map(([currency, totals]) => [currency, { ...totals, ...derivedFrom(totals) }]));
}
