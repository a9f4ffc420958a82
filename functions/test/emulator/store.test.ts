import { untilAvailable } from "../../tools/local/until-available.ts";
import { z } from "zod";
import type { GoldenObservation } from "../../src/domain/observation.ts";
import { apply, applyAll, type Completion, readAhead } from "../../src/store/apply.ts";
import { claimEvent, eventStatuses, quarantineEvent, readEvent } from "../../src/store/stripe-events.ts";
import { newFranchisee } from "../support/api.ts";
import type { FirestoreProxy } from "../../testing/firestore-proxy.ts";
import { database, revisionsOf, startDatabaseProxy, transactionsOf } from "../support/database.ts";
import { DEFAULTS, snapshotSeen, observation } from "../support/records.ts";

const context = () => ({ now: new Date(), defaults: DEFAULTS });

let proxy: FirestoreProxy;
beforeAll(async () => {
  proxy = await startDatabaseProxy();
});
afterAll(() => proxy.close());

/** The calls to Firestore that an action makes, and how many of each, by their first calls. */
async function callsOf(action: () => Promise<unknown>): Promise<[method: string, calls: number][]> {
  proxy.reset();
  await action();
  return Object.entries(proxy.counts().calls);
}

describe("apply", () => {
  it("needs one commit and no read for a first record", async () => {
    const franchiseeId = newFranchisee();
    await apply(franchiseeId, observation({ stripePaymentId: "pi_warm_up" }), context());
    expect(await callsOf(() => apply(franchiseeId, observation(), context()))).toEqual([["Commit", 1]]);
  });

  describe("with events and a document that was read ahead", () => {
    const claim = async (franchiseeId: string, id: string) => {
      const subject = { kind: "payment", stripePaymentId: "pi_1" } as const;
      const now = new Date();
      const event = { id, type: "charge.refunded", account: franchiseeId, livemode: false, createdAt: now, subject };
      return { id, isReplay: false, version: (await claimEvent(event, now)).version };
    };
    const claimed = async (franchiseeId: string, ...names: string[]): Promise<Completion> => {
      const events = await Promise.all(names.map((name) => claim(franchiseeId, `evt_${franchiseeId}${name}`)));
      const ahead = await readAhead(franchiseeId, "pi_1");
      return { events, reason: null, effects: [], now: new Date(), ahead: ahead ? [ahead] : [] };
    };
    const stored = (franchiseeId: string) => transactionsOf(franchiseeId).doc("pi_1").get();
    const statuses = async ({ events }: Completion) => [...(await eventStatuses(events.map(({ id }) => id))).values()];

    it("commits without a further read", async () => {
      const franchiseeId = newFranchisee();
      const completion = await claimed(franchiseeId, "a", "b", "c");
      const run = () => applyAll([{ franchiseeId, observation: observation() }], context(), completion);
      expect(await callsOf(run)).toEqual([["Commit", 1]]);
      expect((await stored(franchiseeId)).get("name")).toBe("Ada");
      expect(await statuses(completion)).toEqual(["done", "done", "done"]);
    });

    it("completes an event once that two tasks have claimed", async () => {
      const franchiseeId = newFranchisee();
      const completion = await claimed(franchiseeId, "a", "b");
      const twice = { ...completion, events: [...completion.events, ...completion.events] };
      // The transaction, its three documents of totals, and two events.
      expect(await applyAll([{ franchiseeId, observation: observation() }], context(), twice)).toMatchObject({
        writes: 6,
      });
      expect(await statuses(completion)).toEqual(["done", "done"]);
    });

    it("reads the document again if it has changed since", async () => {
      const franchiseeId = newFranchisee();
      const completion = await claimed(franchiseeId, "a", "b");
      await apply(franchiseeId, observation({ name: "Grace" }, 200), context());
      const { outcomes } = await applyAll([{ franchiseeId, observation: observation({}, 100) }], context(), completion);
      expect(outcomes).toMatchObject([{ decision: { outcome: "stale" } }]);
      expect((await stored(franchiseeId)).get("name")).toBe("Grace");
      expect(await statuses(completion)).toEqual(["done", "done"]);
    });

    it("reads the document again before it decides to write nothing", async () => {
      const franchiseeId = newFranchisee();
      const completion = await claimed(franchiseeId, "");
      await apply(franchiseeId, observation({ status: "processing" }), context());
      // Without a record, a payment that failed is ignored.
      const failed = snapshotSeen({ status: "canceled" });
      const { outcomes } = await applyAll([{ franchiseeId, observation: failed }], context(), completion);
      expect(outcomes).toMatchObject([{ decision: { outcome: "updated" } }]);
      expect((await stored(franchiseeId)).get("stripe.status")).toBe("canceled");
    });

    it("keeps the result of an event that another delivery has completed, and completes the others", async () => {
      const franchiseeId = newFranchisee();
      const completion = await claimed(franchiseeId, "a", "b", "c", "gone");
      const [first, second, , gone] = completion.events;
      if (!first || !second || !gone) throw new Error("There are four events.");
      const effects = [{ franchiseeId, stripePaymentId: "pi_0", outcome: "updated" as const }];
      await applyAll([], context(), { ...completion, events: [first], effects });
      await quarantineEvent({ id: second.id, reason: "a test", effects: [], now: new Date() });
      await database().doc(`stripeEvents/${gone.id}`).delete();
      await applyAll([{ franchiseeId, observation: observation() }], context(), completion);
      expect((await stored(franchiseeId)).exists).toBe(true);
      expect(await statuses(completion)).toEqual(["done", "done", "done"]);
      expect((await readEvent(first.id))?.effects).toEqual(effects);
      expect((await readEvent(second.id))?.effects).toMatchObject([{ stripePaymentId: "pi_1" }]);
    });
  });

  it("reads only if the document exists", async () => {
    const franchiseeId = newFranchisee();
    await apply(franchiseeId, observation(), context());
    const calls = await callsOf(() => apply(franchiseeId, observation({ name: "Grace" }, 160), context()));
    expect(calls).toEqual([
      ["Commit", 2],
      ["BatchGetDocuments", 1],
    ]);
  });

  it("numbers the revisions of concurrent changes without gaps, and ends with the newest record", async () => {
    const franchiseeId = newFranchisee();
    const changes = Array.from({ length: 12 }, (_none, index) => observation({ name: `change ${index}` }, 100 + index));
    // As with several instances: within one instance, changes of a payment are serialised.
    const commit = (change: GoldenObservation) => applyAll([{ franchiseeId, observation: change }], context());
    await Promise.all(changes.map((change) => untilAvailable(() => commit(change))));

    const stored = await transactionsOf(franchiseeId).doc("pi_1").get();
    expect(stored.get("name")).toBe("change 11");
    const revisions = await revisionsOf(franchiseeId, "pi_1");
    expect(revisions.map(({ revision }) => Number(revision))).toEqual(
      Array.from({ length: Number(stored.get("revision")) }, (_none, index) => index + 1),
    );
    // Every version that was in force is stored once, in ascending order.
    const names = [...revisions.map(({ before }) => z.object({ name: z.string() }).parse(before).name), "change 11"];
    expect(names).toEqual([...new Set(names)].toSorted((a, b) => Number(a.slice(7)) - Number(b.slice(7))));
  });

  it("continues the revisions of a payment whose document was deleted by hand", async () => {
    const franchiseeId = newFranchisee();
    await apply(franchiseeId, observation(), context());
    await apply(franchiseeId, snapshotSeen(), context());
    await transactionsOf(franchiseeId).doc("pi_1").delete();
    await apply(franchiseeId, snapshotSeen({}, 300), context());
    await apply(franchiseeId, observation(), context());
    expect(await revisionsOf(franchiseeId, "pi_1")).toMatchObject([{ revision: 1, before: { source: "stripe" } }]);
  });

  it("names an unreadable document, and does not change it", async () => {
    const franchiseeId = newFranchisee();
    const broken = { revision: 0, amount_total: "a lot" };
    await transactionsOf(franchiseeId).doc("pi_1").set(broken);
    await expect(apply(franchiseeId, observation(), context())).rejects.toThrow(
      `The document franchisees/${franchiseeId}/transactions/pi_1 cannot be read: stripePaymentId, amount_total, createdAt, currency,`,
    );
    expect((await transactionsOf(franchiseeId).doc("pi_1").get()).data()).toEqual(broken);
  });

  it("refuses a fractional participant count in a Stripe snapshot", async () => {
    const franchiseeId = newFranchisee();
    await apply(franchiseeId, snapshotSeen(), context());
    await transactionsOf(franchiseeId).doc("pi_1").update({ "stripe.details.participantCount": 1.5 });
    await expect(apply(franchiseeId, observation(), context())).rejects.toThrow(
      "cannot be read: stripe.details.participantCount",
    );
  });
});
