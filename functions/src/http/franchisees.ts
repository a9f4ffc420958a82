import { z } from "zod";
import { recordDefaults } from "../config.ts";
import { currencySchema } from "../domain/money.ts";
import { log } from "../log.ts";
import { type FranchiseeOrder, listFranchisees, MONEY_ORDERS } from "../store/revenue-queries.ts";
import type { RouteResponse, ApiRequest, Route } from "./router.ts";
import { pageLimit, readQuery, validate } from "./validation.ts";
import { FRANCHISEES_PATH } from "./paths.ts";

/** GET the franchisees. No path names one here, so that no owner is a reader: it is for head office and the orchestrator. */
export const franchiseesRoute: Route = { method: "GET", path: FRANCHISEES_PATH, access: "reader", handle: list };

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

const isByMoney = (sort: string): sort is (typeof MONEY_ORDERS)[number] => MONEY_ORDERS.some((order) => order === sort);

/** The query parameters. */
export const franchiseesQuerySchema = z
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

const inputSchema = z.object({ query: franchiseesQuerySchema });

async function list(request: ApiRequest): Promise<RouteResponse> {
  const { limit, cursor, sort, currency } = validate(inputSchema, { query: readQuery(request) }).query;
  const order: FranchiseeOrder = isByMoney(sort)
    ? { by: sort, currency: currency ?? recordDefaults().currency }
    : { by: sort };
  const { franchisees, nextCursor, unreadable } = await listFranchisees(order, { limit, cursor });
  for (const message of unreadable) log.error("unreadable document", new Error(message));
  return {
    success: true,
    franchisees,
    count: franchisees.length,
    nextCursor,
    ...(unreadable.length > 0 && { warnings: unreadable }),
  };
}
