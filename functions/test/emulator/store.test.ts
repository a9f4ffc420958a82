import { untilAvailable } from "../../tools/local/until-available.ts";
import { z } from "zod";
import type { GoldenObservation } from "../../src/domain/observation.ts";
import { apply, applyAll } from "../../src/store/apply.ts";
import { newFranchisee } from "../support/api.ts";
import type { FirestoreProxy } from "../../testing/firestore-proxy.ts";
import { revisionsOf, startDatabaseProxy, transactionsOf } from "../support/database.ts";
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
