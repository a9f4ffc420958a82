import { billStripeFee } from "../../testing/fake-stripe/account-bookings.ts";
import { failPayout, payOut, settlePayout } from "../../testing/fake-stripe/payouts.ts";
import { refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { log } from "../../src/log.ts";
import { LeaseLostError } from "../../src/store/sync-state.ts";
import { syncUpToNow } from "../../src/jobs/sync/sync.ts";
import { expectBalance, wrongBalanceOf } from "../support/balances.ts";
import { isolateDatabase } from "../support/database.ts";
import { DEFAULTS } from "../support/records.ts";
import { SimulatedProcess, SteppedProcess } from "../support/simulated-process.ts";
import { size } from "../support/size.ts";
import { connectTo, fakeStripes } from "../support/stripe.ts";
import { DAY, HOUR, MINUTE, startTimeline } from "../support/timeline-fixture.ts";

isolateDatabase();
const startStripe = fakeStripes();
beforeEach(() => jest.spyOn(log, "error").mockReturnValue());
afterEach(() => jest.restoreAllMocks());

const PAGE_SIZE = 2;
/** The first run stops before every n-th step. */
const EVERY = size({ test: 9, soak: 1 });

/** An account with payouts of every outcome, pending funds, and something new since its last sync. */
async function setUp() {
  const timeline = await startTimeline(startStripe);
  const { fake, franchiseeId } = timeline;
  fake.books.delayDays = 1;
  const first = timeline.after(HOUR).pay({ amount: 4_000, stripeFee: 146 });
  timeline.pay({ mode: "destination", applicationFee: 100 });
  const failing = payOut(fake.books, franchiseeId, { arrivesAt: timeline.seconds + 3 * 86_400 });
  await timeline.after(10 * MINUTE).sync();
  timeline.after(2 * DAY).pay();
  refund(fake.books, first, { amount: 500 });
  timeline.after(MINUTE);
  const late = payOut(fake.books, franchiseeId, { settles: "late", arrivesAt: timeline.seconds + 2 * 86_400 });
  timeline.after(10 * MINUTE);
  let time = timeline.seconds;
  fake.books.clock = () => time;
  const now = (): Date => new Date(time * 1000);
  /** As its task does. */
  const run = (process: SimulatedProcess, owner: string) => {
    const connection = process.connection(connectTo(fake));
    const dependencies = { store: process.store(), connection, defaults: DEFAULTS };
    return syncUpToNow(franchiseeId, dependencies, { now, owner, pageSize: PAGE_SIZE });
  };
  /** Changes what the first run has read. */
  const move = (): void => {
    settlePayout(fake.books, franchiseeId, late);
    failPayout(fake.books, franchiseeId, failing);
    refund(fake.books, first, { amount: 200 });
    billStripeFee(fake.books, franchiseeId, { amount: 20, currency: "cad" });
    fake.books.releaseFunds();
  };
  return { fake, franchiseeId, run, move, wait: (ms: number) => void (time += ms / 1000) };
}

test("a run that stops after any step, and goes on once another one has finished, leaves what that one stored", async () => {
  const whole = new SimulatedProcess();
  const uninterrupted = await setUp();
  await uninterrupted.run(whole, "alone");
  await expectBalance(uninterrupted.fake.books, uninterrupted.franchiseeId);
  expect(whole.steps).toBeGreaterThan(30);

  for (let step = 1; step < whole.steps; step += EVERY) {
    const { fake, franchiseeId, run, move, wait } = await setUp();
    const errors: unknown[] = [];
    const expectBalanceAt = async (stopped: number): Promise<void> => {
      expect([stopped, await wrongBalanceOf(fake.books, franchiseeId)]).toEqual([stopped, []]);
    };
    const slow = await SteppedProcess.start(
      (process) => run(process, "slow"),
      (error) => errors.push(error),
    );
    for (let taken = 0; taken < step; taken += 1) await slow.advance();
    // Its lease expires.
    wait(10 * MINUTE);
    move();
    wait(2 * DAY);
    await run(new SimulatedProcess(), "fast");
    await expectBalanceAt(step);
    while (!slow.isFinished) await slow.advance();
    expect(errors.filter((error) => !(error instanceof LeaseLostError))).toEqual([]);
    await run(new SimulatedProcess(), "last");
    await expectBalanceAt(step);
  }
});
