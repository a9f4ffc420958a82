import { csvLine, numberCell, textCell } from "../domain/csv.ts";
import { ACCOUNT_TITLES, type QuickBooksAccounts, type XeroAccounts } from "../domain/journal-accounts.ts";
import type { Journal } from "../domain/journal.ts";
import { majorUnits } from "../domain/currencies.ts";

/** Journals in the columns that bookkeeping programs import. */

/** https://quickbooks.intuit.com/learn-support/en-au/help-article/import-export-files/import-journal-entries-quickbooks-online/L4tQBwbs7_AU_en_AU */
const QUICKBOOKS_COLUMNS = ["Journal No.", "Journal Date", "Account Name", "Debits", "Credits", "Description"];

/** Lines with the same number are one journal. Dates as MM/DD/YYYY. */
export function quickBooksFile(journals: readonly Journal[], accounts: QuickBooksAccounts): string {
  const lines = journals.flatMap((journal) =>
    journal.lines.map(({ account, amount }) =>
      csvLine([
        textCell(numberOf(journal)),
        textCell(dateIn(journal, (year, month, day) => `${month}/${day}/${year}`)),
        textCell(accounts[account]),
        amount > 0 ? numberCell(majorUnits(amount, journal.currency)) : "",
        amount < 0 ? numberCell(majorUnits(-amount, journal.currency)) : "",
        textCell(describe(journal)),
      ]),
    ),
  );
  return csvLine(QUICKBOOKS_COLUMNS.map(textCell)) + lines.join("");
}

/** QuickBooks' maximum of a document's number (its API reference, `DocNumber`). */
const MAX_NUMBER = 21;

function numberOf({ payoutId }: Journal): string {
  return payoutId.slice(-MAX_NUMBER);
}

/** https://help.xero.com/nz/ManualJournalsImport; the asterisks are those of Xero's template. */
const XERO_COLUMNS = ["*Narration", "*Date", "Description", "*AccountCode", "*TaxRate", "*Amount"];

/** Lines with the same narration and date are one journal. Dates as DD/MM/YYYY; credits are negative. */
export function xeroFile(journals: readonly Journal[], accounts: XeroAccounts): string {
  const lines = journals.flatMap((journal) =>
    journal.lines.map(({ account, amount }) =>
      csvLine([
        textCell(describe(journal)),
        textCell(dateIn(journal, (year, month, day) => `${day}/${month}/${year}`)),
        textCell(ACCOUNT_TITLES[account]),
        textCell(accounts[account]),
        textCell(accounts.taxRate),
        numberCell(majorUnits(amount, journal.currency)),
      ]),
    ),
  );
  return csvLine(XERO_COLUMNS.map(textCell)) + lines.join("");
}

function describe({ payoutId, currency }: Journal): string {
  return `Stripe payout ${payoutId}, ${currency.toUpperCase()}`;
}

function dateIn({ date }: Journal, format: (year: string, month: string, day: string) => string): string {
  const [year = "", month = "", day = ""] = date.split("-");
  return format(year, month, day);
}
