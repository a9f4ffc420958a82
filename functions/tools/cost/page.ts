import { WEBHOOKS_PER_PAYMENT } from "../../testing/fake-stripe/payment-lifecycle.ts";
import { type Counts, OPERATIONS } from "./counts.ts";
import { ASSUMED, billOf, HOURS_BETWEEN_SYNCS, PAYMENTS, totalOf, type Usage, usageOf } from "./model.ts";
import { type Item, PRICES, READ_ON } from "./prices.ts";

const FRANCHISEES = [10, 100, 1_000] as const;

/** The text of docs/cost.md; Prettier formats it. */
export function costPage(counts: Counts): string {
  const usages = FRANCHISEES.map((franchisees) => usageOf(franchisees, counts));
  const bills = usages.map(billOf);
  const hourly = FRANCHISEES.map((franchisees) => totalOf(billOf(usageOf(franchisees, counts, 1))));
  const head = FRANCHISEES.map((franchisees) => `${grouped(franchisees)} franchisees`);
  const dollars = table(
    ["dollars a month", ...head],
    [
      ...PRICES.map(({ item, what }) => [what, ...bills.map((bill) => money(bill.get(item) ?? NaN))]),
      ["**Together**", ...bills.map((bill) => `**${money(totalOf(bill))}**`)],
      ["With a sync every hour instead", ...hourly.map(money)],
    ],
  );
  const used = table(
    ["used in a month", ...head],
    PRICES.map(({ item, what, unit }) => [`${what}, ${unit}`, ...usages.map((usage) => quantity(usage, item))]),
  );
  const prices = table(
    ["price", "dollars", "for", "free in a month", "source"],
    PRICES.map(({ what, unit, dollars: price, per, free, source }) => [
      what,
      decimal(price),
      `${grouped(per)} ${unit}`,
      grouped(free),
      `<${source}>`,
    ]),
  );
  return `# Cost

What a month on Google Cloud costs, with ${PAYMENTS} payments of each franchisee, a payout a day, and a year of
payments stored. \`npm run cost\` writes this page: from the reads, writes, Stripe calls and bytes that
\`npm run bench -- cost\` counts ([benchmarks](benchmarks.md)), the ${WEBHOOKS_PER_PAYMENT} webhooks of a payment
([webhooks](webhooks.md#cost)), the options of the functions, and list prices.

${dollars}

A budget reports a month that costs more: the set-up creates one ([deployment](deployment.md#a-fresh-project)), and
\`npm run doctor\` reports a missing one.

## What is used

${used}

## Prices

In US dollars, of us-central1, without taxes, read on ${READ_ON}. Google's pages load the prices of a region with a
script, so stored copies lack Firestore's; they are those that several public projects quote in agreement. Except for
Firestore's, the free amounts are of a billing account, not of each project.

${prices}

## Assumptions

These are not counted:

- ${ASSUMED.refunds} of 100 payments are refunded. Disputes are too few to matter.
- Each franchisee opens the portal once a day, which takes ${ASSUMED.readsOfVisit} reads, and ${ASSUMED.readsOfPayment} for each payment while it is
  open ([scale](scale.md#reads-of-the-portal)). A document is ${grouped(ASSUMED.bytesOfDocument)} bytes on its way to a browser.
- A request takes ${ASSUMED.secondsOfRequest * 1_000} ms, ${ASSUMED.secondsOfStripeCall * 1_000} ms more for each Stripe call, and ${ASSUMED.secondsOfDocument * 1_000} ms for each document. Each is
  billed alone, although an instance serves several at once; starts of instances are not included.
- The log lines of a request have ${grouped(ASSUMED.logBytesOfRequest)} bytes together.
- A backup is as large as the database with its indexes, and ${ASSUMED.backups} are kept ([backups](backups.md)).
- Point-in-time recovery keeps a whole document for each write of ${ASSUMED.recoveryDays} days.

Not included: emails about exceptions, which are off by default; \`mailExceptions\` runs every five minutes, 8,640 times a
month, and with emails each run takes a read and a write, and a digest a read for each open exception. Also Hosting, Artifact Registry, Cloud Build, Firebase Auth and data sent to Stripe, of which small amounts are
free; and a price for alerts, which Google announced and postponed
([1.50 dollars a month for each condition](https://cloud.google.com/stackdriver/pricing) in the stored copy, about 20
for those in \`functions/ops/monitoring\`).

## What was saved

- **Syncs run every ${HOURS_BETWEEN_SYNCS} hours**, not every hour: webhooks report changes within seconds, and what they miss is
  found ${HOURS_BETWEEN_SYNCS} hours later at the latest. \`SYNC_SCHEDULE=7 * * * *\` in \`functions/.env\` runs them every hour, for the
  difference in the last line of the first table.
- **\`syncAccount\` and \`syncStripe\` have half a processor and 512 MiB**, not a whole one and 1 GiB: they mostly wait
  for Stripe. \`health\` has half a processor and 256 MiB ([measured](benchmarks.md#memory-and-processors)).
- **Seven daily and eight weekly backups** are kept, not fourteen of each: each is a full copy, and point-in-time
  recovery covers the last seven days too.

**The daily rescan** reads each payment of 35 days once, and writes none that has not changed. That is the least: it
compares every figure with Stripe's, which no query can do, and Stripe has no list of what changed. For 1,000
franchisees it costs ${money(rescanDollars(counts))} dollars a month in reads.
`;
}

function rescanDollars({ operations }: Counts): number {
  const [rescan, sync] = [operations[OPERATIONS.rescan], operations[OPERATIONS.sync]];
  const { dollars = NaN, per = NaN } = PRICES.find(({ item }) => item === "reads") ?? {};
  return (((rescan?.reads ?? NaN) - (sync?.reads ?? NaN)) * 30 * 1_000 * dollars) / per;
}

function money(dollars: number): string {
  return dollars.toFixed(2);
}

/** Without an exponent. */
function decimal(number: number): string {
  return number.toFixed(7).replace(/\.?0+$/, "");
}

function grouped(number: number): string {
  return number.toLocaleString("en");
}

function quantity(usage: Usage, item: Item): string {
  const used = usage[item];
  return used >= 100 ? grouped(Math.round(used)) : String(Number(used.toPrecision(2)));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_cell, column) => (column > 0 ? "---:" : "---"));
  return [head, rule, ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
