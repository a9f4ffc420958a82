import { untilAvailable } from "../../tools/local/until-available.ts";
import { Timestamp } from "firebase-admin/firestore";
import { recordDefaults } from "../../src/config.ts";
import { discrepancyOf } from "../../src/domain/reconciliation-exception.ts";
import { searchTerms } from "../../src/domain/search.ts";
import { rebuild } from "../../src/store/rebuild-totals.ts";
import { readTransaction } from "../../src/store/transactions.ts";
import {
  ADDRESS,
  erase,
  everything,
  snapshot,
  golden,
  legacy,
  NOTHING,
  OTHERS,
  personalPaths,
  SAID,
  say,
  WORKSHOP,
} from "../support/erasure-fixture.ts";
import { newFranchisee } from "../support/api.ts";
import { database, isolateDatabase, revisionsOf, transactionsOf } from "../support/database.ts";
import { expectTotals } from "../support/totals.ts";

isolateDatabase();

/** All that payments say but who paid, and when they were changed. */
async function restOf(franchiseeId: string): Promise<unknown[]> {
  const { docs } = await transactionsOf(franchiseeId).get();
  return docs.map((document) => Object.entries(document.data()).filter(([field]) => !CHANGED.has(field)));
}

const CHANGED = new Set(
  "name email phone golden stripe search resolution erasedAt redactions updatedAt revision".split(" "),
);

/** Payments of Ada's in every state, and one of somebody else's. */
async function franchiseeOfAda(): Promise<string> {
  const franchiseeId = newFranchisee();
  const wrong = { amount_franchisee_net: 899 };
  await say(franchiseeId, golden("pi_resolved", wrong));
  await say(
    franchiseeId,
    golden("pi_resolved", { ...wrong, amount_total: 1001, correction: "Ada Lovelace paid a cent" }, 101),
  );
  const open = await readTransaction(franchiseeId, "pi_resolved");
  if (!open) throw new Error("There is no transaction.");
  const seen = discrepancyOf(open);
  const decided = { isResolved: true, reason: "ADA@example.org said so: +1 604 555 0100", by: "Grace" };
  await say(franchiseeId, { kind: "resolution", stripePaymentId: "pi_resolved", seen, ...decided });
  await say(franchiseeId, golden("pi_moved"));
  await say(franchiseeId, golden("pi_moved", { email: "countess@example.net" }, 160));
  await say(franchiseeId, snapshot("pi_stripe", { amountRefunded: 250 }));
  await say(franchiseeId, golden("pi_both", { email: null }));
  await say(franchiseeId, snapshot("pi_both"));
  await say(franchiseeId, golden("pi_way", { status: "processing" }));
  await say(franchiseeId, golden("pi_others", OTHERS));
  return franchiseeId;
}

beforeEach(() => database().recursiveDelete(database().collection("franchisees")));

test("nothing personal is left in the whole database, comes back, or changes a cent", async () => {
  const [franchiseeId, old] = [await franchiseeOfAda(), newFranchisee()];
  await transactionsOf(old).doc("pi_old").set(legacy({}));
  await transactionsOf(old)
    .doc("pi_gone")
    .collection("revisions")
    .doc("1")
    .set({ revision: 1, reason: "so", before: legacy({}) });
  const others = await transactionsOf(franchiseeId).doc("pi_others").get();
  const before = await everything();
  const [rest, totals] = [await restOf(franchiseeId), await expectTotals(franchiseeId)];

  const shown = await erase("--email", "ADA@example.org ", ...SAID, "--dry-run");
  expect(shown.output.split("\n").toSorted()).toEqual(
    [
      "7 payments. Nothing was written. Similar texts listed and not erased: 1.",
      `Similar, and not erased: franchisees/${franchiseeId}/transactions/pi_others: nada@example.org`,
      `${franchiseeId} pi_both: as it is now, 1 earlier versions`,
      `${franchiseeId} pi_moved: as it is now, 1 earlier versions`,
      `${franchiseeId} pi_resolved: as it is now, 2 earlier versions`,
      `${franchiseeId} pi_stripe: as it is now`,
      `${franchiseeId} pi_way: as it is now`,
      `${old} pi_gone: 1 earlier versions`,
      `${old} pi_old: as it is now`,
    ].toSorted(),
  );
  expect(await everything()).toEqual(before);

  const { code, output } = await erase("--email", "ADA@example.org ", ...SAID);
  expect([code, output.split("\n").at(-1)]).toEqual([
    0,
    expect.stringMatching(/^7 payments erased: erasures\/\w+\. Similar texts listed and not erased: 1\.$/),
  ]);
  expect(await personalPaths()).toEqual([]);
  expect(await restOf(franchiseeId)).toEqual(rest);
  const { transactions: _transactions, ...kept } = totals;
  expect(await expectTotals(franchiseeId)).toMatchObject(kept);
  const again = await transactionsOf(franchiseeId).doc("pi_others").get();
  expect([again.data(), again.updateTime]).toEqual([others.data(), others.updateTime]);
  expect(await readTransaction(franchiseeId, "pi_resolved")).toMatchObject({
    exception: "resolved",
    resolution: { by: "Grace", reason: "[erased] said so: [erased]" },
  });
  expect(await readTransaction(old, "pi_old")).toMatchObject({
    name: null,
    amount_total: 1000,
    status: "paid",
    ...WORKSHOP,
  });
  const reasons = (await revisionsOf(franchiseeId, "pi_resolved")).map(({ reason }): unknown => reason);
  expect(reasons).toEqual([
    "[erased] paid a cent",
    "resolved by Grace: [erased] said so: [erased]",
    "personal data erased by Grace: the customer asked for it",
  ]);
  const [entry, ...more] = (await database().collection("erasures").get()).docs.map((document) => document.data());
  expect(more).toEqual([]);
  expect(Object.keys(entry ?? {}).toSorted()).toEqual([
    "by",
    "failed",
    "finishedAt",
    "payments",
    "reason",
    "startedAt",
  ]);
  expect(entry).toMatchObject({ by: "Grace", reason: "the customer asked for it", failed: [] });
  expect(entry?.["payments"]).toContainEqual({ franchiseeId: old, stripePaymentId: "pi_old" });
  expect(entry?.["finishedAt"]).toBeInstanceOf(Timestamp);

  expect((await erase("--email", ADDRESS, ...SAID)).output).toMatch(NOTHING);
  expect((await database().collection("erasures").get()).size).toBe(1);

  for (const seen of [
    golden("pi_moved", { email: "countess@example.net" }, 160),
    golden("pi_moved", { name: "Countess of Lovelace" }, 400),
    golden("pi_way", { status: "processing" }, 400),
    snapshot("pi_both", {}, 400),
  ]) {
    expect((await say(franchiseeId, seen)).outcome).toBe("duplicate");
  }
  for (const seen of [
    golden("pi_way", {}, 400),
    snapshot("pi_both", { amountRefunded: 5 }, 400),
    snapshot("pi_moved"),
  ]) {
    expect((await say(franchiseeId, seen)).outcome).toBe("updated");
  }
  expect((await say(old, golden("pi_old", { amount_total: 1000 }, 400))).outcome).toBe("updated");
  expect(await personalPaths()).toEqual([]);
  await expectTotals(franchiseeId);
  await rebuild(old, recordDefaults());
  await expectTotals(old);
  const search = (await transactionsOf(franchiseeId).doc("pi_way").get()).get("search") as unknown;
  expect(search).toEqual(searchTerms({ name: null, email: null, ...WORKSHOP }));
});

test("the revision that an erasure keeps has never held what was erased", async () => {
  const franchiseeId = newFranchisee();
  await say(franchiseeId, golden("pi_1", { correction: "Ada Lovelace paid a cent" }));
  const erasure = {
    kind: "erasure",
    stripePaymentId: "pi_1",
    personal: ["Ada Lovelace"],
    reason: "so",
    by: "Grace",
  } as const;
  expect((await say(franchiseeId, erasure)).outcome).toBe("updated");
  expect(await revisionsOf(franchiseeId, "pi_1")).toMatchObject([{ before: { revision: 0, amount_total: 1000 } }]);
  expect(await personalPaths()).toEqual([]);
});

test("it is erased under the hands of whoever changes it", async () => {
  const franchiseeId = newFranchisee();
  await say(franchiseeId, golden("pi_1"));
  const changes = Array.from({ length: 4 }, (_none, index) => [
    golden("pi_1", { participantCount: index }, 160 + index),
    snapshot("pi_1", { amountRefunded: index }, 300 + index),
  ]).flat();
  await Promise.all([
    erase("--email", ADDRESS, ...SAID),
    ...changes.map((seen) => untilAvailable(() => say(franchiseeId, seen))),
  ]);
  const left = (await everything()).get(`franchisees/${franchiseeId}/transactions/pi_1`);
  expect(left).toMatch(/"participantcount":3/);
  expect(await personalPaths()).toEqual([]);
  await expectTotals(franchiseeId);
});

test.each([
  [["--email", "ada", ...SAID], "--email takes an address such as ada@example.org."],
  [SAID, "Required option '--email <address>' not specified."],
  [["--email", ADDRESS, "--by", "Grace"], "Required option '--reason <text>' not specified."],
  [["--email", ADDRESS, "--reason", "as asked"], "Required option '--by <name>' not specified."],
  [["--email", ADDRESS, "--by", "Grace", "--reason", "by Ada Lovelace"], "--reason names the customer"],
  [["--email", ADDRESS, "--by", "Grace", "--reason", `for ${ADDRESS}`], "--reason names the customer"],
  [["--email", ADDRESS, "--by", ADDRESS, "--reason", "as asked"], "--by is the customer's address"],
  [[ADDRESS, "--email", ADDRESS, ...SAID], "Too many arguments for 'erase'."],
])("%j is refused, and nothing is written", async (words, message) => {
  const franchiseeId = newFranchisee();
  await say(franchiseeId, golden("pi_1"));
  const before = await everything();
  const { code, output } = await erase(...words);
  expect([code, output.slice(0, message.length)]).toEqual([1, message]);
  expect(await everything()).toEqual(before);
});
