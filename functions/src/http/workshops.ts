import { z } from "zod";
import { recordDefaults } from "../config.ts";
import { franchiseeIdSchema } from "../domain/payment.ts";
import { workshopsOf } from "../store/revenue-queries.ts";
import type { RouteResponse, ApiRequest, Route } from "./router.ts";
import { pageLimit, readQuery, validate } from "./validation.ts";
import { WORKSHOPS_PATH } from "./paths.ts";
import { monthSchema, presentWorkshops } from "./revenue.ts";

/** GET all workshops of one month, page by page. */
export const workshopsRoute: Route = { method: "GET", path: WORKSHOPS_PATH, access: "reader", handle: listWorkshops };

const DEFAULT_LIMIT = 500;
const MAX_LIMIT = 2_000;

/** The query parameters. */
export const workshopsQuerySchema = z.strictObject({
  limit: pageLimit(MAX_LIMIT).default(DEFAULT_LIMIT),
  cursor: z.string().optional(),
});

const inputSchema = z.object({ franchiseeId: franchiseeIdSchema, month: monthSchema, query: workshopsQuerySchema });

async function listWorkshops(request: ApiRequest): Promise<RouteResponse> {
  const { franchiseeId, month, query } = validate(inputSchema, { ...request.params, query: readQuery(request) });
  const page = await workshopsOf(franchiseeId, month, { limit: query.limit, cursor: query.cursor });
  const workshops = presentWorkshops(page, recordDefaults().currency);
  return { success: true, franchiseeId, month, workshops, count: workshops.length, nextCursor: page.nextCursor };
}
