// Runs one query of a franchisee's in a process of its own, for its memory. Prints one line of JSON.
import { recordDefaults } from "../../src/config.ts";
import { dayOf, monthAfter, monthOf } from "../../src/domain/calendar.ts";
import { exportTransactions } from "../../src/http/export.ts";
import { firestore } from "../../src/store/connection.ts";
import { monthsOf } from "../../src/store/revenue-queries.ts";
import { audit } from "../../src/store/verify-totals.ts";
import { list } from "../../src/store/transactions.ts";
import { transactionsRef } from "../../src/store/refs.ts";

const ROUNDS = 100;
const WARM_UP = 50;

const [franchiseeId = "", what = ""] = process.argv.slice(2);
const asked: Record<string, () => Promise<Record<string, number[]>>> = { reads, verify, csv };
const latencies = await asked[what]?.();
const { maxRSS } = process.resourceUsage();
console.log(JSON.stringify({ latencies, megabytes: maxRSS / 1000 }));
await firestore().terminate();

async function reads(): Promise<Record<string, number[]>> {
  const page = { limit: 50, cursor: undefined, status: undefined, from: undefined, to: undefined };
  const bare = transactionsRef(franchiseeId).orderBy("createdAt", "desc").limit(page.limit);
  const thisMonth = monthOf(dayOf(new Date(), recordDefaults().timeZone));
  const year = Array.from({ length: 12 }, (_none, index) => monthAfter(thisMonth, -index));
  return {
    "bare query of a page": await measure(() => bare.get()),
    "page of the list": await measure(() => list(franchiseeId, page)),
    "revenue of a year": await measure(() => monthsOf(franchiseeId, year, 500)),
  };
}

async function verify(): Promise<Record<string, number[]>> {
  const check = async (): Promise<void> => {
    const { drift, uncounted } = await audit(franchiseeId, recordDefaults());
    if (drift.size + uncounted.length > 0) throw new Error("The totals that were seeded are wrong.");
  };
  return { "revenue -- verify": await measure(check, 0, 1) };
}

async function csv(): Promise<Record<string, number[]>> {
  const take = async (): Promise<void> => {
    let length = 0;
    for await (const piece of exportTransactions("csv", franchiseeId, {}, new Date()).pieces) length += piece.length;
    if (length === 0) throw new Error("Nothing was exported.");
  };
  return { "CSV of all": await measure(take, 0, 1) };
}

async function measure(ask: () => Promise<unknown>, warmUp = WARM_UP, rounds = ROUNDS): Promise<number[]> {
  const measured: number[] = [];
  for (let round = -warmUp; round < rounds; round += 1) {
    const from = performance.now();
    await ask();
    if (round >= 0) measured.push(performance.now() - from);
  }
  return measured;
}
