import { refund } from "../../testing/fake-stripe/refunds-and-disputes.ts";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { processEvent } from "../../src/jobs/events/process-event.ts";
import { countEvent } from "../../src/store/stripe-events.ts";
import { newFranchisee } from "../support/api.ts";
import { database, isolateDatabase, transactionsOf } from "../support/database.ts";
import { type CommandOutcome, runOperator } from "../support/operate.ts";
import { connectTo, fakeStripes } from "../support/stripe.ts";
import { eventDependencies, eventOf, readStored, storedEvent } from "../support/webhooks.ts";

// cspell:ignore nobodyhas

isolateDatabase();
const startStripe = fakeStripes();

let fake: FakeStripe;
let franchiseeId: string;
beforeEach(async () => {
  await database().recursiveDelete(database().collection("stripeEvents"));
  fake = await startStripe();
  franchiseeId = newFranchisee();
});

/** Runs `npm run ops -- events --local` with these arguments and this Stripe. */
const events = (...args: string[]): Promise<CommandOutcome> =>
  runOperator(["events", "--local", ...args], { STRIPE_API_BASE: fake.url.href });

const take = (event: object) => processEvent(readStored(event), eventDependencies(connectTo(fake)));
const succeeded = () => eventOf(fake, franchiseeId, "payment_intent.succeeded");
/** Delivers it while the account is deauthorized, so that it is quarantined. */
const quarantine = async (...all: object[]): Promise<void> => {
  fake.books.deauthorize(franchiseeId);
  for (const event of all) await take(event);
};
const NOBODY = () =>
  `${franchiseeId} is not a known franchisee: it is not connected to the platform, and has no records.`;
const isFranchisee = () => database().doc(`franchisees/${franchiseeId}`).set({});
const lineOf = (output: string, id: string): string[] =>
  output
    .split("\n")
    .find((line) => line.includes(id))
    ?.trim()
    .split(/\s{2,}/) ?? [];

test("list shows received events, newest first, by status and time, and the counts of other types", async () => {
  const payment = fake.books.pay({ account: franchiseeId, mode: "direct", amount: 1_000 });
  await quarantine(succeeded());
  fake.books.reauthorize(franchiseeId);
  refund(fake.books, payment, { amount: 100 });
  const refunded = eventOf(fake, franchiseeId, "charge.refunded");
  await take(refunded);
  await countEvent("customer.created");

  const { code, output } = await events("list");
  expect(code).toBe(0);
  expect(lineOf(output, refunded.id).slice(1)).toEqual([refunded.id, "charge.refunded", franchiseeId, "done", "1"]);
  expect(lineOf(output, succeeded().id).slice(1)).toEqual([
    succeeded().id,
    "payment_intent.succeeded",
    franchiseeId,
    "quarantined",
    "0",
    NOBODY(),
  ]);
  expect(output.indexOf(refunded.id)).toBeLessThan(output.indexOf(succeeded().id));
  expect(output).toContain("Events of types that concern no payment: customer.created 1");

  const quarantined = (await events("list", "--status", "quarantined")).output;
  expect([quarantined.includes(refunded.id), quarantined.includes(succeeded().id)]).toEqual([false, true]);
  expect((await events("list", "--to", "2025-01-01")).output).not.toContain("evt_");
  expect((await events("list", "--limit", "1")).output).toContain("Only the newest 1; --limit shows more.");
});

test("show prints the stored event and its effects", async () => {
  await isFranchisee();
  const { id } = fake.books.pay({ account: franchiseeId, mode: "direct", amount: 1_000 });
  await take(succeeded());
  const { output } = await events("show", succeeded().id);
  expect(lineOf(output, "payment_intent.succeeded")).toEqual(["type", "payment_intent.succeeded"]);
  expect(lineOf(output, "about")).toEqual(["about", `payment ${id}`]);
  expect(output).toContain(`${franchiseeId} ${id}: created`);
});

test("replay processes a quarantined event once its account is connected", async () => {
  const { id } = fake.books.pay({ account: franchiseeId, mode: "direct", amount: 1_000 });
  const event = succeeded();
  await quarantine(event);
  const reason = `${event.id}: ${NOBODY()}`;
  const early = await events("replay", event.id);
  expect([early.code, early.output]).toEqual([1, `${event.id} ${event.type}: quarantined\n1 events.\n${reason}`]);

  fake.books.reauthorize(franchiseeId);
  const dry = await events("replay", event.id, "--dry-run");
  expect([dry.code, dry.output]).toEqual([
    0,
    `${event.id} ${event.type}: done\n  ${franchiseeId} ${id}: created\n1 events. Dry run: nothing was written.`,
  ]);
  expect(await storedEvent(event.id)).toMatchObject({ status: "quarantined" });
  expect((await transactionsOf(franchiseeId).get()).size).toBe(0);

  expect((await events("replay", event.id)).output).toContain(`${franchiseeId} ${id}: created`);
  expect(await storedEvent(event.id)).toMatchObject({ status: "done", reason: null });
  expect((await transactionsOf(franchiseeId).doc(id).get()).exists).toBe(true);
});

test("replay processes all events of a period with a status, oldest first", async () => {
  const ids = [1_000, 2_000].map((amount) => fake.books.pay({ account: franchiseeId, mode: "direct", amount }).id);
  await quarantine(...fake.books.connect(franchiseeId).event.newestFirst());
  fake.books.reauthorize(franchiseeId);
  const today = new Date().toISOString().slice(0, 10);
  const { code, output } = await events("replay", "--status", "quarantined", "--from", today);
  expect([code, output.split("\n").at(-1)]).toEqual([0, "4 events."]);
  expect((await transactionsOf(franchiseeId).get()).docs.map((document) => document.id).toSorted()).toEqual(
    ids.toSorted(),
  );
  expect((await events("list", "--status", "quarantined")).output).not.toContain("evt_");
});

test("replay fetches an undelivered event from Stripe", async () => {
  await isFranchisee();
  const { id } = fake.books.pay({ account: franchiseeId, mode: "direct", amount: 1_000 });
  const event = succeeded();
  expect((await events("replay", event.id, "--account", franchiseeId)).output).toContain(`${id}: created`);
  expect(await storedEvent(event.id)).toMatchObject({ status: "done", account: franchiseeId });
  expect(await events("replay", "evt_nobodyhas")).toEqual({
    code: 1,
    output: "The event evt_nobodyhas was not received, and Stripe has no event of a supported type with this id.",
  });
});

test.each<[string, string[], string]>([
  ["no action", [], "Missing command. See --help."],
  ["replay without an event", ["replay"], "Name the events to replay: evt_…, or --from DATE."],
  [
    "both an id and a time",
    ["replay", "evt_1", "--from", "2025-01-01"],
    "Name the events to replay: evt_…, or --from DATE.",
  ],
  ["an invalid id", ["show", "pi_1"], "Value 'pi_1' is invalid for argument 'evt_…'. Expected a Stripe event (evt_…)."],
  ["an unknown event", ["show", "evt_1"], "The event evt_1 was not received."],
  [
    "an invalid status",
    ["list", "--status", "lost"],
    "Option '--status <status>' argument 'lost' is invalid. Allowed choices are",
  ],
  [
    "an invalid limit",
    ["list", "--limit", "many"],
    "Option '--limit <n>' argument 'many' is invalid. Expected a whole number from 1 to 10000.",
  ],
  [
    "an invalid account",
    ["replay", "evt_1", "--account", "x"],
    "Option '--account <acct_…>' argument 'x' is invalid. Expected a connected account (acct_…).",
  ],
])("%s causes one clear error, with exit code 1", async (_what, args, message) => {
  const { code, output } = await events(...args);
  expect([code, output.split("\n")[0]]).toEqual([1, expect.stringContaining(message)]);
});
