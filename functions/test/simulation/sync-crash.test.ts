import { billStripeFee } from "../../testing/fake-stripe/account-bookings.ts";
import { failPayout, payOut } from "../../testing/fake-stripe/payouts.ts";
import { dispute, refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import { log } from "../../src/log.ts";
import { apply } from "../../src/store/apply.ts";
import { fromFirestore } from "../../src/store/transaction-converter.ts";
import { readSyncState } from "../../src/store/sync-state.ts";
import { newFranchisee, newPayment } from "../support/api.ts";
import { expectBalance } from "../support/balances.ts";
import { database, isolateDatabase, revisionsOf, transactionsOf } from "../support/database.ts";
import { CrashError, SimulatedProcess } from "../support/simulated-process.ts";
import { DEFAULTS, observation } from "../support/records.ts";
import { size } from "../support/size.ts";
import { connectTo, fakeStripes, runSync } from "../support/stripe.ts";

isolateDatabase();
const startStripe = fakeStripes();

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const PAGE_SIZE = 2;
/** It crashes after every n-th step. */
const EVERY = size({ test: 5, soak: 1 });

/**
 * A sync with every kind of work: pages, refunds of old payments, disputes, pending and unknown payments; a payout, one
 * that has failed since, and fees of the account.
 */
async function setUp(scope: "platform" | "account") {
  const fake = await startStripe();
  const franchiseeId = newFranchisee();
  const start = Date.now();
  let time = start;
  const now = () => new Date(time);
  fake.books.clock = () => Math.floor(time / 1000);
  const mode = scope === "account" ? ("direct" as const) : ("destination" as const);
  const order = {
    account: franchiseeId,
    mode,
    amount: 1_000,
    stripeFee: 59,
    applicationFee: mode === "direct" ? 41 : 100,
  };
  const golden = (fields: object) =>
    apply(franchiseeId, observation(fields, time / 1000), { now: now(), defaults: DEFAULTS });

  const old = fake.books.pay(order);
  const failing = payOut(fake.books, franchiseeId);
  await golden({ stripePaymentId: newPayment() });
  time += 10 * MINUTE;
  await database().doc("syncState/platform").delete();
  await runSync("platform", connectTo(fake), { now });
  if (scope === "account") await runSync(franchiseeId, connectTo(fake), { now });

  time += 40 * DAY;
  refund(fake.books, old, { amount: 100 });
  const intents = Array.from({ length: 5 }, () => {
    time += MINUTE;
    return fake.books.pay(order);
  });
  await golden({ stripePaymentId: intents[1]?.id, amount_franchisee_net: 901 });
  if (intents[2]) dispute(fake.books, intents[2]);
  const pending = fake.books.pay({ ...order, settles: "late" });
  failPayout(fake.books, franchiseeId, failing);
  billStripeFee(fake.books, franchiseeId, { amount: 20, currency: "cad" });
  time += MINUTE;
  payOut(fake.books, franchiseeId);
  time += 10 * MINUTE;

  return {
    fake,
    franchiseeId,
    scope: scope === "account" ? franchiseeId : "platform",
    now,
    payments: [old, ...intents, pending].map(({ id }) => id),
  };
}

type Setup = Awaited<ReturnType<typeof setUp>>;

const run = ({ scope, fake, now }: Setup, process: SimulatedProcess, owner = "task") =>
  runSync(scope, process.connection(connectTo(fake)), { now, owner, pageSize: PAGE_SIZE, store: process.store() });

/** Everything stored except what differs between two setups: ids and times. */
async function stored({ franchiseeId, payments }: Setup): Promise<string[]> {
  const { docs } = await transactionsOf(franchiseeId).get();
  const described = docs.map(async (document) => {
    const place = payments.indexOf(document.id);
    const {
      createdAt: _created,
      updatedAt: _updated,
      exceptionOpenedAt: _opened,
      goldenSentAt: _sent,
      ...transaction
    } = fromFirestore(document);
    const revisions = await revisionsOf(franchiseeId, document.id);
    const text = JSON.stringify([place, transaction, revisions.map(({ reason }): unknown => reason)]);
    return text.replaceAll(/"(pi|ch|re|dp)_\w+"/g, '"id"').replaceAll(/"\d{4}-\d\d-\d\dT[^"]+"/g, '"time"');
  });
  return (await Promise.all(described)).toSorted();
}

describe.each(["account", "platform"] as const)("a sync of the %s that crashes after any step", (scope) => {
  test("has the same result once it is retried", async () => {
    jest.spyOn(log, "error").mockReturnValue();
    const uninterrupted = await setUp(scope);
    const whole = new SimulatedProcess();
    await run(uninterrupted, whole);
    const expected = await stored(uninterrupted);
    expect(expected.length).toBe(uninterrupted.payments.length + 1);
    expect(whole.steps).toBeGreaterThan(scope === "account" ? 40 : 15);
    if (scope === "account") await expectBalance(uninterrupted.fake.books, uninterrupted.franchiseeId);

    for (let last = 1; last < whole.steps; last += EVERY) {
      const setup = await setUp(scope);
      const before = await readSyncState(setup.scope);
      await expect(run(setup, new SimulatedProcess(last))).rejects.toThrow(CrashError);
      // The watermark is never ahead of what is committed.
      const { watermark } = await readSyncState(setup.scope);
      if (watermark?.getTime() !== before.watermark?.getTime()) expect(await stored(setup)).toEqual(expected);

      // Another task would have to wait until the lease expires; the same one resumes.
      await run(setup, new SimulatedProcess());
      expect([last, await stored(setup)]).toEqual([last, expected]);
      if (scope === "account") await expectBalance(setup.fake.books, setup.franchiseeId);
      expect(await readSyncState(setup.scope)).toMatchObject({ scan: null });
    }
    jest.restoreAllMocks();
  });
});
