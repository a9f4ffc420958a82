import { CliError } from "../tools/cli/cli-error.ts";
import { table } from "../tools/cli/table.ts";
import { printable } from "../tools/cli/terminal.ts";
import { recordDefaults } from "../src/config.ts";
import { type Audit, audit } from "../src/store/verify-totals.ts";
import { rebuild } from "../src/store/rebuild-totals.ts";
import { franchiseesOf } from "./franchisees.ts";
import { type Command, TARGET_USAGE } from "./command.ts";
import { progressBar } from "../tools/cli/progress.ts";
import { reasonOf } from "./stripe.ts";

const USAGE = `Whether the totals say what the transactions come to, to the cent.

  npm run revenue -- verify  [acct_… …]        all franchisees, unless some are named; writes nothing
  npm run revenue -- rebuild acct_… … | --all  makes them right, and writes documents of the legacy service anew in today's form

Both may run while payments go on, and any number of times. Amounts are in minor units.

${TARGET_USAGE}`;

export const revenue: Command = {
  usage: USAGE,
  options: { all: { type: "boolean" } },
  run: async ([verb, ...accounts], { all }) => {
    if (verb !== "verify" && verb !== "rebuild") throw new CliError("", USAGE);
    if (verb === "rebuild" && accounts.length > 0 === (all === true)) throw new CliError("", USAGE);
    const franchisees = await franchiseesOf(accounts);
    const failures: string[] = [];
    for (const franchiseeId of franchisees) failures.push(...(await treat(verb, franchiseeId)));
    console.log(`${franchisees.length} franchisees.`);
    if (failures.length > 0) throw CliError.of(failures);
  },
};

/** Says how one franchisee's totals stand; what is returned is what they still lack. */
async function treat(verb: "verify" | "rebuild", franchiseeId: string): Promise<string[]> {
  const bar = progressBar(franchiseeId, "[{bar}] {value} of {total} transactions");
  bar.start(0, 0);
  const onProgress = (done: number, all: number): void => {
    bar.setTotal(all);
    bar.update(done);
  };
  let found: Audit;
  try {
    found = await (verb === "verify" ? audit : rebuild)(franchiseeId, recordDefaults(), onProgress);
  } catch (error) {
    // The others get their turn all the same.
    return [`${franchiseeId}: ${reasonOf(error)}`];
  } finally {
    bar.stop();
  }
  const { transactions, legacy, uncounted, drift } = found;
  const ofLegacy = legacy === 0 ? "" : `, ${legacy} of the legacy service`;
  const stands =
    drift.size === 0 ? "the totals agree" : `${drift.size} figures ${verb === "verify" ? "are" : "were"} wrong`;
  console.log(`${printable(franchiseeId)}: ${transactions} transactions${ofLegacy}; ${stands}`);
  if (drift.size > 0) console.log(driftTable(found));
  const lacks = uncounted.map((reason) => `${franchiseeId}: not counted: ${reason}`);
  if (verb === "verify" && drift.size > 0) lacks.push(`${franchiseeId}: npm run revenue -- rebuild makes it right`);
  return lacks;
}

const MAX_ROWS = 200;

function driftTable({ counters, stored, drift }: Audit): string {
  const names = [...drift.keys()].toSorted();
  const cell = (numbers: Audit["counters"], figure: string): string => String(numbers.get(figure) ?? 0);
  const rows = names
    .slice(0, MAX_ROWS)
    .map((figure) => [figure, cell(stored, figure), cell(counters, figure), cell(drift, figure)]);
  const rest = names.length > MAX_ROWS ? `\n  … and ${names.length - MAX_ROWS} more` : "";
  return table([["figure", "stored", "right", "drift"], ...rows]) + rest;
}
