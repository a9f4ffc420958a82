import type { z } from "zod";
import { closeComparisonSchema } from "../../src/http/close-comparison.ts";
import { NO_TOTALS } from "../../src/domain/totals.ts";
import { ADDRESS } from "../../tools/cli/ports.ts";
import { signedHeaders } from "../../tools/cli/signing.ts";
import { stopServices } from "../../tools/local/processes.ts";
import { serveFunction } from "../../tools/local/served-function.ts";
import { send, sendSigned } from "../support/api.ts";
import { CloseFixture, snapshot } from "../support/close-fixture.ts";
import { isolateDatabase } from "../support/database.ts";
import { user } from "../support/users.ts";

isolateDatabase();

let api: string;
beforeAll(async () => {
  const env = { FIRESTORE_PROJECT_ID: process.env["FIRESTORE_PROJECT_ID"] };
  api = (await serveFunction("api", process.env["FIRESTORE_EMULATOR_HOST"] ?? ADDRESS.firestore, { env })).url;
});
afterAll(stopServices);

const DAY = "2025-11-14";
const NOON = `${DAY}T20:00:00Z`;
const LATER = "2025-12-24T00:00:00Z";

/** Three payments of 10.00 on a closed day, and a closed day after it. */
let fixture: CloseFixture;
beforeEach(async () => {
  fixture = new CloseFixture();
  for (const id of ["pi_1", "pi_2", "pi_3"]) {
    await fixture.pay(id, NOON);
    await fixture.record(snapshot(id, {}, 300), NOON);
  }
  await fixture.closeUntil("2025-11-15");
});

const pathOf = (day: string): string => `${api}/api/franchisees/${fixture.id}/closes/${day}`;

async function compare(day = DAY): Promise<z.infer<typeof closeComparisonSchema>> {
  const { status, text } = await send(pathOf(day), { headers: signedHeaders("GET", pathOf(day), "") });
  expect(status).toBe(200);
  return closeComparisonSchema.parse(JSON.parse(text));
}

/** A payment of 10.00 with fees of 0.59 and 0.41. */
const ONE = {
  ...NO_TOTALS,
  unallocated: 0,
  otherAdjustment: 0,
  count: 1,
  gross: 1_000,
  stripeFees: 59,
  platformFees: 41,
  net: 900,
  earned: 900,
};
const THREE = { ...ONE, count: 3, gross: 3_000, stripeFees: 177, platformFees: 123, net: 2_700, earned: 2_700 };
const REFUND = {
  amountRefunded: 250,
  netAdjustment: { currency: "cad", amount: -240 },
  adjustmentParts: [{ currency: "cad", refunds: -250, disputes: 0, disputeFees: 0, feesReturned: 10, other: 0 }],
};
const REFUNDED = { refunded: 250, netAdjustment: -240, refundsDeducted: 250, feesReturned: 10 };

test("a day that has not changed has no difference, even if its payments were paid out", async () => {
  const payout = { id: "po_1", status: "paid" as const, createdAt: new Date(0), arrivesAt: new Date(0) };
  await fixture.record({ kind: "payout", stripePaymentId: "pi_1", payout }, LATER);
  expect(await compare()).toMatchObject({
    day: DAY,
    isComplete: true,
    was: { cad: THREE },
    now: { cad: THREE },
    difference: {},
    isExplained: true,
    payments: [],
  });
  expect(await compare("2025-11-15")).toMatchObject({ was: {}, now: {}, difference: {}, payments: [] });
});

test("a refund and a late payment are named, with what they changed", async () => {
  await fixture.record(snapshot("pi_1", REFUND, 400), LATER);
  await fixture.pay("pi_late", NOON);
  const { difference, ...found } = await compare();
  expect(found).toMatchObject({
    was: { cad: THREE },
    // 3600 − 250 + 10
    now: {
      cad: {
        ...THREE,
        ...REFUNDED,
        count: 4,
        gross: 4_000,
        stripeFees: 236,
        platformFees: 164,
        net: 3_600,
        earned: 3_360,
      },
    },
    isExplained: true,
    payments: [
      {
        stripePaymentId: "pi_1",
        isNew: false,
        changedAt: "2025-12-24T00:00:00.000Z",
        was: { cad: ONE },
        now: { cad: { ...ONE, ...REFUNDED, earned: 660 } },
      },
      { stripePaymentId: "pi_late", isNew: true, was: {}, now: { cad: ONE } },
    ],
  });
  // 900 − 240
  expect(difference).toEqual({ cad: { ...ONE, ...REFUNDED, earned: 660 } });
});

test("a difference that the ledger does not explain is marked", async () => {
  await fixture.transactions.doc("pi_1").delete();
  const { difference, isExplained, payments } = await compare();
  // A deleted payment: −1000 + 59 + 41 = −900.
  expect(difference?.["cad"]).toMatchObject({ count: -1, gross: -1_000, net: -900, earned: -900 });
  expect([isExplained, payments]).toEqual([false, []]);
});

test.each([
  ["2025-11-13", 404],
  ["2025-11-31", 400],
  ["tomorrow", 400],
])("the close of %s is a %i", async (day, status) => {
  expect((await sendSigned("GET", pathOf(day))).status).toBe(status);
});

test("an owner reads the closes of their own franchise only", async () => {
  const [owner, stranger] = [await user({ franchisees: [fixture.id] }), await user({ franchisees: ["acct_other"] })];
  const statuses = [owner, stranger].map(async ({ token }) => {
    return (await send(pathOf(DAY), { headers: { Authorization: `Bearer ${token}` } })).status;
  });
  expect(await Promise.all(statuses)).toEqual([200, 403]);
});
