import { z } from "zod";
import { recordDefaults } from "../config.ts";
import { dayOf } from "../domain/calendar.ts";
import { franchiseeIdSchema } from "../domain/payment.ts";
import { payoutIdSchema } from "../domain/payout.ts";
import { AppError } from "../errors.ts";
import { log } from "../log.ts";
import { movementsAt, payoutContent, payoutPage, payoutReadTime } from "../store/balance-queries.ts";
import { currentReadTime } from "../store/snapshot-reads.ts";
import { amount, balanceTransactionSchema, payoutSchema } from "./balance-response.ts";
import { exportMovements } from "./export.ts";
import type { RouteResponse, ApiRequest, Route } from "./router.ts";
import { pageFields, pageLimit, readQuery, refusePages, validate, warningsSchema } from "./validation.ts";

const MAX_LIMIT = 500;
const DEFAULT_PAYOUTS = 50;
const DEFAULT_MOVEMENTS = 100;

function pageQuery(defaultLimit: number) {
  return z
    .strictObject({
      format: z.enum(["json", "csv"]).default("json"),
      limit: pageLimit(MAX_LIMIT).optional().meta({ default: defaultLimit }),
      cursor: z.string().optional(),
    })
    .check(refusePages);
}

const listInputSchema = z.object({ franchiseeId: franchiseeIdSchema, query: pageQuery(DEFAULT_PAYOUTS) });

export const payoutsResponseSchema = z.strictObject({
  success: z.literal(true),
  franchiseeId: franchiseeIdSchema,
  payouts: z.array(payoutSchema),
  ...pageFields,
  warnings: warningsSchema,
});

export const payoutsRoute: Route = {
  method: "GET",
  paths: ["/api/franchisees/{franchiseeId}/payouts"],
  access: "reader",
  handle: listPayouts,
  operation: {
    operationId: "listPayouts",
    summary: "List a franchisee's payouts, newest first; or export all movements on its Stripe balance",
    input: listInputSchema,
    response: [
      "One page; or, with format=csv, a file with a line for each balance transaction, which names its payout",
      payoutsResponseSchema,
    ],
    files: ["text/csv"],
    errors: [400, 401, 403, 500, 503],
  },
};

async function listPayouts(request: ApiRequest): Promise<RouteResponse> {
  const { franchiseeId, query } = validate(listInputSchema, { ...request.params, query: readQuery(request) });
  const { format, limit = DEFAULT_PAYOUTS, cursor } = query;
  if (format === "csv") {
    const name = `balance-transactions-${dayOf(request.receivedAt, recordDefaults().timeZone)}`;
    return exportMovements(franchiseeId, name, movementsAt(await currentReadTime(), franchiseeId, { kind: "all" }));
  }
  const { entries: payouts, nextCursor, unreadable } = await payoutPage(franchiseeId, { limit, cursor });
  return {
    success: true,
    franchiseeId,
    payouts,
    count: payouts.length,
    nextCursor,
    ...warningsOf(unreadable, franchiseeId),
  };
}

const oneInputSchema = z.object({
  franchiseeId: franchiseeIdSchema,
  payoutId: payoutIdSchema,
  query: pageQuery(DEFAULT_MOVEMENTS),
});

export const payoutResponseSchema = z.strictObject({
  success: z.literal(true),
  franchiseeId: franchiseeIdSchema,
  payout: payoutSchema,
  balance: z
    .strictObject({ before: amount, after: amount })
    .nullable()
    .describe(
      "of a manual or instant payout, whose content Stripe does not list: the account's balance in its currency, available and pending, before and after it; else null, also while its own movement is not recorded",
    ),
  balanceTransactions: z
    .array(balanceTransactionSchema)
    .describe("of this page, newest first: those whose newest payout it is, without its own movement"),
  ...pageFields,
  warnings: warningsSchema,
});

export const payoutRoute: Route = {
  method: "GET",
  paths: ["/api/franchisees/{franchiseeId}/payouts/{payoutId}"],
  access: "reader",
  handle: showPayout,
  operation: {
    operationId: "showPayout",
    summary: "A franchisee's payout with its content, page by page; or as a file",
    input: oneInputSchema,
    response: [
      "The payout; or, with format=csv, a file with a line for each balance transaction in it",
      payoutResponseSchema,
    ],
    files: ["text/csv"],
    errors: [400, 401, 403, 404, 500, 503],
  },
};

async function showPayout(request: ApiRequest): Promise<RouteResponse> {
  const input = validate(oneInputSchema, { ...request.params, query: readQuery(request) });
  const { franchiseeId, payoutId } = input;
  const { format, limit = DEFAULT_MOVEMENTS, cursor } = input.query;
  if (format === "csv") {
    const readTime = await payoutReadTime(franchiseeId, payoutId);
    if (!readTime) throw unknownPayout();
    const selection = { kind: "payout", payoutId } as const;
    return exportMovements(franchiseeId, payoutId, movementsAt(readTime, franchiseeId, selection));
  }
  const content = await payoutContent(franchiseeId, payoutId, { limit, cursor });
  if (!content) throw unknownPayout();
  const { payout, balance, entries, nextCursor, unreadable } = content;
  return {
    success: true,
    franchiseeId,
    payout,
    balance,
    balanceTransactions: entries,
    count: entries.length,
    nextCursor,
    ...warningsOf(unreadable, franchiseeId),
  };
}

function unknownPayout(): AppError {
  return new AppError("not_found", "The franchisee has no payout with this id.");
}

function warningsOf(unreadable: string[], franchiseeId: string): { warnings?: string[] } {
  for (const message of unreadable) log.error("unreadable document", new Error(message), { franchiseeId });
  return unreadable.length > 0 ? { warnings: unreadable } : {};
}
