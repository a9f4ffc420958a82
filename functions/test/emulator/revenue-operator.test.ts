import { untilAvailable } from "../../tools/local/until-available.ts";
import { FieldValue, Timestamp } from "firebase-admin/firestore";
import { recordDefaults } from "../../src/config.ts";
import { apply } from "../../src/store/apply.ts";
import { audit } from "../../src/store/verify-totals.ts";
import { rebuild } from "../../src/store/rebuild-totals.ts";
import { listFranchisees } from "../../src/store/revenue-queries.ts";
import { newFranchisee } from "../support/api.ts";
import { database, isolateDatabase, transactionsOf } from "../support/database.ts";
import { recordTransaction } from "../support/legacy-service.ts";
import { runOperator } from "../support/operate.ts";
import { DEFAULTS, observation } from "../support/records.ts";

// cspell:ignore Łukasz lukasz nowak

isolateDatabase();

const revenue = (...words: string[]) => runOperator(["revenue", ...words, "--local"], process.env);
const verify = (...words: string[]) => revenue("verify", ...words);

/** November 14, 2025, at noon in Vancouver. */
const NOON = new Date("2025-11-14T20:00:00Z");

const pay = (franchiseeId: string, fields: object, now = NOON, sentAtSeconds = 100) =>
  untilAvailable(() => apply(franchiseeId, observation(fields, sentAtSeconds), { now, defaults: DEFAULTS }));

/** A franchisee with three payments in two months, one of which has not succeeded. */
async function franchiseeWithPayments(): Promise<string> {
  const franchiseeId = newFranchisee();
  await pay(franchiseeId, { stripePaymentId: "pi_1", workshopId: "cedar/rope.", workshopName: "Cedar rope" });
  await pay(franchiseeId, { stripePaymentId: "pi_2" }, new Date("2025-12-01T08:00:00Z"));
  await pay(franchiseeId, { stripePaymentId: "pi_3", status: "processing" });
  return franchiseeId;
}

const rebuildOf = (franchiseeId: string) => revenue("rebuild", franchiseeId);
/** Changes the first payment's name, each time with a later signature. */
const recordAgain = (franchiseeId: string, again: number) =>
  pay(franchiseeId, { stripePaymentId: "pi_1", name: `Grace ${again}` }, new Date(), 200 + again);

const documentOf = async (path: string) => (await database().doc(path).get()).data();
const legacy = (fields: object) => ({
  amount_total: 1000,
  amount_stripe_fee: 59,
  amount_platform_fee: 41,
  amount_franchisee_net: 900,
  name: "Ada",
  status: "succeeded",
  createdAt: new Timestamp(1_763_000_000, 123_456_000),
  ...fields,
});

test("reports agreement if the totals agree", async () => {
  const franchiseeId = await franchiseeWithPayments();
  expect(await verify(franchiseeId)).toEqual({
    code: 0,
    output: `${franchiseeId}: 3 transactions; the totals match\n1 franchisees.`,
  });
});

test("reports wrong totals to the cent, changes nothing, and corrects them", async () => {
  const franchiseeId = await franchiseeWithPayments();
  const path = `franchisees/${franchiseeId}`;
  const right = [await documentOf(path), await documentOf(`${path}/revenue/2025-11`)];
  await database().doc(path).update({ "totals.cad.gross": 2001, "totals.usd.count": 1, "reconciliation.expected": 2 });
  await database().doc(`${path}/revenue/2025-11`).delete();

  const { code, output } = await verify(franchiseeId);
  expect(code).toBe(1);
  for (const row of [
    /lifetime\/totals\/cad\/gross +2001 +2000 +-1\n/,
    /lifetime\/totals\/usd\/count +1 +0 +-1\n/,
    /lifetime\/reconciliation\/expected +2 +3 +1\n/,
    /2025-11\/days\/2025-11-14\/cad\/net +0 +900 +900\n/,
  ]) {
    expect(output).toMatch(row);
  }
  expect(await verify(franchiseeId)).toEqual({ code, output });

  expect(await revenue("rebuild", franchiseeId)).toMatchObject({ code: 0 });
  expect(await verify(franchiseeId)).toMatchObject({ code: 0 });
  const [lifetime, month] = [await documentOf(path), await documentOf(`${path}/revenue/2025-11`)];
  expect(withoutZeros(lifetime)).toEqual(withoutZeros(right[0]));
  expect(withoutZeros(month)).toEqual(withoutZeros(right[1]));
});

test("books legacy documents once, to the microsecond", async () => {
  const franchiseeId = newFranchisee();
  const documents = transactionsOf(franchiseeId);
  await documents.doc("pi_1").set(legacy({ stripePaymentId: "pi_1" }));
  await documents.doc("pi_2").set(legacy({ stripePaymentId: "pi_2", status: "processing" }));
  const odd = { amount_total: "1000", phone: 604, workshopId: "cedar", participantCount: "a dozen" };
  await documents.doc("pi_3").set(legacy(odd));
  expect((await verify(franchiseeId)).output).toMatch(/3 transactions, 3 of the legacy service; \d+ figures are wrong/);

  expect(await revenue("rebuild", franchiseeId)).toMatchObject({ code: 0 });
  expect((await documents.doc("pi_3").get()).data()).toMatchObject({
    amount_total: 1000,
    phone: "604",
    // A value that is not a number is kept, although nothing reads it.
    participantCount: "a dozen",
    currency: "cad",
    revision: 0,
    stripeState: "unknown",
    createdAt: new Timestamp(1_763_000_000, 123_456_000),
  });
  const totals = { cad: { count: 2, gross: 2000, stripeFees: 118, platformFees: 82, net: 1800 } };
  expect(await documentOf(`franchisees/${franchiseeId}`)).toMatchObject({ totals, reconciliation: { expected: 3 } });
  expect(await documentOf(`franchisees/${franchiseeId}/revenue/2025-11`)).toMatchObject({ totals });

  const before = (await documents.get()).docs.map(({ updateTime }) => updateTime);
  expect((await revenue("rebuild", franchiseeId)).output).toContain("3 transactions; the totals match");
  expect((await documents.get()).docs.map(({ updateTime }) => updateTime)).toEqual(before);
  await pay(franchiseeId, { stripePaymentId: "pi_1", amount_total: 1001, correction: "a cent" }, new Date());
  expect(await verify(franchiseeId)).toMatchObject({ code: 0 });
});

test("replaces search terms of earlier versions, and changes nothing else", async () => {
  const franchiseeId = newFranchisee();
  const customer = { name: "Łukasz Nowak", email: "nowak@example.org", phone: "604 555 0100", amount_total: 1_050 };
  for (const stripePaymentId of ["pi_1", "pi_2"]) {
    await pay(franchiseeId, { ...customer, stripePaymentId, amount_franchisee_net: 950 });
  }
  const documents = transactionsOf(franchiseeId);
  const before = (await documents.doc("pi_1").get()).data();
  expect(before?.["search"]).toEqual(expect.arrayContaining(["lukasz", "=nowak@example.org", "#0100", "$10.5", "$9"]));
  // As earlier versions wrote it, and as one without any.
  await documents.doc("pi_1").update({ search: ["łu", "łuk", "no", "nowak"] });
  await documents.doc("pi_2").update({ search: FieldValue.delete() });
  expect(await rebuildOf(franchiseeId)).toMatchObject({ code: 0 });
  expect((await documents.doc("pi_1").get()).data()).toEqual(before);
  expect((await documents.doc("pi_2").get()).get("search")).toEqual(before?.["search"]);
  const times = (await documents.get()).docs.map(({ updateTime }) => updateTime);
  expect(await rebuildOf(franchiseeId)).toMatchObject({ code: 0 });
  expect((await documents.get()).docs.map(({ updateTime }) => updateTime)).toEqual(times);
});

test.each<[string, (franchiseeId: string, again: number) => Promise<unknown>, revisions: string[]]>([
  ["a rebuild", rebuildOf, ["1"]],
  ["a record, and a rebuild", (id, again) => recordAgain(id, again).then(() => rebuildOf(id)), ["1", "2", "3"]],
  ["a rebuild, and a record", (id, again) => rebuildOf(id).then(() => recordAgain(id, again)), ["1", "2", "3"]],
])("books overwritten documents at their former time, twice, by %s", async (_what, repair, revisions) => {
  const franchiseeId = await franchiseeWithPayments();
  const payment = transactionsOf(franchiseeId).doc("pi_1");
  await recordAgain(franchiseeId, 0);
  const booked: unknown = (await payment.get()).get("createdAt");
  const right = await documentOf(`franchisees/${franchiseeId}/revenue/2025-11`);

  for (const again of [1, 2]) {
    await recordTransaction(franchiseeId, { ...legacy({}), stripePaymentId: "pi_1" });
    await repair(franchiseeId, again);
  }
  expect(await verify(franchiseeId)).toMatchObject({ code: 0 });
  const { createdAt, day, revision } = (await payment.get()).data() ?? {};
  expect([createdAt, day, revision]).toEqual([booked, "2025-11-14", revisions.length]);
  expect((await payment.collection("revisions").orderBy("revision").get()).docs.map(({ id }) => id)).toEqual(revisions);
  const month = await documentOf(`franchisees/${franchiseeId}/revenue/2025-11`);
  expect([month?.["totals"], month?.["days"]]).toEqual([right?.["totals"], right?.["days"]]);
});

test("loses and doubles nothing during concurrent payments and rebuilds", async () => {
  const franchiseeId = newFranchisee();
  const documents = transactionsOf(franchiseeId);
  const ids = Array.from({ length: 60 }, (_none, index) => `pi_${index}`);
  const batch = database().batch();
  for (const [index, id] of ids.entries()) if (index % 2 === 0) batch.set(documents.doc(id), legacy({}));
  batch.set(database().doc(`franchisees/${franchiseeId}`), { totals: { cad: { gross: 7 } } });
  await batch.commit();

  const traffic = ids.map(async (id, index) => {
    await new Promise((resolve) => setTimeout(resolve, index * 5));
    await pay(franchiseeId, { stripePaymentId: id, name: "Grace" });
    const correction = { amount_total: 1100, amount_franchisee_net: 1000, correction: "the price went up" };
    await untilAvailable(() =>
      apply(franchiseeId, observation({ stripePaymentId: id, ...correction }, 101), { now: NOON, defaults: DEFAULTS }),
    );
  });
  const rebuilds = [0, 30, 60, 200].map(async (delay) => {
    await new Promise((resolve) => setTimeout(resolve, delay));
    // A rebuild that repeatedly meets others reports it, and has changed nothing.
    await rebuild(franchiseeId, recordDefaults()).catch((error: unknown) => {
      expect(String(error)).toContain("being rebuilt by another process");
    });
  });
  await Promise.all([...traffic, ...rebuilds]);
  const { drift, transactions, legacy: left } = await audit(franchiseeId, recordDefaults());
  expect([[...drift], transactions, left]).toEqual([[], 60, 0]);
  expect((await documentOf(`franchisees/${franchiseeId}`))?.["totals"]).toMatchObject({
    cad: { count: 60, gross: 66_000 },
  });
});

test("names documents that it cannot count, and counts the others", async () => {
  const franchiseeId = await franchiseeWithPayments();
  await transactionsOf(franchiseeId)
    .doc("pi_4")
    .set(legacy({ amount_total: "a lot" }));
  await transactionsOf(franchiseeId).doc("pi_5").set({ amount_total: 1 });
  for (const command of ["verify", "rebuild"]) {
    const { code, output } = await revenue(command, franchiseeId);
    expect(code).toBe(1);
    expect(output).toContain("5 transactions, 1 of the legacy service; the totals match");
    expect(output).toContain(`transactions/pi_4 cannot be read: amount_total`);
    expect(output).toContain("1 documents have no createdAt");
  }
});

test("corrects more than fits into one commit, also concurrently, and lists find the result", async () => {
  const franchiseeId = newFranchisee();
  const batch = database().batch();
  for (let index = 0; index < 250; index += 1) {
    const split = { amount_stripe_fee: 0, amount_platform_fee: 0, amount_franchisee_net: 0, workshopId: `w${index}` };
    batch.set(transactionsOf(franchiseeId).doc(`pi_${index}`), legacy(split));
  }
  await batch.commit();
  const rebuilt = await Promise.allSettled([1, 2, 3].map(() => untilAvailable(() => rebuild(franchiseeId, DEFAULTS))));
  const refused = rebuilt.flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []));
  expect(refused.filter((reason) => !reason.startsWith("ConcurrentRebuildError"))).toEqual([]);
  if (refused.length > 0) await rebuild(franchiseeId, DEFAULTS);
  expect((await audit(franchiseeId, DEFAULTS)).drift.size).toBe(0);
  expect((await database().collection(`franchisees/${franchiseeId}/repairs`).get()).size).toBeGreaterThan(1);
  for (const order of [{ by: "exceptions" }, { by: "net", currency: "cad" }] as const) {
    const { franchisees } = await listFranchisees(order, { limit: 200, cursor: undefined });
    expect(franchisees.map((one) => one.franchiseeId)).toContain(franchiseeId);
  }
});

test.each<[string, (franchiseeId: string) => Promise<unknown>]>([
  ["is paid", (franchiseeId) => pay(franchiseeId, { stripePaymentId: "pi_new" })],
  ["another rebuilds", (franchiseeId) => rebuild(franchiseeId, DEFAULTS)],
])("counts once what %s while it counts", async (_what, act) => {
  const franchiseeId = await franchiseeWithPayments();
  await database().doc(`franchisees/${franchiseeId}`).update({ "totals.cad.gross": 1 });
  let times = 0;
  await rebuild(franchiseeId, DEFAULTS, async () => {
    times += 1;
    if (times === 1) await act(franchiseeId);
  });
  expect(times).toBeGreaterThan(0);
  expect([...(await audit(franchiseeId, DEFAULTS)).drift]).toEqual([]);
});

test("a franchisee that cannot be rebuilt does not prevent the others", async () => {
  await database().recursiveDelete(database().collection("franchisees"));
  const [first = "", last = ""] = [await franchiseeWithPayments(), await franchiseeWithPayments()].toSorted();
  for (const id of [first, last]) await database().doc(`franchisees/${id}`).update({ "totals.cad.gross": 1 });
  // As if another process were always faster.
  await database().doc(`franchisees/${first}/repairs/1`).set({});
  const { code, output } = await revenue("rebuild", "--all");
  expect([code, output.split("\n").at(-1)]).toEqual([
    1,
    `${first}: The totals of ${first} are being rebuilt by another process.`,
  ]);
  expect((await audit(last, DEFAULTS)).drift.size).toBe(0);
});

test.each([
  [["verify", "acct-1"], "Value 'acct-1' is invalid for argument 'acct_…'. Expected a connected account (acct_…)."],
  [["verify", "acct_nobody"], "Unknown franchisees: acct_nobody."],
  [["rebuild"], "Name the franchisees: acct_… or --all."],
  [["rebuild", "acct_1", "--all"], "Name the franchisees: acct_… or --all."],
  [["repair", "acct_1"], "Unknown command 'repair'"],
])("%j is refused", async (words, message) => {
  const { code, output } = await revenue(...words);
  expect([code, output.slice(0, message.length)]).toEqual([1, message]);
});

/** Without numbers that are 0, and objects with nothing else. */
function withoutZeros(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const parts = Object.entries<unknown>({ ...value }).map(([name, part]) => [name, withoutZeros(part)] as const);
  const kept = parts.filter(([, part]) => part !== 0 && part !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
