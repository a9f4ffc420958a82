import { z } from "zod";
import { recordDefaults } from "../config.ts";
import { currencySchema } from "../domain/money.ts";
import { RECONCILIATION_STATUSES } from "../domain/reconciliation.ts";
import { log } from "../log.ts";
import type { CheckedBalance } from "../store/balance-documents.ts";
import { type FranchiseeOrder, listFranchisees, MONEY_ORDERS } from "../store/revenue-queries.ts";
import { amount } from "./balance-response.ts";
import { profileResponseSchema } from "./franchisee-profile.ts";
import type { RouteResponse, ApiRequest, Route } from "./router.ts";
import { serializeTotals, totalsSchema } from "./totals-response.ts";
import { pageFields, pageLimit, readQuery, validate, warningsSchema } from "./validation.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

const isByMoney = (sort: string): sort is (typeof MONEY_ORDERS)[number] => MONEY_ORDERS.some((order) => order === sort);

const querySchema = z
  .strictObject({
    limit: pageLimit(MAX_LIMIT).default(DEFAULT_LIMIT),
    cursor: z.string().optional(),
    sort: z.enum(["id", "exceptions", ...MONEY_ORDERS]).default("id"),
    currency: currencySchema.optional(),
  })
  .refine(({ sort, currency }) => currency === undefined || isByMoney(sort), {
    path: ["currency"],
    error: `only with sort=${MONEY_ORDERS.join(" or ")}`,
    when: ({ issues }) => issues.length === 0,
  });

const inputSchema = z.object({ query: querySchema });

const count = z.int();
const freshness = z
  .strictObject({
    completeUntil: z.iso.datetime().optional().describe("everything until then is imported"),
    lastRunAt: z.iso.datetime(),
    error: z
      .strictObject({ at: z.iso.datetime(), message: z.string() })
      .nullable()
      .describe("why completeUntil is not later"),
  })
  .optional();

const balanceSchema = z.strictObject({
  checkedAt: z.iso.datetime(),
  isExplained: z.boolean().describe("whether every difference is 0"),
  unexplainedSince: z.iso.datetime().nullable().describe("since when it is not; null if it is"),
  currencies: z
    .record(
      z.string(),
      z.strictObject({
        available: amount.describe("minor units, as Stripe stated it"),
        pending: amount.describe("minor units, as Stripe stated it"),
        recorded: amount.describe("minor units: the net of the recorded movements"),
        difference: amount.describe("minor units: recorded - (available + pending)"),
      }),
    )
    .describe("by currency (ISO 4217, lower case)"),
} satisfies Record<keyof CheckedBalance, z.ZodType>);

export const franchiseesResponseSchema = z.strictObject({
  success: z.literal(true),
  franchisees: z.array(
    z.strictObject({
      franchiseeId: z.string(),
      profile: profileResponseSchema,
      totals: totalsSchema.describe("lifetime totals by currency, as in revenue"),
      unrelated: totalsSchema.describe("the same for sales unrelated to the business"),
      reconciliation: z
        .strictObject(Object.fromEntries(RECONCILIATION_STATUSES.map((status) => [status, count])))
        .describe("how many transactions have each status"),
      exceptions: z.strictObject({ open: count, resolved: count }),
      sync: z.strictObject({ platform: freshness, account: freshness }),
      balance: balanceSchema
        .nullable()
        .describe("the last comparison of the recorded movements with Stripe's balance; null before the first"),
    }),
  ),
  ...pageFields,
  warnings: warningsSchema,
});

/** The path names no franchisee, so no owner is a reader: the route is for head office and the orchestrator. */
export const franchiseesRoute: Route = {
  method: "GET",
  paths: ["/api/franchisees"],
  access: "reader",
  handle: list,
  operation: {
    operationId: "listFranchisees",
    summary: "Every franchisee's totals, reconciliation, exceptions and balance; for head office and the orchestrator",
    input: inputSchema,
    response: ["One page", franchiseesResponseSchema],
    errors: [400, 401, 403, 500, 503],
  },
};

async function list(request: ApiRequest): Promise<RouteResponse> {
  const { limit, cursor, sort, currency } = validate(inputSchema, { query: readQuery(request) }).query;
  const order: FranchiseeOrder = isByMoney(sort)
    ? { by: sort, currency: currency ?? recordDefaults().currency }
    : { by: sort };
  const { franchisees, nextCursor, unreadable } = await listFranchisees(order, { limit, cursor });
  for (const message of unreadable) log.error("unreadable document", new Error(message));
  return {
    success: true,
    franchisees: franchisees.map(({ totals, unrelated, ...franchisee }) => ({
      ...franchisee,
      totals: serializeTotals(totals),
      unrelated: serializeTotals(unrelated),
    })),
    count: franchisees.length,
    nextCursor,
    ...(unreadable.length > 0 && { warnings: unreadable }),
  };
}
