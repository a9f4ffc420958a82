import { untilAvailable } from "../../tools/local/until-available.ts";
import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { apply, applyAll } from "../../src/store/apply.ts";
import { fromFirestore } from "../../src/store/transaction-converter.ts";
import { newFranchisee } from "../support/api.ts";
import { transactionsOf } from "../support/database.ts";
import { DEFAULTS, observation, stripeSnapshot } from "../support/records.ts";
import { size } from "../support/size.ts";

const PAYMENTS = size({ test: 60, soak: 1_000 });
/** Few, so that a later request also reaches the database later. */
const AT_ONCE = 15;

/** A random delay up to this many milliseconds. */
async function soon(send: () => Promise<unknown>, withinMs = 4): Promise<void> {
  await sleep(randomInt(withinMs));
  await untilAvailable(send);
}

test(`the orchestrator and the sync at the same moment, ${PAYMENTS} times, create one document with the golden record's fields`, async () => {
  // Each race has its own franchisee: commits on one would wait for each other.
  const races = Array.from({ length: PAYMENTS }, (_none, index) => ({ index, franchiseeId: newFranchisee() }));
  const context = () => ({ now: new Date(), defaults: DEFAULTS });
  const race = async ({ index, franchiseeId }: (typeof races)[number]): Promise<void> => {
    const stripePaymentId = `pi_${index}`;
    const golden = observation({ stripePaymentId, amount_franchisee_net: 901 });
    const snapshot = { kind: "snapshot", stripePaymentId, snapshot: stripeSnapshot() } as const;
    await Promise.all([
      // A first record needs one call less than the sync: on a busy machine it would always be first without random
      // delays.
      soon(() => apply(franchiseeId, golden, context()), index % 2 === 0 ? 4 : 500),
      soon(() => applyAll([{ franchiseeId, observation: snapshot }], context())),
      ...(index % 3 === 0 ? [soon(() => apply(franchiseeId, golden, context()))] : []),
      ...(index % 5 === 0 ? [soon(() => applyAll([{ franchiseeId, observation: snapshot }], context()))] : []),
    ]);
  };
  const waiting = races.values();
  const work = async (): Promise<void> => {
    for (const one of waiting) await race(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));

  const lists = await Promise.all(races.map(({ franchiseeId }) => transactionsOf(franchiseeId).get()));
  const docs = lists.flatMap((list) => list.docs);
  expect(docs).toHaveLength(PAYMENTS);
  const orders = { golden: 0, stripe: 0 };
  for (const document of docs) {
    const transaction = fromFirestore(document);
    expect(transaction).toMatchObject({
      source: "orchestrator",
      name: "Ada",
      amount_franchisee_net: 901,
      revision: 1,
      stripe: { amounts: { amount_franchisee_net: 900 } },
      reconciliation: {
        status: "mismatched",
        differences: [{ field: "amount_franchisee_net", recorded: 901, stripe: 900 }],
      },
    });
    const revisions = await document.ref.collection("revisions").get();
    expect(revisions.docs.map((revision): unknown => revision.get("reason"))).toHaveLength(1);
    const wasFirst = revisions.docs[0]?.get("reason") === "first golden record" ? "stripe" : "golden";
    orders[wasFirst] += 1;
    // Set once, by the first writer.
    expect(document.get("createdAt")).toEqual(revisions.docs[0]?.get("before.createdAt"));
    expect(transaction.createdAt.getTime() === 50_000).toBe(wasFirst === "stripe");
  }
  // The test is meaningful only if both orders occurred.
  expect(Math.min(orders.golden, orders.stripe)).toBeGreaterThan(0);
});
