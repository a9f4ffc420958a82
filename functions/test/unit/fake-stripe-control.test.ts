import { execFile } from "node:child_process";
import { join } from "node:path";
import { addControlRoutes } from "../../testing/fake-stripe/control.ts";
import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { FUNCTIONS } from "../../tools/cli/paths.ts";
import { fakeStripes } from "../support/stripe.ts";

// cspell:ignore colse

const startStripe = fakeStripes();

// What `npm run local -- refund`, `dispute` and `payout` request from the local Stripe, and what they refuse.

let fake: FakeStripe;
let payment: string;

beforeEach(async () => {
  fake = await startStripe();
  addControlRoutes(fake);
  payment = fake.books.pay({ account: "acct_1", mode: "direct", amount: 1_000 }).id;
});

async function control(action: string, body: object): Promise<[number, unknown]> {
  const response = await fetch(new URL(`/_fake/${action}`, fake.url), { method: "POST", body: JSON.stringify(body) });
  return [response.status, await response.json()];
}

const refused = (message: string) => [400, { error: expect.objectContaining({ message }) as unknown }];
const done = (fields: object) => [200, expect.objectContaining(fields) as unknown];

test("refunds a part, then the rest, and no more", async () => {
  expect(await control("refund", { payment, amount: 300 })).toEqual(done({ amount: 300, status: "succeeded" }));
  expect(await control("refund", { payment, amount: 701 })).toEqual(
    refused(`Only 700 of ${payment} can be refunded, in minor units.`),
  );
  expect(await control("refund", { payment })).toEqual(done({ amount: 700 }));
  expect(await control("refund", { payment })).toEqual(
    refused(`Only 0 of ${payment} can be refunded, in minor units.`),
  );
  expect(await control("refund", { payment: "pi_none" })).toEqual(refused("The payment pi_none does not exist."));
});

test("opens a dispute, and closes it", async () => {
  expect(await control("dispute", { payment, close: "won" })).toEqual(refused(`${payment} has no open dispute.`));
  expect(await control("dispute", { payment })).toEqual(done({ amount: 1_000, status: "needs_response" }));
  expect((await control("dispute", { payment }))[0]).toBe(400);
  expect(await control("dispute", { payment, close: "lost" })).toEqual(done({ status: "lost" }));
  const waiting = fake.books.createIntent({ account: "acct_1", mode: "direct", amount: 1_000 });
  expect(await control("dispute", { payment: waiting.id })).toEqual(refused(`${waiting.id} has not succeeded.`));
});

test("pays an account out", async () => {
  // 1000, less 2.9 % and 30.
  expect(await control("payout", { account: "acct_1" })).toEqual(done({ amount: 941, status: "paid" }));
  expect(await control("payout", { account: "acct_1" })).toEqual(refused("There is nothing to pay out."));
  expect(await control("payout", { account: "acct_2" })).toEqual(
    refused("The connected account acct_2 does not exist."),
  );
});

test("pays an account out manually or instantly, by any amount that its balance covers", async () => {
  const manual = { account: "acct_1", kind: "manual" };
  expect(await control("payout", { ...manual, amount: 942 })).toEqual(
    refused("You have insufficient funds in your Stripe account."),
  );
  expect(await control("payout", { ...manual, amount: 300 })).toEqual(done({ amount: 300, status: "paid" }));
  // Of the other 641, 1 % of the amount is the fee.
  expect(await control("payout", { ...manual, kind: "instant" })).toEqual(done({ amount: 634 }));
  expect(await control("payout", { account: "acct_1", amount: 1 })).toEqual(
    refused("An automatic payout has no given amount."),
  );
});

test("a silent payment sends no event, but later changes of it do", async () => {
  const events: string[] = [];
  fake.books.onEvent = ({ type }) => void events.push(type);
  const billing = { name: "Ada", email: "ada@example.org", phone: "1" };
  const order = { account: "acct_1", mode: "direct", amount: 1_000, platformFee: 10, metadata: {}, billing, ago: 0 };
  const [, paid] = await control("pay", { ...order, silent: true });
  expect(events).toEqual([]);
  const id = typeof paid === "object" && paid !== null && "stripePaymentId" in paid ? paid.stripePaymentId : "";
  await control("refund", { payment: id });
  expect(events).toEqual(["charge.refunded", "refund.created"]);
});

test.each([
  ["refund", ["--amount", "5"], "Required option '--payment <pi_…>' not specified."],
  [
    "refund",
    ["--payment", "pi_1", "--amount", "1.5"],
    "Option '--amount <cents>' argument '1.5' is invalid. Expected a whole number from 1 to 999999999.",
  ],
  ["refund", ["--payment", "pi_1", "everything"], "Too many arguments for 'refund'."],
  [
    "payout",
    ["--kind", "yearly"],
    "Option '--kind <kind>' argument 'yearly' is invalid. Allowed choices are automatic, manual, instant.",
  ],
  ["dispute", ["--payment", "ch_1"], "argument 'ch_1' is invalid. Expected a PaymentIntent (pi_…)."],
  ["dispute", ["--payment", "pi_1", "--close", "drawn"], "argument 'drawn' is invalid. Allowed choices are won, lost."],
  ["dispute", ["--payment", "pi_1", "--colse", "won"], "Unknown option '--colse' (Did you mean --close?)"],
])("npm run local -- %s %j is refused in one line", async (command, words, line) => {
  const args = ["--disable-warning=ExperimentalWarning", join(FUNCTIONS, "tools/local/main.ts"), command, ...words];
  const [code, output] = await new Promise<[unknown, string]>((resolve) => {
    execFile(process.execPath, args, (error, stdout, stderr) => resolve([error?.code, stdout + stderr]));
  });
  expect([code, output.trim().split("\n")]).toEqual([1, [expect.stringContaining(line)]]);
});
