import { z } from "zod";
import { HAPPENINGS } from "../domain/filter-terms.ts";
import { currencySchema } from "../domain/money.ts";
import { franchiseeIdSchema, PAYMENT_STATUSES } from "../domain/payment.ts";
import { log } from "../log.ts";
import { transactionPage } from "../store/transactions.ts";
import type { RouteResponse, ApiRequest, Route } from "./router.ts";
import { exportTransactions } from "./export.ts";
import { pageFields, pageLimit, readQuery, refusePages, validate, warningsSchema } from "./validation.ts";
import { serializeTransaction, transactionSchema } from "./transaction-response.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

/** Firestore's range. */
const EARLIEST = new Date("0001-01-01T00:00:00Z");
const LATEST = new Date("9999-12-31T23:59:59.999Z");

const timeSchema = z.iso
  .datetime({ offset: true, error: "expected an ISO 8601 time such as 2025-11-01T00:00:00Z" })
  .transform((time) => new Date(time))
  .refine((time) => time >= EARLIEST && time <= LATEST, { error: "expected a time of the years 1 to 9999" });

const listQuerySchema = z
  .strictObject({
    format: z.enum(["json", "csv", "ndjson"]).default("json"),
    limit: pageLimit(MAX_LIMIT).optional().meta({ default: DEFAULT_LIMIT }),
    cursor: z.string().optional(),
    status: z.enum(PAYMENT_STATUSES).optional(),
    currency: currencySchema.optional(),
    has: z.enum(HAPPENINGS).optional(),
    from: timeSchema.optional(),
    to: timeSchema.optional(),
  })
  .refine(({ from, to }) => !from || !to || from <= to, {
    path: ["from"],
    error: "later than to",
    when: ({ issues }) => issues.length === 0,
  })
  .check(refusePages);

const inputSchema = z.object({ franchiseeId: franchiseeIdSchema, query: listQuerySchema });

export const listResponseSchema = z.strictObject({
  success: z.literal(true),
  franchiseeId: franchiseeIdSchema,
  transactions: z.array(transactionSchema),
  ...pageFields,
  warnings: warningsSchema,
});

export const listRoute: Route = {
  method: "GET",
  paths: ["/api/franchisees/{franchiseeId}/transactions"],
  access: "reader",
  handle: listTransactions,
  operation: {
    operationId: "listTransactions",
    summary: "List a franchisee's transactions, newest first; or export them all",
    input: inputSchema,
    response: ["One page; or, with a format, a file with a line for each transaction", listResponseSchema],
    files: ["text/csv", "application/x-ndjson"],
    errors: [400, 401, 403, 500, 503],
  },
};

async function listTransactions(request: ApiRequest): Promise<RouteResponse> {
  const { franchiseeId, query } = validate(inputSchema, { ...request.params, query: readQuery(request) });
  const { format, limit = DEFAULT_LIMIT, cursor, ...selection } = query;
  if (format !== "json") return exportTransactions(format, franchiseeId, selection, request.receivedAt);
  const { transactions, nextCursor, unreadable } = await transactionPage(franchiseeId, { limit, cursor, selection });
  for (const message of unreadable) log.error("unreadable document", new Error(message), { franchiseeId });
  return {
    success: true,
    franchiseeId,
    transactions: transactions.map(serializeTransaction),
    count: transactions.length,
    nextCursor,
    ...(unreadable.length > 0 && { warnings: unreadable }),
  };
}
