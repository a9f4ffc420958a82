import { discrepancyOf } from "../../src/domain/reconciliation-exception.ts";
import { apply } from "../../src/store/apply.ts";
import { readTransaction } from "../../src/store/transactions.ts";
import { newFranchisee } from "../support/api.ts";
import { database, isolateDatabase, revisionsOf, transactionsOf } from "../support/database.ts";
import { runOperator } from "../support/operate.ts";
import { DEFAULTS, snapshotSeen, observation } from "../support/records.ts";
import type { Observation } from "../../src/domain/observation.ts";

isolateDatabase();

const exceptions = (...words: string[]) => runOperator(["exceptions", ...words, "--local"], process.env);
const context = () => ({ now: new Date(), defaults: DEFAULTS });
const record = (franchiseeId: string, seen: Observation) => apply(franchiseeId, seen, context());
const stateOf = async (franchiseeId: string): Promise<unknown> =>
  (await transactionsOf(franchiseeId).doc("pi_1").get()).get("exception");
const countsOf = async (franchiseeId: string): Promise<unknown> =>
  (await database().doc(`franchisees/${franchiseeId}`).get()).get("exceptions");
const WHY = ["--by", "Ada", "--reason", "the customer paid a cent in cash"];

/** A franchisee whose record is a cent higher than Stripe's figure. */
async function franchiseeInDispute(): Promise<string> {
  const franchiseeId = newFranchisee();
  await record(franchiseeId, observation({ amount_total: 1001, amount_franchisee_net: 901 }));
  await record(franchiseeId, snapshotSeen());
  return franchiseeId;
}

test("the command lists the exceptions of all franchisees, and nothing else", async () => {
  const [wrong, lost, right] = [await franchiseeInDispute(), newFranchisee(), newFranchisee()];
  await record(lost, snapshotSeen());
  await record(right, observation());
  await record(right, snapshotSeen());
  const { output } = await exceptions("list");
  expect(output).toMatch(
    new RegExp(
      `^${wrong} pi_1 of .*, 1001 cad: mismatched; amount_total recorded 1001, Stripe 1000; amount_franchisee_net recorded 901, Stripe 900$`,
      "m",
    ),
  );
  expect(output).toMatch(new RegExp(`^${lost} pi_1 of 1970-01-01T00:00:50.000Z, 1000 cad: missing_in_portal$`, "m"));
  expect(output).not.toContain(right);
  expect(await countsOf(lost)).toEqual({ open: 1, resolved: 0 });
  expect(await countsOf(right)).toEqual({ open: 0, resolved: 0 });
});

test("the command lists balances that the movements do not explain, until they do", async () => {
  const franchiseeId = newFranchisee();
  const cad = { available: 900, pending: 100, recorded: 995, difference: -5 };
  const usd = { available: 10, pending: 0, recorded: 10, difference: 0 };
  const since = new Date("2025-11-14T15:07:00Z");
  const checked = { checkedAt: new Date(), currencies: { cad, usd }, isExplained: false, unexplainedSince: since };
  const reference = database().doc(`franchisees/${franchiseeId}`);
  await reference.set({ balance: checked });
  const line = `${franchiseeId} unexplained balance: recorded 995 cad, Stripe 1000; since 2025-11-14T15:07:00.000Z`;
  expect((await exceptions("list")).output.split("\n")).toContain(line);
  expect((await exceptions("list", "--state", "resolved")).output).not.toContain(franchiseeId);
  await reference.update({ "balance.isExplained": true });
  expect((await exceptions("list")).output).not.toContain(franchiseeId);
});

test("an exception is resolved with a reason, and reopened when anything else differs", async () => {
  const franchiseeId = await franchiseeInDispute();
  const { code, output } = await exceptions("resolve", franchiseeId, "pi_1", ...WHY);
  expect([code, output.split("\n").at(-1)]).toEqual([0, "Now resolved."]);
  expect(await countsOf(franchiseeId)).toEqual({ open: 0, resolved: 1 });
  expect((await exceptions("list")).output).not.toContain(franchiseeId);
  expect((await exceptions("list", "--state", "resolved")).output).toMatch(
    new RegExp(`${franchiseeId} .* resolved by Ada: the customer paid a cent in cash`),
  );
  expect((await revisionsOf(franchiseeId, "pi_1")).at(-1)).toMatchObject({
    reason: "resolved by Ada: the customer paid a cent in cash",
    before: { exception: "open", resolution: null },
  });

  // Unrelated changes in Stripe leave it resolved.
  await record(franchiseeId, snapshotSeen({ amountRefunded: 5 }, 300));
  expect(await stateOf(franchiseeId)).toBe("resolved");

  const higher = { amount_total: 1002, amount_franchisee_net: 902, correction: "another cent" };
  await record(franchiseeId, observation(higher, 400));
  expect(await stateOf(franchiseeId)).toBe("open");
  expect(await countsOf(franchiseeId)).toEqual({ open: 1, resolved: 0 });
});

test("an operator can reopen an exception, with a reason", async () => {
  const franchiseeId = await franchiseeInDispute();
  await exceptions("resolve", franchiseeId, "pi_1", ...WHY);
  expect((await exceptions("resolve", franchiseeId, "pi_1", ...WHY)).output).toContain("Already resolved.");
  expect((await exceptions("reopen", franchiseeId, "pi_1", ...WHY)).output).toContain("Now open.");
  expect(await stateOf(franchiseeId)).toBe("open");
  expect(await revisionsOf(franchiseeId, "pi_1")).toHaveLength(3);
});

test("an address stored by an earlier version is hidden from franchisees, and shown to head office", async () => {
  const [old, own, named] = [await franchiseeInDispute(), await franchiseeInDispute(), await franchiseeInDispute()];
  const address = "grace@example.org";
  for (const id of [old, own]) await exceptions("resolve", id, "pi_1", "--by", address, "--reason", "a cent");
  await exceptions("resolve", named, "pi_1", ...WHY);
  const resolver = async (id: string): Promise<unknown> =>
    (await transactionsOf(id).doc("pi_1").get()).get("resolution.by");
  expect([await resolver(own), await resolver(named)]).toEqual(["head office", "Ada"]);
  await transactionsOf(old).doc("pi_1").update({ "resolution.by": address });
  await transactionsOf(named).doc("pi_2").set({ resolution: "odd" });

  const path = `franchisees/${old}/transactions/pi_1`;
  const shown = await exceptions("hide-addresses", "--dry-run");
  expect([shown.output, await resolver(old)]).toEqual([
    `${path}\n1 resolutions with an address. Nothing was written.`,
    address,
  ]);
  expect((await exceptions("hide-addresses")).output).toBe(
    `${path}\n1 resolutions with an address now name "head office".`,
  );
  expect([await resolver(old), await resolver(named)]).toEqual(["head office", "Ada"]);
  expect((await revisionsOf(old, "pi_1")).at(-1)).toMatchObject({ reason: `resolved by ${address}: a cent` });
  expect((await exceptions("hide-addresses")).output).toMatch(/^0 resolutions/);
  await transactionsOf(named).doc("pi_2").delete();
});

test("an exception that has changed since it was displayed is not resolved", async () => {
  const franchiseeId = await franchiseeInDispute();
  const transaction = await readTransaction(franchiseeId, "pi_1");
  if (!transaction) throw new Error("There is no transaction.");
  const seen = discrepancyOf(transaction);
  for (const other of [
    { ...seen, status: "missing_in_stripe" as const },
    { ...seen, differences: [] },
    { ...seen, amounts: { ...seen.amounts, amount_total: 1 } },
    { ...seen, currency: "usd" },
  ]) {
    const resolution = {
      kind: "resolution" as const,
      stripePaymentId: "pi_1",
      isResolved: true,
      reason: "so",
      by: "Ada",
    };
    expect(await record(franchiseeId, { ...resolution, seen: other })).toEqual({ outcome: "stale", conflicts: [] });
  }
  expect(await stateOf(franchiseeId)).toBe("open");
});

test("a resolved exception is reopened if its amounts change, even if the difference is the same: nothing in Stripe's data", async () => {
  const franchiseeId = newFranchisee();
  await record(franchiseeId, observation());
  const inTwoDays = new Date(Date.now() + 2 * 24 * 3_600_000);
  await record(franchiseeId, { kind: "absence", stripePaymentId: "pi_1", asOf: inTwoDays });
  await exceptions("resolve", franchiseeId, "pi_1", ...WHY);
  expect(await stateOf(franchiseeId)).toBe("resolved");
  const higher = { amount_total: 900_000, amount_franchisee_net: 899_900, correction: "much more" };
  await record(franchiseeId, observation(higher, 400));
  expect(await stateOf(franchiseeId)).toBe("open");
});

test("a payment without an exception cannot be resolved", async () => {
  const franchiseeId = newFranchisee();
  await record(franchiseeId, observation());
  expect(await exceptions("resolve", franchiseeId, "pi_1", ...WHY)).toMatchObject({ code: 1 });
  expect((await exceptions("resolve", franchiseeId, "pi_2", ...WHY)).output).toContain("has no transaction pi_2");
  expect(await revisionsOf(franchiseeId, "pi_1")).toEqual([]);
});

test.each([
  [
    ["list", "--state", "closed"],
    "Option '--state <state>' argument 'closed' is invalid. Allowed choices are open, resolved.",
  ],
  [
    ["resolve", "acct-1", "pi_1", ...WHY],
    "Value 'acct-1' is invalid for argument 'acct_…'. Expected a connected account (acct_…).",
  ],
  [
    ["resolve", "acct_1", "ch_1", ...WHY],
    "Value 'ch_1' is invalid for argument 'pi_…'. Expected a PaymentIntent (pi_…).",
  ],
  [["resolve", "acct_1", "pi_1", "--by", "Ada"], "Required option '--reason <text>' not specified."],
  [["resolve", "acct_1", "pi_1", "--reason", "so"], "Required option '--by <name>' not specified."],
  [["resolve", "acct_1", ...WHY], "Missing required argument 'pi_…'"],
])("%j is refused", async (words, message) => {
  const { code, output } = await exceptions(...words);
  expect([code, output.slice(0, message.length)]).toEqual([1, message]);
});
