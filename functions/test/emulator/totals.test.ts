import { randomUUID } from "node:crypto";
import { z } from "zod";
import { stopServices } from "../../tools/local/processes.ts";
import { untilAvailable } from "../../tools/local/until-available.ts";
import { ADDRESS } from "../../tools/cli/ports.ts";
import { serveFunction } from "../../tools/local/served-function.ts";
import { workshopKey } from "../../src/domain/revenue.ts";
import { audit } from "../../src/store/verify-totals.ts";
import { apply, applyAll, type Target } from "../../src/store/apply.ts";
import { rebuild } from "../../src/store/rebuild-totals.ts";
import { claimEvent, eventStatuses } from "../../src/store/stripe-events.ts";
import { newFranchisee, sendSigned, transactionsPath } from "../support/api.ts";
import { database, transactionsOf } from "../support/database.ts";
import { DEFAULTS, goldenRecord, NO_DETAILS, observation, PENDING, stripeSnapshot } from "../support/records.ts";
import { retryUntilOk } from "../support/retrying-clients.ts";
import { size } from "../support/size.ts";
import { expectTotals } from "../support/totals.ts";

/** The key of a workshop that no type of organization is recorded for. */
const keyOf = (workshopId: string) => workshopKey({ workshopId, organizationType: null });

const context = (now = new Date()) => ({ now, defaults: DEFAULTS });

describe("at the same time, for one franchisee,", () => {
  const AT_ONCE = size({ test: 100, soak: 200 });
  const RECORDS = Array.from({ length: AT_ONCE }, (_none, index) => ({ stripePaymentId: `pi_${index}` }));

  let url: string;
  beforeAll(async () => {
    const firestore = process.env["FIRESTORE_EMULATOR_HOST"] ?? ADDRESS.firestore;
    url = (await serveFunction("recordTransaction", firestore)).url;
  });
  afterAll(stopServices);

  test(`${AT_ONCE} first records, then a change of each, are all recorded, and counted once`, async () => {
    const franchiseeId = newFranchisee();
    const postAll = async (fields: object, outcome: string, at = new Date()): Promise<void> => {
      const headers = { "Content-Type": "application/json" };
      const responses = await Promise.all(
        RECORDS.map((record) => {
          const body = JSON.stringify(goldenRecord({ ...record, ...fields }));
          // After a 503, which a busy machine may return, the record may exist or not.
          return retryUntilOk(() => sendSigned("POST", url + transactionsPath(franchiseeId), body, { headers, at }));
        }),
      );
      for (const attempts of responses)
        expect([outcome, ...(attempts.length > 1 ? ["duplicate"] : [])]).toContain(attempts.at(-1)?.body?.outcome);
    };
    await postAll({}, "created");
    const { franchisee } = await expectTotals(franchiseeId);
    expect(franchisee).toMatchObject({ totals: { cad: { count: AT_ONCE, net: AT_ONCE * 900 } } });

    // Signed a second later; otherwise its content would decide.
    const correction = { amount_franchisee_net: 899, correction: "counted again" };
    await postAll(correction, "updated", new Date(Date.now() + 1_000));
    expect((await expectTotals(franchiseeId)).franchisee).toMatchObject({
      totals: { cad: { count: AT_ONCE, net: AT_ONCE * 899 } },
      exceptions: { open: AT_ONCE },
    });
  });

  test("60 records of one payment are counted once, as in the latest", async () => {
    const franchiseeId = newFranchisee();
    const changes = Array.from({ length: 60 }, (_none, index) =>
      observation({ amount_franchisee_net: 800 + index, correction: "counted again" }, 100 + index),
    );
    await Promise.all(changes.map((change) => untilAvailable(() => apply(franchiseeId, change, context()))));
    const { franchisee } = await expectTotals(franchiseeId);
    expect(franchisee).toMatchObject({ totals: { cad: { count: 1, net: 859 } }, exceptions: { open: 1 } });
  });
});

describe("a sync's page of 300 payments on 31 days, at 300 workshops, in six currencies", () => {
  const page = (franchiseeId: string): Target[] =>
    Array.from({ length: 300 }, (_none, index) => {
      const currency = ["cad", "usd", "eur", "gbp", "jpy", "chf"][index % 6] ?? "";
      const snapshot = stripeSnapshot({
        ...PENDING,
        amountRefunded: 10,
        disputes: [{ ...DISPUTE, currency }],
        netAdjustment: { currency, amount: -15 },
        charged: { currency, amount: 1_000 + index },
        createdAt: new Date(Date.UTC(2025, 9, 1 + (index % 31), 20)),
        details: { ...NO_DETAILS, workshopId: `w${index}`, workshopName: `Workshop ${index}` },
      });
      return { franchiseeId, observation: { kind: "snapshot", stripePaymentId: `pi_${index}`, snapshot } };
    });

  const DISPUTE = {
    id: "dp_1",
    amount: 5,
    status: "lost",
    reason: "fraudulent",
    isCountered: false,
    respondBy: null,
    createdAt: new Date(0),
  };

  /** An event and its completion. */
  async function anEvent(account: string) {
    const id = `evt_${randomUUID()}`;
    const subject = { kind: "payout" as const, payoutId: "po_1" };
    await claimEvent({ id, type: "payout.paid", account, livemode: false, createdAt: new Date(), subject }, new Date());
    const events = [{ id, isReplay: false, version: null }];
    return [id, { events, reason: null, effects: [], now: new Date(), ahead: [] }] as const;
  }

  test("needs several commits, each consistent, and the last one completes the event", async () => {
    const franchiseeId = newFranchisee();
    const [id, ending] = await anEvent(franchiseeId);
    const { outcomes } = await applyAll(page(franchiseeId), context(), ending);

    expect(outcomes.map((outcome) => "decision" in outcome && outcome.decision.outcome)).toEqual(
      Array.from({ length: 300 }, () => "created"),
    );
    const { franchisee, months, workshops } = await expectTotals(franchiseeId);
    expect(franchisee).toMatchObject({ totals: { cad: { count: 50 }, usd: { count: 50 }, jpy: { count: 50 } } });
    expect([[...months.keys()], workshops.length]).toEqual([["2025-10"], 300]);
    const { docs } = await transactionsOf(franchiseeId).get();
    const commits = new Set(docs.map(({ updateTime }) => updateTime.toMillis()));
    expect(commits.size).toBeGreaterThan(2);
    const done = await database().doc(`stripeEvents/${id}`).get();
    expect(done.data()).toMatchObject({ status: "done", payments: 300 });
    expect(done.updateTime?.toMillis()).toBe(Math.max(...commits));
    // A repetition changes nothing.
    const again = await applyAll(page(franchiseeId), context());
    expect(again.writes).toBe(0);
  });

  test("with an unreadable document counts all others, and does not complete the event", async () => {
    const franchiseeId = newFranchisee();
    await transactionsOf(franchiseeId).doc("pi_50").set({ createdAt: "no time" });
    const [id, ending] = await anEvent(franchiseeId);
    const { outcomes } = await applyAll(page(franchiseeId), context(), ending);
    expect(outcomes.flatMap((outcome, index) => ("unreadable" in outcome ? [index] : []))).toEqual([50]);
    expect((await eventStatuses([id])).get(id)).toBe("processing");
    await transactionsOf(franchiseeId).doc("pi_50").delete();
    expect((await expectTotals(franchiseeId)).transactions).toHaveLength(299);
  });
});

/** Some of these could not be ids or field names in Firestore. */
const WEIRD_IDS = [
  "__proto__",
  "a/b.c`~*[]",
  ".",
  "..",
  "__id__",
  "none",
  "constructor",
  "é",
  "e\u0301",
  "x".repeat(500),
];

describe("a workshop's label is", () => {
  const called = async (franchiseeId: string): Promise<string[]> => {
    const { workshops } = await expectTotals(franchiseeId);
    return workshops
      .map(({ fields }) => labelSchema.parse(fields))
      .map(({ workshopId, workshopName }) => `${workshopId}: ${workshopName}`)
      .toSorted();
  };
  const labelSchema = z.object({ workshopId: z.string().nullable(), workshopName: z.string().optional() });

  test.each<[string, object[], string[]]>([
    ["that of its first payment", [{ workshopId: "w1", workshopName: "Clay" }], ["w1: Clay"]],
    ["empty if no payment has one", [{}], ["null: undefined"]],
    [
      "that of the last payment with a label",
      [
        { workshopId: "w1", workshopName: "Clay" },
        { workshopId: "w1", workshopName: "Clay I" },
      ],
      ["w1: Clay I"],
    ],
    [
      "unchanged if the last payment has none",
      [{ workshopId: "w1", workshopName: "Clay" }, { workshopId: "w1" }],
      ["w1: Clay"],
    ],
    [
      "set even if its payment succeeds later",
      [
        { workshopId: "w1", workshopName: "Clay", status: "processing" },
        { workshopId: "w1", workshopName: "Clay" },
      ],
      ["w1: Clay"],
    ],
    [
      "set even if its payment is corrected to this mode",
      [
        { workshopId: "w1", workshopName: "Clay", livemode: true },
        { workshopId: "w1", workshopName: "Clay", livemode: false, correction: "test mode" },
      ],
      ["w1: Clay"],
    ],
    [
      "complete, whatever its id",
      WEIRD_IDS.map((workshopId, index) => ({ stripePaymentId: `pi_${index}`, workshopId })),
      WEIRD_IDS.map((workshopId) => `${workshopId}: undefined`).toSorted(),
    ],
    ["complete, however long", [{ workshopName: "é".repeat(500) }], [`null: ${"é".repeat(500)}`]],
  ])("%s", async (_what, records, expected) => {
    const franchiseeId = newFranchisee();
    for (const [index, record] of records.entries()) {
      await apply(franchiseeId, observation(record, 100 + index), context());
    }
    expect(await called(franchiseeId)).toEqual(expected);
  });
});

describe("a currency without payments is removed from a workshop with others", () => {
  const at = new Date("2025-11-14T20:00:00Z");
  const record = (franchiseeId: string, fields: object, second: number) =>
    apply(franchiseeId, observation({ workshopId: "w1", ...fields }, 100 + second), { now: at, defaults: DEFAULTS });
  const currenciesOf = async (franchiseeId: string): Promise<string[]> => {
    const { workshops } = await expectTotals(franchiseeId);
    const { drift } = await audit(franchiseeId, DEFAULTS);
    expect([...drift]).toEqual([]);
    const schema = z.object({ workshopId: z.string(), totals: z.record(z.string(), z.unknown()) });
    const all = workshops.map(({ fields }) => schema.parse(fields)).filter(({ workshopId }) => workshopId === "w1");
    return all.flatMap(({ totals }) => Object.keys(totals)).toSorted();
  };

  test.each<[string, object]>([
    ["leaves the workshop", { workshopId: "w2" }],
    ["had the other's currency", { currency: "cad", correction: "in dollars of Canada" }],
    ["had the other mode", { livemode: true, correction: "live" }],
  ])("if its only payment %s", async (_what, change) => {
    const franchiseeId = newFranchisee();
    await record(franchiseeId, { stripePaymentId: "pi_cad" }, 0);
    await record(franchiseeId, { stripePaymentId: "pi_usd", currency: "usd", livemode: false }, 0);
    expect(await currenciesOf(franchiseeId)).toEqual(["cad", "usd"]);
    await record(franchiseeId, { stripePaymentId: "pi_usd", currency: "usd", livemode: false, ...change }, 1);
    expect(await currenciesOf(franchiseeId)).toEqual(["cad"]);
    await record(franchiseeId, { stripePaymentId: "pi_new", currency: "usd" }, 2);
    expect(await currenciesOf(franchiseeId)).toEqual(["cad", "usd"]);
  });

  test("if a refund or dispute in it is reverted, and it had no payment", async () => {
    const franchiseeId = newFranchisee();
    await record(franchiseeId, { stripePaymentId: "pi_1", currency: "cad" }, 0);
    const see = (fields: object, second: number) => {
      const snapshot = stripeSnapshot({ charged: { currency: "usd", amount: 700 }, ...fields }, 200 + second);
      return apply(franchiseeId, { kind: "snapshot", stripePaymentId: "pi_1", snapshot }, context(at));
    };
    await see({ amountRefunded: 5, netAdjustment: { currency: "cad", amount: -5 } }, 0);
    expect(await currenciesOf(franchiseeId)).toEqual(["cad", "usd"]);
    await see({ amountRefunded: 0 }, 1);
    expect(await currenciesOf(franchiseeId)).toEqual(["cad"]);
    await see({ netAdjustment: { currency: "eur", amount: -5 } }, 2);
    expect(await currenciesOf(franchiseeId)).toEqual(["cad", "eur"]);
    await see({ netAdjustment: null }, 3);
    expect(await currenciesOf(franchiseeId)).toEqual(["cad"]);
  });

  test("if payments leave and enter it at the same time", async () => {
    const franchiseeId = newFranchisee();
    await record(franchiseeId, { stripePaymentId: "pi_cad" }, 0);
    for (let second = 1; second < 9; second += 1) {
      const workshopId = second % 2 === 0 ? "w2" : "w1";
      const usd = Array.from({ length: 4 }, (_none, index) => ({ stripePaymentId: `pi_${index}`, currency: "usd" }));
      await Promise.all(
        usd.map((fields, index) =>
          untilAvailable(() =>
            record(franchiseeId, { ...fields, workshopId: index === 0 ? "w3" : workshopId }, second),
          ),
        ),
      );
      expect(await currenciesOf(franchiseeId)).toEqual(second % 2 === 0 ? ["cad"] : ["cad", "usd"]);
    }
  });

  test("if an earlier version left it, by the next rebuild", async () => {
    const franchiseeId = newFranchisee();
    await record(franchiseeId, { stripePaymentId: "pi_1" }, 0);
    const path = `franchisees/${franchiseeId}/revenue/2025-11/workshops/${keyOf("w1")}`;
    const before = (await database().doc(path).get()).data();
    await database()
      .doc(path)
      .update({ "totals.usd": { count: 0, gross: 0 }, "totals.eur": { count: 0 } });
    expect([...(await rebuild(franchiseeId, DEFAULTS)).drift]).toEqual([]);
    expect(await currenciesOf(franchiseeId)).toEqual(["cad"]);
    expect((await database().doc(path).get()).data()).toEqual(before);
  });
});

describe("a workshop without payments is removed", () => {
  const at = new Date("2025-11-14T20:00:00Z");
  const record = (franchiseeId: string, fields: object, second: number) =>
    apply(franchiseeId, observation(fields, 100 + second), { now: at, defaults: DEFAULTS });
  const keysOf = async (franchiseeId: string): Promise<string[]> => {
    await expectTotals(franchiseeId);
    return (await database().collection(`franchisees/${franchiseeId}/revenue/2025-11/workshops`).listDocuments()).map(
      ({ id }) => id,
    );
  };
  const CHANGES = size({ test: 60, soak: 500 });

  test(`${CHANGES} changes of one payment's workshop leave the last one, and nothing of the others`, async () => {
    const franchiseeId = newFranchisee();
    for (let change = 0; change < CHANGES; change += 1) {
      await record(franchiseeId, { workshopId: `w${change}`, workshopName: "x".repeat(500) }, change);
    }
    expect(await keysOf(franchiseeId)).toEqual([keyOf(`w${CHANGES - 1}`)]);
    const month = await database().doc(`franchisees/${franchiseeId}/revenue/2025-11`).get();
    expect(Object.keys(month.data() ?? {}).toSorted()).toEqual(["days", "totals"]);
  }, 120_000);

  test.each<[string, object]>([
    ["is corrected to the other mode", { livemode: true, correction: "live" }],
    ["is corrected to no workshop", { workshopId: null, workshopName: "Clay" }],
  ])("if its only payment %s", async (_what, change) => {
    const franchiseeId = newFranchisee();
    await record(franchiseeId, { workshopId: "w1", workshopName: "Clay", livemode: false }, 0);
    await record(franchiseeId, { workshopId: "w1", workshopName: "Clay", livemode: false, ...change }, 1);
    expect(await keysOf(franchiseeId)).not.toContain(keyOf("w1"));
  });

  test("if its only payment is found to be unrelated, and restored with its label if that was an error", async () => {
    const franchiseeId = newFranchisee();
    const see = (application: string | null, second: number) => {
      const snapshot = stripeSnapshot({ application }, 100 + second);
      return applyAll(
        [{ franchiseeId, observation: { kind: "snapshot", stripePaymentId: "pi_1", snapshot } }],
        context(at),
      );
    };
    const ours = stripeSnapshot({}).application;
    await see(ours, 0);
    const [before] = (await expectTotals(franchiseeId)).workshops;
    await see(null, 1);
    expect((await expectTotals(franchiseeId)).workshops).toEqual([]);
    await see(ours, 2);
    expect((await expectTotals(franchiseeId)).workshops).toEqual([before]);
  });

  test("if all payments leave it at once for different ones, and it exists if others enter meanwhile", async () => {
    const franchiseeId = newFranchisee();
    const ids = Array.from({ length: 12 }, (_none, index) => `pi_${index}`);
    const all = (prefix: string, workshopOf: (index: number) => string, second: number) =>
      ids.map((id, index) =>
        untilAvailable(() =>
          record(franchiseeId, { stripePaymentId: `${prefix}${id}`, workshopId: workshopOf(index) }, second),
        ),
      );
    await Promise.all(all("pi_first_", () => "shared", 0));
    expect(await keysOf(franchiseeId)).toEqual([keyOf("shared")]);
    await Promise.all(all("pi_first_", (index) => `own ${index}`, 1));
    expect(await keysOf(franchiseeId)).toHaveLength(ids.length);
    for (let second = 2; second < 6; second += 1) {
      // Half of them return while the other half leave, and new ones arrive.
      const there = (index: number) => (index % 2 === second % 2 ? "shared" : `own ${index}`);
      await Promise.all([...all("pi_first_", there, second), ...all(`pi_new${second}_`, there, 0)]);
      await expectTotals(franchiseeId);
    }
    await Promise.all(
      ids
        .flatMap((_id, index) => [0, 2, 3, 4, 5].map((second) => ({ index, second })))
        .map(({ index, second }) =>
          untilAvailable(() =>
            record(
              franchiseeId,
              { stripePaymentId: `${second === 0 ? "pi_first_" : `pi_new${second}_`}pi_${index}`, workshopId: "last" },
              9,
            ),
          ),
        ),
    );
    expect(await keysOf(franchiseeId)).toEqual([keyOf("last")]);
  }, 120_000);

  test("if one commit removes all its payments", async () => {
    const franchiseeId = newFranchisee();
    const see = (application: string | null, second: number): Target[] =>
      Array.from({ length: 5 }, (_none, index) => {
        const snapshot = stripeSnapshot({ application }, 100 + second);
        return { franchiseeId, observation: { kind: "snapshot", stripePaymentId: `pi_${index}`, snapshot } };
      });
    await applyAll(see(stripeSnapshot({}).application, 0), context(at));
    expect(await expectTotals(franchiseeId)).toMatchObject({
      workshops: [{ fields: { totals: { cad: { count: 5 } } } }],
    });
    await applyAll(see(null, 1), context(at));
    expect((await expectTotals(franchiseeId)).workshops).toEqual([]);
  });

  test("if it was created by hand, by the next rebuild", async () => {
    const franchiseeId = newFranchisee();
    await record(franchiseeId, { workshopId: "w1" }, 0);
    const month = database().doc(`franchisees/${franchiseeId}/revenue/2025-11`);
    await month
      .collection("workshops")
      .doc("left")
      .set({ workshopId: "left", totals: { cad: { count: 0 } } });
    await rebuild(franchiseeId, DEFAULTS);
    expect(await keysOf(franchiseeId)).toEqual([keyOf("w1")]);
  });
});
