import { Timestamp } from "firebase-admin/firestore";
import { beginErasure, eraseRevisions, finishErasure, unfinishedErasures } from "../../src/store/erasures.ts";
import {
  ADA,
  ADDRESS,
  context,
  erase,
  golden,
  legacy,
  NOTHING_FOUND,
  OTHER_CUSTOMER,
  personalPaths,
  ERASURE_OPTIONS,
  record,
} from "../support/erasure-fixture.ts";
import { newFranchisee } from "../support/api.ts";
import { database, isolateDatabase, revisionsOf, transactionsOf } from "../support/database.ts";

isolateDatabase();

const GRACE = { name: "Grace", email: "grace@example.org", phone: null };

/** The entries of all erasures, oldest first. */
async function entries() {
  return (await database().collection("erasures").orderBy("startedAt").get()).docs.map((entry) => entry.data());
}

beforeEach(async () => {
  for (const collection of ["franchisees", "erasures"])
    await database().recursiveDelete(database().collection(collection));
});

test("an interrupted erasure is resumed, even if the address no longer occurs", async () => {
  const franchiseeId = newFranchisee();
  await record(franchiseeId, golden("pi_moved"));
  await record(franchiseeId, golden("pi_moved", { email: "countess@example.net" }, 160));
  await record(franchiseeId, golden("pi_1"));
  const payments = ["pi_moved", "pi_1"].map((stripePaymentId) => ({ franchiseeId, stripePaymentId }));
  const interrupted = await beginErasure({ by: "Grace", reason: "as asked", payments }, new Date());
  await eraseRevisions({ franchiseeId, stripePaymentId: "pi_moved" }, { personal: [ADDRESS] });

  expect((await erase("--email", ADDRESS, ...ERASURE_OPTIONS)).output).toMatch(/2 payments erased/);
  expect(await personalPaths()).toEqual([]);
  const { finishedAt } = (await database().doc(`erasures/${interrupted}`).get()).data() ?? {};
  expect(finishedAt).not.toBeNull();
  expect((await erase("--email", ADDRESS, ...ERASURE_OPTIONS)).output).toMatch(NOTHING_FOUND);
});

test("an interrupted erasure is resumed with its own operator and reason, separately from another customer's", async () => {
  const franchiseeId = newFranchisee();
  for (const [id, who] of [
    ["pi_1", ADA],
    ["pi_2", GRACE],
  ] as const)
    await record(franchiseeId, golden(id, who));
  const [first, second] = ["pi_1", "pi_2"].map((stripePaymentId) => ({ franchiseeId, stripePaymentId }));
  const begun = { by: "Barbara", reason: "as asked", payments: first ? [first] : [] };
  const id = await beginErasure(begun, new Date());

  const shown = await erase("--email", GRACE.email, ...ERASURE_OPTIONS, "--dry-run");
  expect(shown.output).toMatch(
    new RegExp(`^The erasure ${id} of .* is not finished\\.\\n.*pi_1: current version\\n.*pi_2: `),
  );
  expect((await entries()).map(({ finishedAt }): unknown => finishedAt)).toEqual([null]);

  expect((await erase("--email", GRACE.email, ...ERASURE_OPTIONS)).code).toBe(0);
  const finished = { failed: [], finishedAt: expect.any(Timestamp) as unknown };
  expect(await entries()).toMatchObject([
    { ...begun, ...finished },
    { by: "Grace", payments: [second], ...finished },
  ]);
  expect(await revisionsOf(franchiseeId, "pi_1")).toMatchObject([
    { reason: "personal data erased by Barbara: as asked" },
  ]);
});

test("an unreadable document is named, the others are erased, and it is retried", async () => {
  const franchiseeId = newFranchisee();
  const { createdAt: _createdAt, ...timeless } = legacy({});
  await transactionsOf(franchiseeId).doc("pi_0").set(timeless);
  await record(franchiseeId, golden("pi_1"));
  const { code, output } = await erase("--email", ADDRESS, ...ERASURE_OPTIONS);
  expect([code, output]).toEqual([
    1,
    expect.stringMatching(/1 payments erased.*\n.*pi_0 cannot be read: createdAt\. Correct or delete it/),
  ]);
  expect(await personalPaths()).toEqual([`franchisees/${franchiseeId}/transactions/pi_0`]);

  await transactionsOf(franchiseeId).doc("pi_0").update({ createdAt: context.now });
  expect((await erase("--email", "grace@example.org", ...ERASURE_OPTIONS)).code).toBe(0);
  expect(await personalPaths()).toEqual([]);
});

test("only the entry with an unreadable payment stays open, and an unknown address creates none", async () => {
  const franchiseeId = newFranchisee();
  await transactionsOf(franchiseeId)
    .doc("pi_0")
    .set(legacy({ amount_total: "a lot" }));
  await record(franchiseeId, golden("pi_1"));
  await record(franchiseeId, golden("pi_2", GRACE));
  for (const email of [ADDRESS, GRACE.email, "nobody@example.org", ADDRESS]) {
    const { code, output } = await erase("--email", email, ...ERASURE_OPTIONS);
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(/pi_0 cannot be read: amount_total\. Correct or delete it/),
    ]);
  }
  const payment = (stripePaymentId: string) => ({ franchiseeId, stripePaymentId });
  const [first, second, ...more] = await entries();
  expect(first).toMatchObject({ failed: [payment("pi_0")], finishedAt: expect.any(Timestamp) as unknown });
  expect(first?.["payments"]).toHaveLength(2);
  expect(second).toMatchObject({
    failed: [],
    payments: [payment("pi_2")],
    finishedAt: expect.any(Timestamp) as unknown,
  });
  expect(more).toEqual([]);

  await transactionsOf(franchiseeId).doc("pi_0").update({ amount_total: 5 });
  expect((await erase("--email", "nobody@example.org", ...ERASURE_OPTIONS)).code).toBe(0);
  expect(await entries()).toMatchObject([{ failed: [] }, { failed: [] }]);
  expect(await personalPaths()).toEqual([]);
});

test("an erasure of more payments than one document can hold is begun, resumed and finished as one", async () => {
  // Ids of the maximum length: 1.5 MiB in total, while a document holds 1.
  const name = (start: string, index: number) => `${start}${String(index).padStart(249, "0")}`;
  const payments = Array.from({ length: 2_800 }, (_none, index) => ({
    franchiseeId: name("acct_", 1),
    stripePaymentId: name("pi_", index),
  }));
  const id = await beginErasure({ by: "Grace", reason: "as asked", payments, salt: "so" }, context.now);
  const begun = { id, by: "Grace", reason: "as asked", startedAt: context.now, salt: "so" };
  expect(await unfinishedErasures()).toEqual([{ ...begun, isInterrupted: true, payments }]);

  const failed = payments.filter((_one, index) => index % 700 === 0);
  await finishErasure(id, failed, context.now);
  expect(await unfinishedErasures()).toEqual([{ ...begun, isInterrupted: false, payments: failed }]);
  await finishErasure(id, [], context.now);
  expect(await unfinishedErasures()).toEqual([]);
  for (const entry of await entries()) expect(entry).not.toHaveProperty("salt");
});

test("the command resumes an interrupted erasure of two entries, and erases every payment of both", async () => {
  const franchiseeId = newFranchisee();
  const payments = Array.from({ length: 501 }, (_none, index) => ({ franchiseeId, stripePaymentId: `pi_${index}` }));
  for (const id of ["pi_0", "pi_500"]) await record(franchiseeId, golden(id));
  const id = await beginErasure({ by: "Barbara", reason: "as asked", payments }, new Date());

  const { code, output } = await erase("--email", ADDRESS, ...ERASURE_OPTIONS);
  expect([code, output]).toEqual([0, expect.stringContaining(`501 payments erased: erasures/${id}.`)]);
  expect(await personalPaths()).toEqual([]);
  const [first, second, ...more] = await entries();
  expect([first?.["payments"], second?.["payments"]]).toEqual([payments.slice(0, 500), payments.slice(500)]);
  expect(more).toEqual([]);
  expect(await unfinishedErasures()).toEqual([]);
});

test("an address in a correction that arrived after the erasure is found and erased", async () => {
  const franchiseeId = newFranchisee();
  await record(franchiseeId, golden("pi_1"));
  expect((await erase("--email", ADDRESS, ...ERASURE_OPTIONS)).code).toBe(0);
  const correction = `refund asked by ${ADDRESS} (by telephone).`;
  await record(franchiseeId, golden("pi_1", { amount_total: 900, correction }, 400));
  await record(franchiseeId, golden("pi_1", { amount_total: 901, correction: "a cent" }, 500));
  expect(await personalPaths()).not.toEqual([]);
  expect((await erase("--email", ADDRESS, ...ERASURE_OPTIONS)).output).toMatch(
    /pi_1: 2 revisions\n.*\n.*\n1 payments erased/,
  );
  expect(await personalPaths()).toEqual([]);
  expect((await erase("--email", ADDRESS, ...ERASURE_OPTIONS)).output).toMatch(NOTHING_FOUND);
});

test.each([
  [[], OTHER_CUSTOMER],
  [["--mentioned"], { name: null, email: null, phone: null }],
])("in another customer's payment that contains the address, the text is erased; %j leaves %j", async (words, left) => {
  const franchiseeId = newFranchisee();
  await record(franchiseeId, golden("pi_others", { ...OTHER_CUSTOMER, correction: `not by ${ADDRESS}` }));
  expect((await erase("--email", ADDRESS, ...ERASURE_OPTIONS, ...words)).code).toBe(0);
  expect(await personalPaths()).toEqual([]);
  expect((await transactionsOf(franchiseeId).doc("pi_others").get()).data()).toMatchObject({
    ...left,
    golden: { ...left, correction: "[erased]" },
  });
});
