import { randomUUID } from "node:crypto";
import { z } from "zod";
import { stopServices } from "../../dev/processes.ts";
import { untilAvailable } from "../../dev/until-available.ts";
import { ADDRESS } from "../../dev/ports.ts";
import { serveFunction } from "../../dev/served-function.ts";
import { log } from "../../src/log.ts";
import { apply, applyAll } from "../../src/store/apply.ts";
import type { Target } from "../../src/store/outcome.ts";
import { audit } from "../../src/store/audit.ts";
import { rebuild } from "../../src/store/rebuild.ts";
import { claimEvent, eventStatuses } from "../../src/store/stripe-events.ts";
import { newFranchisee, sendSigned, transactionsPath } from "../support/api.ts";
import { database, transactionsOf } from "../support/database.ts";
import {
  DEFAULTS,
  factsSeen,
  goldenRecord,
  NO_DETAILS,
  observation,
  PENDING,
  stripeFacts,
} from "../support/records.ts";
import { untilAnswered } from "../support/senders.ts";
import { size } from "../support/size.ts";
import { expectTotals } from "../support/totals.ts";

const context = (now = new Date()) => ({ now, defaults: DEFAULTS });

describe("at once, for one franchisee", () => {
  const AT_ONCE = size({ test: 100, soak: 200 });
  const RECORDS = Array.from({ length: AT_ONCE }, (_none, index) => ({ stripePaymentId: `pi_${index}` }));

  let url: string;
  beforeAll(async () => {
    const firestore = process.env["FIRESTORE_EMULATOR_HOST"] ?? ADDRESS.firestore;
    url = (await serveFunction("recordTransaction", firestore)).url;
  });
  afterAll(stopServices);

  test(`${AT_ONCE} first records, then a change of each: all are recorded, and counted once`, async () => {
    const franchiseeId = newFranchisee();
    const postAll = async (fields: object, outcome: string, at = new Date()): Promise<void> => {
      const headers = { "Content-Type": "application/json" };
      const answers = await Promise.all(
        RECORDS.map((record) => {
          const body = JSON.stringify(goldenRecord({ ...record, ...fields }));
          // After a 503, which a busy machine may answer, nobody knows whether it was recorded.
          return untilAnswered(() => sendSigned("POST", url + transactionsPath(franchiseeId), body, { headers, at }));
        }),
      );
      for (const heard of answers)
        expect([outcome, ...(heard.length > 1 ? ["duplicate"] : [])]).toContain(heard.at(-1)?.body?.outcome);
    };
    await postAll({}, "created");
    const { franchisee } = await expectTotals(franchiseeId);
    expect(franchisee).toMatchObject({ totals: { cad: { count: AT_ONCE, net: AT_ONCE * 900 } } });

    // Signed a second later, or its content would decide.
    const correction = { amount_franchisee_net: 899, correction: "counted again" };
    await postAll(correction, "updated", new Date(Date.now() + 1_000));
    expect((await expectTotals(franchiseeId)).franchisee).toMatchObject({
      totals: { cad: { count: AT_ONCE, net: AT_ONCE * 899 } },
      exceptions: { open: AT_ONCE },
    });
  });

  test("60 records of one payment: it is counted once, as the latest says", async () => {
    const franchiseeId = newFranchisee();
    const changes = Array.from({ length: 60 }, (_none, index) =>
      observation({ amount_franchisee_net: 800 + index, correction: "counted again" }, 100 + index),
    );
    await Promise.all(changes.map((change) => untilAvailable(() => apply(franchiseeId, change, context()))));
    const { franchisee } = await expectTotals(franchiseeId);
    expect(franchisee).toMatchObject({ totals: { cad: { count: 1, net: 859 } }, exceptions: { open: 1 } });
  });
});

describe("a page of a sync, of 100 payments on 31 days, at 100 workshops, in three currencies", () => {
  const page = (franchiseeId: string): Target[] =>
    Array.from({ length: 100 }, (_none, index) => {
      const facts = stripeFacts({
        ...PENDING,
        netAdjustment: null,
        charged: { currency: ["cad", "usd", "eur"][index % 3] ?? "", amount: 1_000 + index },
        createdAt: new Date(Date.UTC(2025, 9, 1 + (index % 31), 20)),
        details: { ...NO_DETAILS, workshopId: `w${index}`, workshopName: `Workshop ${index}` },
      });
      return { franchiseeId, observation: { kind: "facts", stripePaymentId: `pi_${index}`, facts } };
    });

  /** An event has come; this is its end. */
  async function anEvent(account: string) {
    const id = `evt_${randomUUID()}`;
    const subject = { kind: "payout" as const, payoutId: "po_1" };
    await claimEvent({ id, type: "payout.paid", account, livemode: false, createdAt: new Date(), subject }, new Date());
    return { id, reason: null, effects: [], now: new Date(), isReplay: false };
  }

  test("takes several commits, each whole, and the event that brought it is done by the last of them", async () => {
    const franchiseeId = newFranchisee();
    const ending = await anEvent(franchiseeId);
    const { outcomes } = await applyAll(page(franchiseeId), context(), ending);

    expect(outcomes.map((outcome) => "decision" in outcome && outcome.decision.outcome)).toEqual(
      Array.from({ length: 100 }, () => "created"),
    );
    const { franchisee, months } = await expectTotals(franchiseeId);
    expect(franchisee).toMatchObject({ totals: { cad: { count: 34 }, usd: { count: 33 }, eur: { count: 33 } } });
    expect([...months.keys()]).toEqual(["2025-10"]);
    const { docs } = await transactionsOf(franchiseeId).get();
    const commits = new Set(docs.map(({ updateTime }) => updateTime.toMillis()));
    expect(commits.size).toBeGreaterThan(2);
    const done = await database.doc(`stripeEvents/${ending.id}`).get();
    expect(done.data()).toMatchObject({ status: "done", payments: 100 });
    expect(done.updateTime?.toMillis()).toBe(Math.max(...commits));
    // Once more, it changes nothing.
    const again = await applyAll(page(franchiseeId), context());
    expect(again.writes).toBe(0);
  });

  test("with a document in its midst that cannot be read: all others count, and the event is not done", async () => {
    const franchiseeId = newFranchisee();
    await transactionsOf(franchiseeId).doc("pi_50").set({ createdAt: "no time" });
    const ending = await anEvent(franchiseeId);
    const { outcomes } = await applyAll(page(franchiseeId), context(), ending);
    expect(outcomes.flatMap((outcome, index) => ("unreadable" in outcome ? [index] : []))).toEqual([50]);
    expect((await eventStatuses([ending.id])).get(ending.id)).toBe("processing");
    await transactionsOf(franchiseeId).doc("pi_50").delete();
    expect((await expectTotals(franchiseeId)).transactions).toHaveLength(99);
  });
});

describe("a workshop is called", () => {
  const called = async (franchiseeId: string): Promise<unknown[]> => {
    const { months } = await expectTotals(franchiseeId);
    return [...months.values()].flatMap((month) => workshopsSchema.parse(month)).toSorted();
  };
  const workshopsSchema = z
    .object({
      workshops: z.record(
        z.string(),
        z.object({ workshopId: z.string().nullable(), workshopName: z.string().optional() }),
      ),
    })
    .transform(({ workshops }) => Object.values(workshops).map((one) => `${one.workshopId}: ${one.workshopName}`));

  test.each<[string, object[], string[]]>([
    ["what its first payment calls it", [{ workshopId: "w1", workshopName: "Clay" }], ["w1: Clay"]],
    ["nothing, where none is named", [{}], ["null: undefined"]],
    [
      "as the last payment to name it calls it",
      [
        { workshopId: "w1", workshopName: "Clay" },
        { workshopId: "w1", workshopName: "Clay I" },
      ],
      ["w1: Clay I"],
    ],
    [
      "as it was, where the last does not name it",
      [{ workshopId: "w1", workshopName: "Clay" }, { workshopId: "w1" }],
      ["w1: Clay"],
    ],
    [
      "also where its payment succeeds later",
      [
        { workshopId: "w1", workshopName: "Clay", status: "processing" },
        { workshopId: "w1", workshopName: "Clay" },
      ],
      ["w1: Clay"],
    ],
    [
      "also where its payment turns out to be of this mode",
      [
        { workshopId: "w1", workshopName: "Clay", livemode: true },
        { workshopId: "w1", workshopName: "Clay", livemode: false, correction: "test mode" },
      ],
      ["w1: Clay"],
    ],
    [
      "whatever its id is",
      [{ workshopId: "__proto__" }, { workshopId: "a/b.c`~*[]", workshopName: "x".repeat(500) }],
      ["__proto__: undefined", `a/b.c\`~*[]: ${"x".repeat(100)}…`],
    ],
  ])("%s", async (_what, records, expected) => {
    const franchiseeId = newFranchisee();
    for (const [index, record] of records.entries()) {
      await apply(franchiseeId, observation(record, 100 + index), context());
    }
    expect(await called(franchiseeId)).toEqual(expected);
  });
});

// A mebibyte, but for the totals and the days, or for the totals alone.
test.each([
  [1_048_040, ["workshops"]],
  [1_048_200, ["workshops", "days"]],
])(
  "a month with too many workshops (%i bytes) records its payments all the same, and the audit says what it lacks",
  async (fill, lacks) => {
    const error = jest.spyOn(log, "error").mockReturnValue();
    const franchiseeId = newFranchisee();
    const month = database.doc(`franchisees/${franchiseeId}/revenue/2025-11`);
    await month.set({ workshops: { full: { workshopName: "x".repeat(fill) } } });
    const now = new Date("2025-11-14T20:00:00Z");
    await apply(franchiseeId, observation({ workshopId: "w1" }), { now, defaults: DEFAULTS });
    const seen = factsSeen({ amountRefunded: 250 });
    await applyAll([{ franchiseeId, observation: seen }], { now, defaults: DEFAULTS });
    expect(error).toHaveBeenCalledWith("a month has more workshops than its document can hold", expect.any(Error));
    const totals = { cad: { count: 1, gross: 1000, refunded: 250 } };
    expect((await month.get()).data()).toMatchObject({ totals });
    expect((await database.doc(`franchisees/${franchiseeId}`).get()).data()).toMatchObject({ totals });
    for (const look of [audit, rebuild, audit]) {
      const { drift } = await look(franchiseeId, DEFAULTS);
      const details = [...drift.keys()].map((figure) => /^2025-11\/(\w+)\//.exec(figure)?.[1]);
      expect([...new Set(details)].toSorted().toReversed()).toEqual(lacks);
    }
  },
);
