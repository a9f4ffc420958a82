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

/** Clears the screen, sets the title, changes colours and text direction, hides letters, and adds a line. */
const CONTROL_TEXT = "\u001b[2J\u001b]0;owned\u0007\u009b31m\u202eevil\u2066\u200b\rX\nFORGED\u2028\t\u007f\u{e0041}";
const ADDRESS = "ada@example.org";

/** What a command prints before the console is sanitised. */
const run = async (...args: string[]): Promise<string> => (await runOperator([...args, "--local"], process.env)).output;

/** The program's output on both streams of a terminal. */
function runProgram(...args: string[]): string {
  const program = ["--disable-warning=ExperimentalWarning", join(FUNCTIONS, "ops/main.ts"), ...args, "--local"];
  const { stdout, stderr } = spawnSync(process.execPath, program, { cwd: ROOT, encoding: "utf8", env: process.env });
  return stdout + stderr;
}

const franchiseeId = newFranchisee();
const context = { now: new Date("2025-11-14T20:00:00Z"), defaults: DEFAULTS };

beforeAll(async () => {
  const wrong = { amount_franchisee_net: 899, workshopName: CONTROL_TEXT, workshopId: CONTROL_TEXT };
  for (const id of ["pi_open", "pi_resolved"]) {
    await apply(
      franchiseeId,
      observation({ ...wrong, stripePaymentId: id, email: ADDRESS, name: CONTROL_TEXT }),
      context,
    );
    await apply(franchiseeId, { ...snapshotSeen(), stripePaymentId: id }, context);
  }
  const open = await readTransaction(franchiseeId, "pi_resolved");
  if (!open) throw new Error("There is no transaction.");
  const decided = { isResolved: true, reason: CONTROL_TEXT, by: CONTROL_TEXT, seen: discrepancyOf(open) };
  await apply(franchiseeId, { kind: "resolution", stripePaymentId: "pi_resolved", ...decided }, context);
  await claimEvent(
    {
      id: "evt_1",
      type: CONTROL_TEXT,
      account: "acct_1",
      livemode: true,
      createdAt: context.now,
      subject: { kind: "payment", stripePaymentId: CONTROL_TEXT },
    },
    context.now,
  );
  await database()
    .doc("stripeEvents/evt_1")
    .update({
      status: "quarantined",
      reason: CONTROL_TEXT,
      effects: [{ franchiseeId: CONTROL_TEXT, stripePaymentId: CONTROL_TEXT, outcome: CONTROL_TEXT }],
    });
  await database().collection("stripeEventCounts").doc(CONTROL_TEXT).set({ count: 1 });
  await authentication().createUser({ uid: `u-${franchiseeId}`, email: `${franchiseeId}@example.org` });
  await authentication().setCustomUserClaims(`u-${franchiseeId}`, { franchisees: [CONTROL_TEXT] });
});

/** Documents written by others: an unreadable one, totals of an invalid currency, a franchisee with an invalid id. */
async function writeUnreadable(): Promise<void> {
  await transactionsOf(franchiseeId)
    .doc(`pi_${CONTROL_TEXT}`)
    .set({ email: ADDRESS, amount_total: CONTROL_TEXT, createdAt: new Date() });
  const month = database().doc(`franchisees/${franchiseeId}/revenue/2025-11`);
  await month.set({ totals: { [CONTROL_TEXT]: { gross: 1 } } }, { merge: true });
  await database()
    .collection("franchisees")
    .doc(`acct_${CONTROL_TEXT}`)
    .set({ totals: { [CONTROL_TEXT]: { gross: 1 } } });
  await database()
    .doc(`erasures/evil`)
    .set({
      startedAt: new Date(0),
      finishedAt: null,
      by: CONTROL_TEXT,
      reason: CONTROL_TEXT,
      payments: [{ franchiseeId, stripePaymentId: `pi_${CONTROL_TEXT}` }],
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

test("no command lets stored text control the terminal, or add a line to its output", async () => {
  const output = new Map<string, string>();
  output.set("close run", await run("close", "run"));
  await writeUnreadable();
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
  // The texts were printed at all.
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
