// Runs one query of a franchisee in its own process, to measure its memory. Prints one line of JSON.
import { recordDefaults } from "../../src/config.ts";
import { dayOf, monthAfter, monthOf } from "../../src/domain/calendar.ts";
import { exportTransactions } from "../../src/http/export.ts";
import { firestore } from "../../src/store/connection.ts";
import { monthsOf } from "../../src/store/revenue-queries.ts";
import { audit } from "../../src/store/verify-totals.ts";
import { transactionPage } from "../../src/store/transactions.ts";
import { transactionsRef } from "../../src/store/refs.ts";

const ROUNDS = 100;
const WARM_UP = 50;

const [franchiseeId = "", what = ""] = process.argv.slice(2);
const queries: Record<string, () => Promise<Record<string, number[]>>> = { reads, verify, csv };
const latencies = await queries[what]?.();
const { maxRSS } = process.resourceUsage();
console.log(JSON.stringify({ latencies, megabytes: maxRSS / 1000 }));
await firestore().terminate();

async function reads(): Promise<Record<string, number[]>> {
  const page = { limit: 50, cursor: undefined, selection: {} };
  const bare = transactionsRef(franchiseeId).orderBy("createdAt", "desc").limit(page.limit);
  const thisMonth = monthOf(dayOf(new Date(), recordDefaults().timeZone));
  const year = Array.from({ length: 12 }, (_none, index) => monthAfter(thisMonth, -index));
  return {
    "bare query of a page": await measure(() => bare.get()),
    "page of the list": await measure(() => transactionPage(franchiseeId, page)),
    "revenue of a year": await measure(() => monthsOf(franchiseeId, year, 500)),
  };
}

async function verify(): Promise<Record<string, number[]>> {
  const verifyTotals = async (): Promise<void> => {
    const { drift, uncounted } = await audit(franchiseeId, recordDefaults());
    if (drift.size + uncounted.length > 0) throw new Error("The seeded totals are wrong.");
  };
  return { "revenue -- verify": await measure(verifyTotals, 0, 1) };
}

async function csv(): Promise<Record<string, number[]>> {
  const exportAll = async (): Promise<void> => {
    let length = 0;
    for await (const chunk of exportTransactions("csv", franchiseeId, {}, new Date()).chunks) length += chunk.length;
    if (length === 0) throw new Error("Nothing was exported.");
  };
  return { "CSV of all": await measure(exportAll, 0, 1) };
}

async function measure(query: () => Promise<unknown>, warmUp = WARM_UP, rounds = ROUNDS): Promise<number[]> {
  const measured: number[] = [];
  for (let round = -warmUp; round < rounds; round += 1) {
    const from = performance.now();
    await query();
    if (round >= 0) measured.push(performance.now() - from);
  }
  return measured;
}
