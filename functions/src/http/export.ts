import { recordDefaults } from "../config.ts";
import { dayAfter, dayOf, monthAfter, periodName } from "../domain/calendar.ts";
import { BYTE_ORDER_MARK, numberCell, textCell } from "../domain/csv.ts";
import type { Revenue } from "../domain/revenue.ts";
import { log } from "../log.ts";
import type { MovementEntry } from "../store/balance-queries.ts";
import type { NetworkRevenue } from "../store/network-revenue.ts";
import type { Entry } from "../store/transaction-converter.ts";
import { type Selection, currentReadTime, transactionsAt } from "../store/snapshot-reads.ts";
import { headerLine, transactionLine, unreadableLine } from "./csv-columns.ts";
import { movementHeaderLine, movementLine } from "./movement-columns.ts";
import { revenueHeaderLine, revenueLines } from "./revenue-columns.ts";
import { StreamedResponse } from "./stream.ts";
import { serializeTransaction } from "./transaction-response.ts";

interface Format<T> {
  contentType: string;
  header: string;
  line: (entry: T) => string;
}

const CSV_TYPE = "text/csv; charset=utf-8; header=present";

const FORMATS = {
  csv: {
    contentType: CSV_TYPE,
    header: BYTE_ORDER_MARK + headerLine(),
    line: (entry) =>
      "unreadable" in entry ? unreadableLine(entry.snapshot.id, entry.unreadable) : transactionLine(entry.transaction),
  },
  ndjson: {
    contentType: "application/x-ndjson; charset=utf-8",
    header: "",
    line: (entry) =>
      `${JSON.stringify(
        "unreadable" in entry
          ? { stripePaymentId: entry.snapshot.id, unreadable: entry.unreadable }
          : serializeTransaction(entry.transaction),
      )}\n`,
  },
} as const satisfies Record<string, Format<Entry>>;

export type ExportFormat = keyof typeof FORMATS;

/** Exports the selected transactions as of now, newest first, in a file that is named after their period. */
export function exportTransactions(
  format: ExportFormat,
  franchiseeId: string,
  selection: Selection,
  now: Date,
): StreamedResponse {
  async function* pages(): AsyncGenerator<Entry[]> {
    yield* transactionsAt(await currentReadTime(), franchiseeId, "desc", selection);
  }
  const { status, currency, has } = selection;
  const filename = [franchiseeId, "payments", periodOf(selection, now), status, currency, has]
    .filter((part) => part !== undefined)
    .join("-");
  return fileOf<Entry>(FORMATS[format], franchiseeId, `${filename}.${format}`, pages());
}

/** The selected days: until today, unless the selection ends before. */
function periodOf({ from, to }: Selection, now: Date): string {
  const { timeZone } = recordDefaults();
  const today = dayOf(now, timeZone);
  const first = from ? dayOf(from, timeZone) : null;
  // The end is not included.
  const end = to ? dayOf(new Date(to.getTime() - 1), timeZone) : today;
  const last = end < today ? end : today;
  return periodName(first, first !== null && last < first ? first : last);
}

/** A CSV file of revenue, by date of payment. */
export function exportRevenue(
  franchiseeId: string,
  { from, to }: { from: string; to: string },
  days: readonly { day: string; totals: Revenue }[],
): StreamedResponse {
  const format: Format<(typeof days)[number]> = {
    contentType: CSV_TYPE,
    header: BYTE_ORDER_MARK + revenueHeaderLine("day"),
    line: ({ day, totals }) => revenueLines([textCell(day)], totals),
  };
  const period = from === to ? from : `${from}_${to}`;
  return fileOf(format, franchiseeId, `${franchiseeId}-revenue-${period}.csv`, [days]);
}

/** A CSV file of all franchisees' revenue in these months; it is named after the first of them. */
export function exportNetworkRevenue(
  months: readonly string[],
  throughDay: number | null,
  franchisees: NetworkRevenue["franchisees"],
): StreamedResponse {
  const format: Format<(typeof franchisees)[number]> = {
    contentType: CSV_TYPE,
    header: BYTE_ORDER_MARK + revenueHeaderLine(...NETWORK_COLUMNS),
    line: ({ franchiseeId, profile: { businessName, city, owner }, months: revenues }) =>
      months
        .map((month, index) => {
          const texts = [month, franchiseeId, businessName, city, owner].map(textCell);
          return revenueLines([numberCell(throughDay), ...texts], revenues[index] ?? {});
        })
        .join(""),
  };
  const [month = ""] = months;
  const end = dayAfter(`${monthAfter(month, 1)}-01`, -1);
  const last = throughDay === null ? end : `${month}-${String(throughDay).padStart(2, "0")}`;
  const period = periodName(`${month}-01`, last < end ? last : end);
  return fileOf(format, null, `network-revenue-${period}.csv`, [franchisees]);
}

const NETWORK_COLUMNS = ["through_day", "month", "franchisee_id", "business_name", "city", "owner"] as const;

const MOVEMENTS: Format<MovementEntry> = {
  contentType: CSV_TYPE,
  header: BYTE_ORDER_MARK + movementHeaderLine(),
  line: movementLine,
};

/** A CSV file of balance transactions, newest first. `name` follows the franchisee in the file's name. */
export function exportMovements(
  franchiseeId: string,
  name: string,
  pages: AsyncGenerator<MovementEntry[]>,
): StreamedResponse {
  return fileOf(MOVEMENTS, franchiseeId, `${franchiseeId}-${name}.csv`, pages);
}

/** A line for each entry. Unreadable documents are logged, too. */
function fileOf<T extends object>(
  { contentType, header, line }: Format<T>,
  franchiseeId: string | null,
  filename: string,
  pages: AsyncIterable<readonly T[]> | Iterable<readonly T[]>,
): StreamedResponse {
  async function* chunks(): AsyncGenerator<string> {
    let head = header;
    for await (const page of pages) {
      for (const entry of page) {
        if ("unreadable" in entry)
          log.error("unreadable document", new Error(String(entry.unreadable)), { franchiseeId });
      }
      yield head + page.map(line).join("");
      head = "";
    }
    if (head !== "") yield head;
  }

  const headers = { "Content-Type": contentType, "Content-Disposition": `attachment; filename="${filename}"` };
  return new StreamedResponse(headers, chunks());
}
