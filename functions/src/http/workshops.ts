import { z } from "zod";
import { recordDefaults } from "../config.ts";
import { franchiseeIdSchema } from "../domain/payment.ts";
import { workshopsOf } from "../store/revenue-queries.ts";
import type { RouteResponse, ApiRequest, Route } from "./router.ts";
import { pageFields, pageLimit, readQuery, validate } from "./validation.ts";
import { monthSchema, serializeWorkshops, workshopListSchema } from "./revenue.ts";

const DEFAULT_LIMIT = 500;
const MAX_LIMIT = 2_000;

const inputSchema = z.object({
  franchiseeId: franchiseeIdSchema,
  month: monthSchema,
  query: z.strictObject({ limit: pageLimit(MAX_LIMIT).default(DEFAULT_LIMIT), cursor: z.string().optional() }),
});

export const workshopsResponseSchema = z.strictObject({
  success: z.literal(true),
  franchiseeId: franchiseeIdSchema,
  month: monthSchema,
  workshops: workshopListSchema.describe(
    "those of this page with any total, the highest gross in the default currency first; pages are in no order",
  ),
  ...pageFields,
});

export const workshopsRoute: Route = {
  method: "GET",
  paths: ["/api/franchisees/{franchiseeId}/revenue/{month}/workshops"],
  access: "reader",
  handle: listWorkshops,
  operation: {
    operationId: "listWorkshops",
    summary: "A franchisee's revenue of one month by workshop, page by page",
    input: inputSchema,
    response: ["One page", workshopsResponseSchema],
    errors: [400, 401, 403, 500, 503],
  },
};

async function listWorkshops(request: ApiRequest): Promise<RouteResponse> {
  const { franchiseeId, month, query } = validate(inputSchema, { ...request.params, query: readQuery(request) });
  const page = await workshopsOf(franchiseeId, month, { limit: query.limit, cursor: query.cursor });
  const workshops = serializeWorkshops(page, recordDefaults().currency);
  return { success: true, franchiseeId, month, workshops, count: workshops.length, nextCursor: page.nextCursor };
}
