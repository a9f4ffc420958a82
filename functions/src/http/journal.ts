import { z } from "zod";
import { journalAccounts } from "../config.ts";
import { monthAfter, startOfMonth } from "../domain/calendar.ts";
import { BYTE_ORDER_MARK } from "../domain/csv.ts";
import { JOURNAL_ACCOUNTS, type Journal, journalOf } from "../domain/journal.ts";
import { franchiseeIdSchema } from "../domain/payment.ts";
import { payoutIdSchema } from "../domain/payout.ts";
import { AppError } from "../errors.ts";
import { payoutsArriving } from "../store/balance-queries.ts";
import { amount, currency } from "./balance-response.ts";
import { quickBooksFile, xeroFile } from "./journal-files.ts";
import { monthSchema } from "./revenue.ts";
import type { ApiRequest, Route, RouteResponse } from "./router.ts";
import { StreamedResponse } from "./stream.ts";
import { readQuery, validate } from "./validation.ts";

const inputSchema = z.object({
  franchiseeId: franchiseeIdSchema,
  query: z.strictObject({ month: monthSchema, format: z.enum(["json", "quickbooks", "xero"]).default("json") }),
});

export const journalResponseSchema = z.strictObject({
  success: z.literal(true),
  franchiseeId: franchiseeIdSchema,
  month: monthSchema.describe("of the days on which the payouts arrive at the bank, as Stripe states them (UTC)"),
  journals: z
    .array(
      z.strictObject({
        payoutId: payoutIdSchema,
        date: z.iso.date(),
        currency,
        lines: z
          .array(
            z.strictObject({
              account: z.enum(JOURNAL_ACCOUNTS),
              amount: amount.describe("minor units: positive is a debit, negative a credit"),
            }),
          )
          .describe("their amounts add up to 0"),
      }),
    )
    .describe("one for each payout, in order"),
});

export const journalRoute: Route = {
  method: "GET",
  paths: ["/api/franchisees/{franchiseeId}/journal"],
  access: "reader",
  handle: showJournal,
  operation: {
    operationId: "showJournal",
    summary: "A bookkeeping entry for each payout of a month; or a file to import into QuickBooks Online or Xero",
    input: inputSchema,
    response: ["The entries; or, with format=quickbooks or format=xero, a file", journalResponseSchema],
    files: ["text/csv"],
    errors: [400, 401, 403, 409, 500, 503],
  },
};

async function showJournal(request: ApiRequest): Promise<RouteResponse> {
  const { franchiseeId, query } = validate(inputSchema, { ...request.params, query: readQuery(request) });
  const { month, format } = query;
  const { quickbooks, xero } = journalAccounts();
  if (format === "xero" && !xero) {
    throw new AppError("conflict", "The portal does not know Xero's account codes: the operator sets XERO_ACCOUNTS.");
  }
  // Stripe states the day of arrival as midnight UTC.
  const period = { from: startOfMonth(month, "Etc/UTC"), to: startOfMonth(monthAfter(month, 1), "Etc/UTC") };
  const read = async (): Promise<Journal[]> => {
    const arriving = await payoutsArriving(franchiseeId, period);
    const journals = arriving.map(({ payout, movements }) => journalOf(payout, movements));
    return journals.filter(({ lines }) => lines.length > 0);
  };
  if (format === "json") return { success: true, franchiseeId, month, journals: await read() };
  async function* chunks(): AsyncGenerator<string> {
    const journals = await read();
    yield (
      BYTE_ORDER_MARK + (xero && format === "xero" ? xeroFile(journals, xero) : quickBooksFile(journals, quickbooks))
    );
  }
  const filename = `${franchiseeId}-journal-${month}-${format}.csv`;
  const headers = {
    "Content-Type": "text/csv; charset=utf-8; header=present",
    "Content-Disposition": `attachment; filename="${filename}"`,
  };
  return new StreamedResponse(headers, chunks());
}
