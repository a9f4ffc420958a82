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
  allDocuments,
  snapshot,
  golden,
  legacy,
  NOTHING_FOUND,
  OTHER_CUSTOMER,
  personalPaths,
  ERASURE_OPTIONS,
  record,
  WORKSHOP,
} from "../support/erasure-fixture.ts";
import { newFranchisee } from "../support/api.ts";
import { database, isolateDatabase, revisionsOf, transactionsOf } from "../support/database.ts";
import { searchable } from "../support/records.ts";
import { expectTotals } from "../support/totals.ts";

// cspell:ignore participantcount

isolateDatabase();

/** Everything in payments except customer data and change times. */
async function restOf(franchiseeId: string): Promise<unknown[]> {
  const { docs } = await transactionsOf(franchiseeId).get();
  return docs.map((document) => Object.entries(document.data()).filter(([field]) => !CHANGED.has(field)));
}

const CHANGED = new Set(
  "name email phone golden stripe search resolution erasedAt redactions updatedAt revision".split(" "),
);

/** Payments of Ada's in every state, and one of another customer. */
async function franchiseeOfAda(): Promise<string> {
  const franchiseeId = newFranchisee();
  const wrong = { amount_franchisee_net: 899 };
  await record(franchiseeId, golden("pi_resolved", wrong));
  await record(
    franchiseeId,
    golden("pi_resolved", { ...wrong, amount_total: 1001, correction: "Ada Lovelace paid a cent" }, 101),
  );
  const open = await readTransaction(franchiseeId, "pi_resolved");
  if (!open) throw new Error("There is no transaction.");
  const seen = discrepancyOf(open);
  const decided = { isResolved: true, reason: "ADA@example.org said so: +1 604 555 0100", by: "Grace" };
  await record(franchiseeId, { kind: "resolution", stripePaymentId: "pi_resolved", seen, ...decided });
  await record(franchiseeId, golden("pi_moved"));
  await record(franchiseeId, golden("pi_moved", { email: "countess@example.net" }, 160));
  await record(franchiseeId, snapshot("pi_stripe", { amountRefunded: 250 }));
  await record(franchiseeId, golden("pi_both", { email: null }));
  await record(franchiseeId, snapshot("pi_both"));
  await record(franchiseeId, golden("pi_way", { status: "processing" }));
  await record(franchiseeId, golden("pi_others", OTHER_CUSTOMER));
  return franchiseeId;
}

beforeEach(() => database().recursiveDelete(database().collection("franchisees")));

test("no personal data is left in the whole database or returns, and no amount changes", async () => {
  const [franchiseeId, old] = [await franchiseeOfAda(), newFranchisee()];
  await transactionsOf(old).doc("pi_old").set(legacy({}));
  await transactionsOf(old)
    .doc("pi_gone")
    .collection("revisions")
    .doc("1")
    .set({ revision: 1, reason: "so", before: legacy({}) });
  const others = await transactionsOf(franchiseeId).doc("pi_others").get();
  const before = await allDocuments();
  const [rest, totals] = [await restOf(franchiseeId), await expectTotals(franchiseeId)];

  const shown = await erase("--email", "ADA@example.org ", ...ERASURE_OPTIONS, "--dry-run");
  expect(shown.output.split("\n").toSorted()).toEqual(
    [
      "7 payments. Nothing was written. Similar texts listed and not erased: 1.",
      `Similar, not erased: franchisees/${franchiseeId}/transactions/pi_others: nada@example.org`,
      `${franchiseeId} pi_both: current version, 1 revisions`,
      `${franchiseeId} pi_moved: current version, 1 revisions`,
      `${franchiseeId} pi_resolved: current version, 2 revisions`,
      `${franchiseeId} pi_stripe: current version`,
      `${franchiseeId} pi_way: current version`,
      `${old} pi_gone: 1 revisions`,
      `${old} pi_old: current version`,
    ].toSorted(),
  );
  expect(await allDocuments()).toEqual(before);

  const { code, output } = await erase("--email", "ADA@example.org ", ...ERASURE_OPTIONS);
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

  expect((await erase("--email", ADDRESS, ...ERASURE_OPTIONS)).output).toMatch(NOTHING_FOUND);
  expect((await database().collection("erasures").get()).size).toBe(1);

  for (const seen of [
    golden("pi_moved", { email: "countess@example.net" }, 160),
    golden("pi_moved", { name: "Countess of Lovelace" }, 400),
    golden("pi_way", { status: "processing" }, 400),
    snapshot("pi_both", {}, 400),
  ]) {
    expect((await record(franchiseeId, seen)).outcome).toBe("duplicate");
  }
  for (const seen of [
    golden("pi_way", {}, 400),
    snapshot("pi_both", { amountRefunded: 5 }, 400),
    snapshot("pi_moved"),
  ]) {
    expect((await record(franchiseeId, seen)).outcome).toBe("updated");
  }
  expect((await record(old, golden("pi_old", { amount_total: 1000 }, 400))).outcome).toBe("updated");
  expect(await personalPaths()).toEqual([]);
  await expectTotals(franchiseeId);
  await rebuild(old, recordDefaults());
  await expectTotals(old);
  const search = (await transactionsOf(franchiseeId).doc("pi_way").get()).get("search") as unknown;
  const left = { ...WORKSHOP, amount_total: 1000, amount_franchisee_net: 900, status: "succeeded" };
  expect(search).toEqual(searchTerms(searchable(left)));
});

test("the revision written by an erasure never contains what was erased", async () => {
  const franchiseeId = newFranchisee();
  await record(franchiseeId, golden("pi_1", { correction: "Ada Lovelace paid a cent" }));
  const erasure = {
    kind: "erasure",
    stripePaymentId: "pi_1",
    personal: ["Ada Lovelace"],
    reason: "so",
    by: "Grace",
  } as const;
  expect((await record(franchiseeId, erasure)).outcome).toBe("updated");
  expect(await revisionsOf(franchiseeId, "pi_1")).toMatchObject([{ before: { revision: 0, amount_total: 1000 } }]);
  expect(await personalPaths()).toEqual([]);
});

test("concurrent changes do not prevent the erasure", async () => {
  const franchiseeId = newFranchisee();
  await record(franchiseeId, golden("pi_1"));
  const changes = Array.from({ length: 4 }, (_none, index) => [
    golden("pi_1", { participantCount: index }, 160 + index),
    snapshot("pi_1", { amountRefunded: index }, 300 + index),
  ]).flat();
  await Promise.all([
    erase("--email", ADDRESS, ...ERASURE_OPTIONS),
    ...changes.map((seen) => untilAvailable(() => record(franchiseeId, seen))),
  ]);
  const left = (await allDocuments()).get(`franchisees/${franchiseeId}/transactions/pi_1`);
  expect(left).toMatch(/"participantcount":3/);
  expect(await personalPaths()).toEqual([]);
  await expectTotals(franchiseeId);
});

test.each([
  [["--email", "ada", ...ERASURE_OPTIONS], "--email must be an address such as ada@example.org."],
  [ERASURE_OPTIONS, "Required option '--email <address>' not specified."],
  [["--email", ADDRESS, "--by", "Grace"], "Required option '--reason <text>' not specified."],
  [["--email", ADDRESS, "--reason", "as asked"], "Required option '--by <name>' not specified."],
  [["--email", ADDRESS, "--by", "Grace", "--reason", "by Ada Lovelace"], "--reason names the customer"],
  [["--email", ADDRESS, "--by", "Grace", "--reason", `for ${ADDRESS}`], "--reason names the customer"],
  [["--email", ADDRESS, "--by", ADDRESS, "--reason", "as asked"], "--by contains the customer's address"],
  [[ADDRESS, "--email", ADDRESS, ...ERASURE_OPTIONS], "Too many arguments for 'erase'."],
])("%j is refused, and nothing is written", async (words, message) => {
  const franchiseeId = newFranchisee();
  await record(franchiseeId, golden("pi_1"));
  const before = await allDocuments();
  const { code, output } = await erase(...words);
  expect([code, output.slice(0, message.length)]).toEqual([1, message]);
  expect(await allDocuments()).toEqual(before);
});
