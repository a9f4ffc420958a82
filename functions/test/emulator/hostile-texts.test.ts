import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { FUNCTIONS, ROOT } from "../../tools/cli/paths.ts";
import { authentication } from "../../src/store/authentication.ts";
import { newFranchisee } from "../support/api.ts";
import { database, isolateDatabase, transactionsOf } from "../support/database.ts";
import { runOperator } from "../support/operate.ts";
import { DEFAULTS, snapshotSeen, observation } from "../support/records.ts";
import { discrepancyOf } from "../../src/domain/reconciliation-exception.ts";
import { apply } from "../../src/store/apply.ts";
import { readTransaction } from "../../src/store/transactions.ts";
import { claimEvent } from "../../src/store/stripe-events.ts";

isolateDatabase();

/** Clears the screen, sets the title, recolours, turns the reading direction, hides letters, and adds a line of its own. */
const EVIL = "\u001b[2J\u001b]0;owned\u0007\u009b31m\u202eevil\u2066\u200b\rX\nFORGED\u2028\t\u007f\u{e0041}";
const ADDRESS = "ada@example.org";

/** What a command prints before anything guards the console. */
const run = async (...args: string[]): Promise<string> => (await runOperator([...args, "--local"], process.env)).output;

/** The program itself: what reaches the terminal, of both streams. */
function runProgram(...args: string[]): string {
  const program = ["--disable-warning=ExperimentalWarning", join(FUNCTIONS, "ops/main.ts"), ...args, "--local"];
  const { stdout, stderr } = spawnSync(process.execPath, program, { cwd: ROOT, encoding: "utf8", env: process.env });
  return stdout + stderr;
}

const franchiseeId = newFranchisee();
const context = { now: new Date("2025-11-14T20:00:00Z"), defaults: DEFAULTS };

beforeAll(async () => {
  const wrong = { amount_franchisee_net: 899, workshopName: EVIL, workshopId: EVIL };
  for (const id of ["pi_open", "pi_resolved"]) {
    await apply(franchiseeId, observation({ ...wrong, stripePaymentId: id, email: ADDRESS, name: EVIL }), context);
    await apply(franchiseeId, { ...snapshotSeen(), stripePaymentId: id }, context);
  }
  const open = await readTransaction(franchiseeId, "pi_resolved");
  if (!open) throw new Error("There is no transaction.");
  const decided = { isResolved: true, reason: EVIL, by: EVIL, seen: discrepancyOf(open) };
  await apply(franchiseeId, { kind: "resolution", stripePaymentId: "pi_resolved", ...decided }, context);
  await claimEvent(
    {
      id: "evt_1",
      type: EVIL,
      account: "acct_1",
      livemode: true,
      createdAt: context.now,
      subject: { kind: "payment", stripePaymentId: EVIL },
    },
    context.now,
  );
  await database()
    .doc("stripeEvents/evt_1")
    .update({
      status: "quarantined",
      reason: EVIL,
      effects: [{ franchiseeId: EVIL, stripePaymentId: EVIL, outcome: EVIL }],
    });
  await database().collection("stripeEventCounts").doc(EVIL).set({ count: 1 });
  await authentication().createUser({ uid: `u-${franchiseeId}`, email: `${franchiseeId}@example.org` });
  await authentication().setCustomUserClaims(`u-${franchiseeId}`, { franchisees: [EVIL] });
});

/** What other hands have written: a document that cannot be read, totals of no currency, a franchisee of no name. */
async function spoil(): Promise<void> {
  await transactionsOf(franchiseeId)
    .doc(`pi_${EVIL}`)
    .set({ email: ADDRESS, amount_total: EVIL, createdAt: new Date() });
  const month = database().doc(`franchisees/${franchiseeId}/revenue/2025-11`);
  await month.set({ totals: { [EVIL]: { gross: 1 } } }, { merge: true });
  await database()
    .collection("franchisees")
    .doc(`acct_${EVIL}`)
    .set({ totals: { [EVIL]: { gross: 1 } } });
  await database()
    .doc(`erasures/evil`)
    .set({
      startedAt: new Date(0),
      finishedAt: null,
      by: EVIL,
      reason: EVIL,
      payments: [{ franchiseeId, stripePaymentId: `pi_${EVIL}` }],
    });
}

const WRITTEN_BY_HAND: string[][] = [
  ["close", "run"],
  ["exceptions", "list"],
  ["exceptions", "list", "--state", "resolved"],
  ["exceptions", "list", "--state", "resolved", "--json"],
  ["exceptions", "resolve", franchiseeId, "pi_open", "--by", "x", "--reason", "y"],
  ["events", "list"],
  ["events", "show", "evt_1"],
  ["events", "list", "--json"],
  ["access", "show"],
  ["access", "show", "--json"],
  ["revenue", "verify"],
  ["erase", "--email", ADDRESS, "--by", "x", "--reason", "y", "--dry-run"],
  ["erase", "--email", ADDRESS, "--by", "x", "--reason", "y"],
  ["close", "verify"],
  ["doctor"],
  ["revenue", "rebuild", "--all"],
];

test("no command lets what is stored act on the terminal, or add a line to what it prints", async () => {
  const output = new Map<string, string>();
  output.set("close run", await run("close", "run"));
  await spoil();
  output.set("the program: sync", runProgram("sync", "--dry-run"));
  output.set("the program: erase", runProgram("erase", "--email", ADDRESS, "--by", "x", "--reason", "y", "--dry-run"));
  for (const words of WRITTEN_BY_HAND) output.set(words.join(" "), await run(...words));
  const hostile = [...output].filter(([, text]) =>
    /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|^FORGED/mu.test(text),
  );
  expect(hostile).toEqual([]);
  for (const [words, text] of output) {
    if (words.endsWith("--json")) expect(JSON.stringify(JSON.parse(text))).toContain("\\nFORGED");
  }
  // The texts were there to be shown.
  const shown = [...output].filter(([, text]) => text.includes("\\nFORGED")).map(([words]) => words);
  expect(shown).toEqual(
    expect.arrayContaining([
      "the program: sync",
      "the program: erase",
      "exceptions list --state resolved",
      "events list",
      "events show evt_1",
      "access show",
      "revenue verify",
      "doctor",
    ]),
  );
}, 300_000);
