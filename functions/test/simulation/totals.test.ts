import { recordDefaults } from "../../src/config.ts";
import { log } from "../../src/log.ts";
import { isolateDatabase } from "../support/database.ts";
import { totalsIn, wrongTotals } from "../support/oracle-totals.ts";
import { size } from "../support/size.ts";
import { fakeStripes } from "../support/stripe.ts";
import { storedOf } from "../support/totals.ts";
import { Traffic } from "../support/traffic.ts";

isolateDatabase();
const startStripe = fakeStripes();

const OPERATIONS = size({ test: 150, soak: 2_000 });
const AT_ONCE = 8;
/** Spread over this many days, and so over three months. */
const DAYS = 60;
/** In seconds. */
const DAY = 86_400;

test(`at every moment of ${OPERATIONS} operations on five franchisees, ${AT_ONCE} at a time, every total is the sum of the transactions`, async () => {
  jest.spyOn(log, "error").mockReturnValue();
  const traffic = new Traffic(await startStripe(), DAYS);
  await traffic.begin();

  const wrong: string[] = [];
  const states = new Set<string>();
  const counted = new Set<string>();
  /** Checks a franchisee at this moment. */
  const look = async (franchiseeId: string): Promise<void> => {
    const stored = await storedOf(franchiseeId);
    wrong.push(...wrongTotals(stored, recordDefaults()).map((difference) => `${franchiseeId}: ${difference}`));
    const totals = totalsIn(stored);
    states.add(JSON.stringify([franchiseeId, ...totals]));
    for (const [figure, number] of totals) if (number !== 0) counted.add(figure);
  };

  const end = new AbortController();
  const watch = async (): Promise<void> => {
    while (!end.signal.aborted && wrong.length === 0) for (const id of traffic.franchisees) await look(id);
  };
  let begun = 0;
  const work = async (): Promise<void> => {
    while (begun < OPERATIONS && wrong.length === 0) {
      const operation = traffic.operations[begun % traffic.operations.length];
      begun += 1;
      traffic.advanceClock((DAYS * DAY) / OPERATIONS);
      await operation?.();
    }
  };
  const watcher = watch();
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
  end.abort();
  await watcher;
  for (const one of ends) if (one.status === "rejected") throw one.reason;
  expect(wrong).toEqual([]);
  // The test is meaningful only if many different states were checked.
  expect(states.size).toBeGreaterThan(OPERATIONS / 10);

  traffic.advanceClock(DAY);
  await traffic.syncAll();
  for (const id of traffic.franchisees) await look(id);
  expect(wrong).toEqual([]);
  // And every kind of counter was used.
  const payments = ["count", "gross", "stripeFees", "platformFees", "net", "refunded", "disputed"];
  const adjustments = ["netAdjustment", "refundsDeducted", "disputesDeducted", "disputeFees", "feesReturned"];
  const fields = [...payments, ...adjustments];
  expect([...counted]).toEqual(expect.arrayContaining(fields.map((field) => `lifetime cad ${field}`)));
}, 600_000);
