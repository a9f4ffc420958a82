// What one reads of a franchisee, beside the bare query of a page, in a process of its own, for its memory. Prints one line of JSON.
import { firestore } from "../../src/store/firestore.ts";
import { franchisee, revenue } from "../../src/store/totals.ts";
import { list, transactions } from "../../src/store/transactions.ts";

const ROUNDS = 100;
const WARM_UP = 50;

const [franchiseeId = ""] = process.argv.slice(2);
const page = { limit: 50, cursor: undefined, status: undefined, from: undefined, to: undefined };
const bare = transactions(franchiseeId).orderBy("createdAt", "desc").limit(page.limit);
const latencies = {
  bare: await measure(() => bare.get()),
  list: await measure(() => list(franchiseeId, page)),
  revenue: await measure(() => Promise.all([franchisee(franchiseeId).get(), revenue(franchiseeId).get()])),
};
const { maxRSS } = process.resourceUsage();
console.log(JSON.stringify({ ...latencies, megabytes: maxRSS / 1000 }));
await firestore().terminate();

async function measure(read: () => Promise<unknown>): Promise<number[]> {
  const measured: number[] = [];
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    const from = performance.now();
    await read();
    if (round >= 0) measured.push(performance.now() - from);
  }
  return measured;
}
