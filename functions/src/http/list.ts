import { z } from "zod";
import { franchiseeIdSchema, PAYMENT_STATUSES, type Transaction } from "../domain/transaction.ts";
import { log } from "../log.ts";
import { list } from "../store/transactions.ts";
import type { Answer, ApiRequest, Route } from "./endpoint.ts";
import { readQuery, validate } from "./input.ts";
import { TRANSACTIONS_PATH } from "./paths.ts";

/** GET a franchisee's transactions. */
export const listRoute: Route = { method: "GET", path: TRANSACTIONS_PATH, access: "reader", handle: listTransactions };

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

const limitSchema = z
  .string()
  .regex(/^\d{1,6}$/, { error: `expected a whole number from 1 to ${MAX_LIMIT}` })
  .transform(Number)
  .pipe(z.int().min(1).max(MAX_LIMIT));

/** The times that Firestore can hold. */
const EARLIEST = new Date("0001-01-01T00:00:00Z");
const LATEST = new Date("9999-12-31T23:59:59.999Z");

const timeSchema = z.iso
  .datetime({ offset: true, error: "expected an ISO 8601 time such as 2025-11-01T00:00:00Z" })
  .transform((time) => new Date(time))
  .refine((time) => time >= EARLIEST && time <= LATEST, { error: "expected a time of the years 1 to 9999" });

/** The query parameters. */
export const listQuerySchema = z
  .strictObject({
    limit: limitSchema.default(DEFAULT_LIMIT),
    cursor: z.string().optional(),
    status: z.enum(PAYMENT_STATUSES).optional(),
    from: timeSchema.optional(),
    to: timeSchema.optional(),
  })
  .refine(({ from, to }) => !from || !to || from <= to, {
    path: ["from"],
    error: "later than to",
    when: ({ issues }) => issues.length === 0,
  });

const inputSchema = z.object({ franchiseeId: franchiseeIdSchema, query: listQuerySchema });

async function listTransactions(request: ApiRequest): Promise<Answer> {
  const { franchiseeId, query } = validate(inputSchema, { ...request.params, query: readQuery(request) });
  const { limit, cursor, status, from, to } = query;
  const page = await list(franchiseeId, { limit, cursor, status, from, to });
  const transactions = page.transactions.map(present);
  const { nextCursor, unreadable } = page;
  for (const message of unreadable) log.error("unreadable document", new Error(message), { franchiseeId });
  return {
    success: true,
    franchiseeId,
    transactions,
    count: transactions.length,
    nextCursor,
    ...(unreadable.length > 0 && { warnings: unreadable }),
  };
}

/** A transaction as it is sent out: amounts in minor units, times in ISO 8601, without the ledger's own registers. */
function present({ golden: _golden, absentAsOf: _absentAsOf, ...transaction }: Transaction) {
  return transaction;
}
