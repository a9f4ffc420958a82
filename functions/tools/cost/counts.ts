import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { WEBHOOKS_PER_PAYMENT } from "../../testing/fake-stripe/payment-lifecycle.ts";
import { FUNCTIONS } from "../cli/paths.ts";

/** Of a franchisee with 300 payments a month, and a payout a day. */
export const PER_PAYOUT = 10;

/** What the benchmark `cost` counts, and the costs are calculated from. */
export const OPERATIONS = {
  record: "a first golden record",
  webhooks: `the ${WEBHOOKS_PER_PAYMENT} webhooks of a payment`,
  payout: `a payout of ${PER_PAYOUT} payments, all its webhooks`,
  refund: "a refund, all its webhooks",
  syncNew: `a sync, ${PER_PAYOUT} new payments and a payout`,
  syncAfter: "the sync after it",
  sync: "a sync without changes",
  rescan: "a rescan of 300 payments",
  /** Of as many franchisees as the benchmark has. */
  syncPlatform: "a sync of the platform without changes",
  close: `the close of a day of ${PER_PAYOUT} payments`,
} as const;

export interface Cost {
  reads: number;
  writes: number;
  stripeCalls: number;
  /** CPU milliseconds of the function; NaN if it was not measured. */
  cpu: number;
}

const countsSchema = z.object({
  operations: z.record(
    z.string(),
    z.object({ reads: z.number(), writes: z.number(), stripeCalls: z.number(), cpu: z.number().nullable() }),
  ),
  /** The platform's sync writes to each. */
  franchisees: z.int(),
  /** Documents and bytes, with index entries, by collection: of 300 payments, and of some events. */
  storage: z.record(z.string(), z.object({ count: z.int(), bytes: z.int() })),
});
export type Counts = z.infer<typeof countsSchema>;

/** Written by `npm run bench -- cost`. */
const FILE = join(FUNCTIONS, "tools/cost/counts.json");

export function readCounts(): Counts {
  return countsSchema.parse(JSON.parse(readFileSync(FILE, "utf8")));
}

export function writeCounts(counts: Omit<Counts, "operations"> & { operations: Record<string, Cost> }): void {
  // NaN becomes null.
  writeFileSync(FILE, `${JSON.stringify(counts, null, 2)}\n`);
}
