// The rehearsal of docs/migration.md, step by step. Each test continues from the one before it.
import { readFileSync } from "node:fs";
import { Timestamp } from "firebase-admin/firestore";
import { refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { ADDRESS } from "../../tools/cli/ports.ts";
import { stopServices } from "../../tools/local/processes.ts";
import { serveFunction, type ServedFunction } from "../../tools/local/served-function.ts";
import { type ApiResponse, newFranchisee, send, sendSigned, transactionsPath } from "../support/api.ts";
import { database, isolateDatabase, revisionsOf, transactionsOf } from "../support/database.ts";
import { getTransactions, recordTransaction, syncTransactions } from "../support/legacy-service.ts";
import { PostedRecords, expectOutcome, FLAT_FIELDS, NO_PARTS } from "../support/migration.ts";
import { type CommandOutcome, runOperator } from "../support/operate.ts";
import { fakeStripes } from "../support/stripe.ts";

isolateDatabase();
const startStripe = fakeStripes();

/** Each step runs commands of the operator, one after the other. */

const DAY_S = 86_400;
const today = Math.floor(Date.now() / 1000);

/** A franchisee whose payments are posted one by one, and one with more payments than a page. */
const [mainId, largeId] = [newFranchisee(), newFranchisee()];
let fake: FakeStripe;
/** What was posted for each. */
let books: PostedRecords;
let crowdBooks: PostedRecords;
/** The new service, with ALLOW_UNSIGNED_WRITES off and on. */
let strict: ServedFunction;
let lenient: ServedFunction;

beforeAll(async () => {
  fake = await startStripe();
  for (const id of [mainId, largeId]) fake.books.connect(id);
  [books, crowdBooks] = [new PostedRecords(fake, mainId), new PostedRecords(fake, largeId)];
  const firestore = process.env["FIRESTORE_EMULATOR_HOST"] ?? ADDRESS.firestore;
  const project = { FIRESTORE_PROJECT_ID: process.env["FIRESTORE_PROJECT_ID"] };
  [strict, lenient] = await Promise.all([
    serveFunction("api", firestore, { env: { ...project, ALLOW_UNSIGNED_WRITES: "false" } }),
    serveFunction("api", firestore, { env: { ...project, ALLOW_UNSIGNED_WRITES: "true" } }),
  ]);
});
afterAll(stopServices);

const urlOf = ({ url }: ServedFunction, id = mainId): string => `${url}${transactionsPath(id)}`;
const npmRun = (...words: string[]): Promise<CommandOutcome> =>
  runOperator([...words, "--local"], { ...process.env, STRIPE_API_BASE: fake.url.href });
const revenue = (...words: string[]) => npmRun("revenue", ...words);
const rebuildAll = () => revenue("rebuild", "--all");
const close = (verb: string) => npmRun("close", verb);
/** A sync since the first payment, which is needed after a return to the legacy service. */
const syncAgain = () => npmRun("sync", "--since", new Date((today - 30 * DAY_S) * 1000).toISOString().slice(0, 10));
const expectCode = (code: number, outcome: CommandOutcome): string => {
  expect([outcome.code, outcome.output]).toEqual([code, outcome.output]);
  return outcome.output;
};

/** Posts to the new service as the orchestrator, signed or unsigned. */
function post(to: ServedFunction, record: object, { isSigned }: { isSigned: boolean }): Promise<ApiResponse> {
  const body = JSON.stringify(record);
  const headers = { "Content-Type": "application/json" };
  return isSigned
    ? sendSigned("POST", urlOf(to), body, { headers })
    : send(urlOf(to), { method: "POST", headers, body });
}

/** Every document is readable by old and new clients, with what was posted. */
async function expectReadable(): Promise<void> {
  const old = await getTransactions(mainId, 500);
  for (const document of old) expect(Object.keys(document)).toEqual(expect.arrayContaining(FLAT_FIELDS));
  const response = await sendSigned("GET", `${urlOf(strict)}?limit=500`);
  expect([response.status, response.body?.["warnings"]]).toEqual([200, undefined]);
  const transactions = response.body?.transactions ?? [];
  books.expectPosted(old);
  books.expectPosted(transactions);
  // In the same order, each once.
  expect(transactions.map((one) => one.stripePaymentId)).toEqual(old.map((one) => one["stripePaymentId"]));
}

/**
 * Returns to the legacy service for a while: the orchestrator posts to it, which overwrites documents of the new
 * service with flat fields only; a new payment arrives, and the legacy service syncs.
 */
async function returnToLegacy(overwritten: "even" | "odd" = "even"): Promise<void> {
  const again = books.posted().filter((_record, index) => index % 2 === (overwritten === "even" ? 0 : 1));
  for (const record of again) await recordTransaction(mainId, record);
  await recordTransaction(mainId, books.pay(0));
  books.pay(0, { isPosted: false });
  for (const data of await syncTransactions(mainId, books.inStripe())) books.noteImported(data);
  await expectReadable();
}

test("step 0: the legacy service's documents exist, and the new service is deployed next to it", async () => {
  const at = (daysAgo: number) => Timestamp.fromMillis((today - daysAgo * DAY_S) * 1000);
  const odd: object[] = [
    {},
    // Older senders sent only the total.
    { amount: 10_000, amount_total: undefined, ...NO_PARTS },
    { amount_total: null, amount: 10_000 },
    { amount_total: "10000", amount_stripe_fee: "320", phone: 6045550100, participantCount: "12" },
    { status: "processing" },
    { status: undefined, name: undefined, workshopId: undefined },
  ];
  for (const [index, fields] of odd.entries()) {
    await recordTransaction(mainId, books.pay(12 - index, { fields }), at(12 - index));
  }
  const many = Array.from({ length: 52 }, (_none, index) => 5 + index / 20);
  await Promise.all(many.map((daysAgo) => recordTransaction(largeId, crowdBooks.pay(daysAgo), at(daysAgo))));
  await transactionsOf(mainId).doc("pi_by_hand").set({ amount_total: 100 });
  await transactionsOf(mainId)
    .doc("pi_a_lot")
    .set({ amount_total: "a lot", createdAt: at(9) });
});

test("step 1: the new service shows the documents, reports unreadable ones, and writes nothing", async () => {
  const before = await database().collectionGroup("transactions").get();
  const report = expectCode(1, await revenue("verify"));
  expect(report).toContain(`${largeId}: 52 transactions, 52 of the legacy service`);
  expect(report).toContain("transactions/pi_a_lot cannot be read: amount_total");
  expect(report).toContain("1 documents have no createdAt");
  const after = await database().collectionGroup("transactions").get();
  expect(after.docs.map(({ updateTime }) => updateTime)).toEqual(before.docs.map(({ updateTime }) => updateTime));

  // The operator corrects or deletes unreadable documents.
  for (const id of ["pi_by_hand", "pi_a_lot"]) await transactionsOf(mainId).doc(id).delete();
  expect(expectCode(1, await revenue("verify"))).not.toContain("not counted");
  await expectReadable();
  const { body } = await sendSigned("GET", urlOf(strict, largeId));
  const old = await getTransactions(largeId);
  expect(body?.transactions.map((one) => one.stripePaymentId)).toEqual(old.map((one) => one["stripePaymentId"]));
  expect(body?.nextCursor).not.toBeNull();
  expect((await database().collectionGroup("revenue").get()).size).toBe(0);
});

test("step 2: unsigned records are accepted with a warning, and a return is possible", async () => {
  const unsigned = { isSigned: false };
  const first = books.pay(0);
  const responses = [await post(lenient, first, unsigned), await post(lenient, first, unsigned)];
  for (const { headers, body } of responses) {
    expect(headers.get("portal-signature")).toBe("missing");
    expect(body?.warnings).toEqual([expect.stringContaining("not signed")]);
  }
  expect(responses.map(({ body }) => body?.outcome)).toEqual(["created", "duplicate"]);
  expect(readFileSync(lenient.logFile, "utf8")).toContain("unsigned request accepted");
  // One legacy document has no total, and one has not succeeded yet.
  for (const index of [2, 4]) await expectOutcome(post(lenient, books.repost(index), unsigned), "updated");
  await expectOutcome(post(lenient, books.repost(0), unsigned), "duplicate");
  await expectReadable();
  await returnToLegacy();
  await expectOutcome(post(lenient, books.pay(0), unsigned), "created");
  await expectOutcome(post(lenient, first, unsigned), "duplicate");
});

test("step 3: signed records are accepted beside unsigned ones, and a return is possible", async () => {
  const response = await post(lenient, books.pay(0), { isSigned: true });
  expect([response.body?.outcome, response.body?.warnings, response.headers.get("portal-signature")]).toEqual([
    "created",
    undefined,
    null,
  ]);
  await expectOutcome(post(lenient, books.pay(0), { isSigned: false }), "created");
  await expectReadable();
  await returnToLegacy();
});

test("step 4: unsigned records are refused and write nothing, and a return is possible", async () => {
  const record = books.pay(0);
  const refused = await post(strict, record, { isSigned: false });
  expect([refused.status, (await transactionsOf(mainId).doc(record.stripePaymentId).get()).exists]).toEqual([
    401,
    false,
  ]);
  await expectOutcome(post(strict, record, { isSigned: true }), "created");
  await expectReadable();
  await returnToLegacy();
  await expectOutcome(post(lenient, books.pay(0), { isSigned: false }), "created");
});

/** Of two payments that the legacy service overwrites in turn. */
const REFUNDED = { refunded: 1_000 };
const WRONG = /lifetime\/totals\/cad\/refunded +1000 +500 +-500\n/;

/** Returns to the legacy service and back: verify reports wrong totals until the overwritten documents are repaired. */
async function expectRepaired(
  overwritten: "even" | "odd",
  repairs: readonly (() => Promise<CommandOutcome>)[],
): Promise<void> {
  const { id } = books.intent(overwritten === "even" ? 0 : 1);
  const createdAt = async (): Promise<unknown> => (await transactionsOf(mainId).doc(id).get()).get("createdAt");
  const [bookedAt, revisions] = [await createdAt(), await revisionsOf(mainId, id)];
  await returnToLegacy(overwritten);
  expect(await createdAt()).not.toEqual(bookedAt);
  expect(expectCode(1, await revenue("verify"))).toMatch(WRONG);

  for (const repair of repairs) expectCode(0, await repair());
  expectCode(0, await revenue("verify"));
  await expectReadable();
  await books.expectTotals(strict, REFUNDED);
  // It has its former booking time, all its revisions and one more.
  expect([await createdAt(), (await revisionsOf(mainId, id)).slice(0, -1)]).toEqual([bookedAt, revisions]);
}

test("step 5: the totals are rebuilt and Stripe's figures imported, and a return is possible", async () => {
  expectCode(0, await rebuildAll());
  expect(expectCode(0, await revenue("verify"))).not.toContain("of the legacy service");
  await expectReadable();
  for (const index of [0, 1]) refund(fake.books, books.intent(index), { amount: 500 });
  const lost = books.pay(3, { isPosted: false });
  expectCode(0, await npmRun("sync"));
  books.noteImported(lost);
  expectCode(0, await revenue("verify"));
  await expectReadable();
  await books.expectTotals(strict, REFUNDED);
  // Stripe's figures may arrive before the rebuild.
  await expectRepaired("even", [syncAgain, rebuildAll]);
});

test("step 5: the days are closed, and a return is possible", async () => {
  expectCode(0, await close("run"));
  expectCode(0, await close("verify"));
  await expectRepaired("odd", [rebuildAll, syncAgain]);
  expectCode(0, await close("verify"));
});

test("step 6: without the legacy service everything agrees to the cent with what was posted, and a return is possible", async () => {
  await expectOutcome(post(strict, books.pay(0), { isSigned: true }), "created");
  expectCode(0, await npmRun("sync"));
  await expectReadable();
  await books.expectTotals(strict, REFUNDED);
  expectCode(0, await close("verify"));
  await expectRepaired("even", [rebuildAll, syncAgain]);
  expect(expectCode(0, await revenue("verify"))).not.toContain("of the legacy service");
  expectCode(0, await close("verify"));
});
