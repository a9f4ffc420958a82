import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Counts, OPERATIONS, readCounts } from "../../tools/cost/counts.ts";
import { billOf, totalOf, usageOf } from "../../tools/cost/model.ts";
import { costPage } from "../../tools/cost/page.ts";

const cost = (reads: number, writes: number, stripeCalls: number) => ({ reads, writes, stripeCalls, cpu: null });

/** Round figures near those of the benchmark. */
const COUNTS: Counts = {
  operations: {
    [OPERATIONS.record]: cost(0, 4, 0),
    [OPERATIONS.webhooks]: cost(4, 15, 5),
    [OPERATIONS.payout]: cost(50, 31, 6),
    [OPERATIONS.refund]: cost(4, 16, 5),
    [OPERATIONS.syncNew]: cost(119, 33, 7),
    [OPERATIONS.syncAfter]: cost(99, 3, 5),
    [OPERATIONS.sync]: cost(19, 3, 5),
    [OPERATIONS.rescan]: cost(319, 3, 7),
    [OPERATIONS.syncPlatform]: cost(42, 42, 4),
    [OPERATIONS.close]: cost(13, 1, 0),
  },
  franchisees: 42,
  storage: {
    transactions: { count: 300, bytes: 6_000_000 },
    balanceTransactions: { count: 300, bytes: 3_000_000 },
    stripeEvents: { count: 100, bytes: 300_000 },
  },
};

// Of 10 franchisees: 3,000 payments, 300 days and payouts, 60 refunds, 180 schedules and 1,800 syncs of an account.
test("ten franchisees use what the benchmark counts, times a month", () => {
  const usage = usageOf(10, COUNTS);
  expect(usage).toMatchObject({
    // Webhooks 12,000, payouts 15,000, refunds 240; syncs 34,200, of new payments 30,000, the hour before 6,000;
    // rescans 90,000, the platform's syncs 1,800, schedules 3,600, closes 4,500, the portal 15,900 + 9,000.
    reads: 222_240,
    // Records 12,000, webhooks 45,000, payouts 9,300, refunds 960, syncs 5,400 + 9,000 + 1,800, closes 300.
    writes: 83_760,
    // 3,000 × 4 + 300 × 4 + 60 × 4.
    ttlDeletes: 13_440,
    // Records 3,000, webhooks 13,440, syncs 1,800 + 180, schedules 180, closes 30.
    requests: 18_630,
    // A task is created and dispatched: 2 × 180 × 11.
    tasks: 3_960,
    jobs: 3,
    secrets: 5,
  });
  // 36,000 payments × 30,000 bytes + three months of events, 40,320 × 3,000 bytes = 1,200,960,000 bytes.
  expect(usage.storage).toBeCloseTo(1.118_481, 6);
  expect(usage.backups).toBeCloseTo(1.118_481 * 15, 4);
  // 7 of 30 days of writes, 19,544 × 15,000 bytes of a document = 293,160,000 bytes.
  expect(usage.recovery).toBeCloseTo(0.273_027, 6);
  // With a whole processor: records 324 s, webhooks 5,814 + 708.6 + 116.4, closes 12.6. With half of one: syncs
  // 2,959.2 + 258 + 12 + 360 + 241.2, schedules 108.
  expect(usage.processor).toBeCloseTo(6_975.6 + 3_938.4 / 2, 6);
  expect(usage.memory).toBeCloseTo(usage.processor, 6);
  expect(usage.logs).toBeCloseTo(46_575_000 / 2 ** 30, 9);
  expect(usage.transfer).toBeCloseTo(49_800_000 / 2 ** 30, 9);
});

test("they pay for what has no free amount, and for what exceeds it", () => {
  const bill = billOf(usageOf(10, COUNTS));
  const { ttlDeletes, storage, recovery, backups, ...free } = Object.fromEntries(bill);
  expect(Object.values(free)).toEqual(Array.from({ length: 10 }, () => 0));
  expect(ttlDeletes).toBeCloseTo(0.001_344, 9);
  expect(storage).toBeCloseTo(0.118_481 * 0.15, 6);
  expect(recovery).toBeCloseTo(0.273_027 * 0.15, 6);
  expect(backups).toBeCloseTo(0.503_317, 5);
  expect(totalOf(bill)).toBeCloseTo(0.563_386, 5);
});

test("an hourly sync reads four times as often", () => {
  // 4 × (34,200 + 1,800 + 3,600) − that, and four times the hour before: 24,000 − 6,000.
  expect(usageOf(10, COUNTS, 1).reads - usageOf(10, COUNTS).reads).toBeCloseTo(3 * 39_600 + 18_000, 6);
});

test("docs/cost.md is what npm run cost writes", () => {
  // Prettier aligns tables and wraps lines.
  const plain = (text: string): string => text.replaceAll(/[\s|:-]+/g, " ");
  const page = readFileSync(join(__dirname, "../../../docs/cost.md"), "utf8");
  expect(plain(page)).toBe(plain(costPage(readCounts())));
});
