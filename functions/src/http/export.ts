import { recordDefaults } from "../config.ts";
import { dayOf } from "../domain/calendar.ts";
import { BYTE_ORDER_MARK } from "../domain/csv.ts";
import { log } from "../log.ts";
import type { Entry } from "../store/transaction-converter.ts";
import { type Selection, currentReadTime, transactionsAt } from "../store/snapshot-reads.ts";
import { headerLine, transactionLine, unreadableLine } from "./csv-columns.ts";
import { StreamedResponse } from "./stream.ts";
import { serializeTransaction } from "./transaction-response.ts";

interface Format {
  contentType: string;
  header: string;
  line: (entry: Entry) => string;
}

const FORMATS = {
  csv: {
    contentType: "text/csv; charset=utf-8; header=present",
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
} as const satisfies Record<string, Format>;

export type ExportFormat = keyof typeof FORMATS;

/** Exports the selected transactions as of now, newest first. The file's name has the day of `now`. */
export function exportTransactions(
  format: ExportFormat,
  franchiseeId: string,
  selection: Selection,
  now: Date,
): StreamedResponse {
  const { contentType, header, line }: Format = FORMATS[format];

  async function* chunks(): AsyncGenerator<string> {
    let head = header;
    for await (const page of transactionsAt(await currentReadTime(), franchiseeId, "desc", selection)) {
      for (const entry of page) {
        if ("unreadable" in entry) log.error("unreadable document", new Error(entry.unreadable), { franchiseeId });
      }
      yield head + page.map(line).join("");
      head = "";
    }
    if (head !== "") yield head;
  }

  const filename = `${franchiseeId}-${dayOf(now, recordDefaults().timeZone)}.${format}`;
  const headers = { "Content-Type": contentType, "Content-Disposition": `attachment; filename="${filename}"` };
  return new StreamedResponse(headers, chunks());
}
