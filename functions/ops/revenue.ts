import { CliError } from "../tools/cli/cli-error.ts";
import { examples } from "../tools/cli/program.ts";
import { printable, printJson, table } from "../tools/cli/terminal.ts";
import { recordDefaults } from "../src/config.ts";
import { rebuild } from "../src/store/rebuild-totals.ts";
import { type Audit, audit } from "../src/store/verify-totals.ts";
import { forEachName, FRANCHISEES_ARGUMENT, JSON_OPTION, knownFranchisees, type Ops } from "./command.ts";

export function addRevenue(ops: Ops): void {
  const revenue = ops
    .command("revenue")
    .description("Verify or rebuild the totals from the transactions. Safe while payments are recorded.");
  revenue
    .command("verify")
    .description("Compare the totals with the transactions, in minor units. Writes nothing.")
    .argument(...FRANCHISEES_ARGUMENT)
    .option(...JSON_OPTION)
    .addHelpText("after", examples("npm run ops -- revenue verify --json --local"))
    .action((accounts = [], { json }) => check("verify", accounts, json === true));
  revenue
    .command("rebuild")
    .description("Correct the totals, and convert documents of the legacy service to the current format.")
    .argument(...FRANCHISEES_ARGUMENT)
    .option("--all", "All franchisees.")
    .addHelpText("after", examples("npm run ops -- revenue rebuild acct_1SPg6y2LSUVFKuLN --local"))
    .action(async (accounts = [], { all }) => {
      if (accounts.length > 0 === (all === true)) throw new CliError("Name the franchisees: acct_… or --all.");
      await check("rebuild", accounts, false);
    });
}

async function check(verb: "verify" | "rebuild", accounts: readonly string[], isJson: boolean): Promise<void> {
  const franchisees = await knownFranchisees(accounts);
  const audits: { franchiseeId: string; found: Audit }[] = [];
  const format = "[{bar}] {value} of {total} transactions";
  const failures = await forEachName(franchisees, format, async (franchiseeId, bar) => {
    const onProgress = (done: number, all: number): void => {
      bar.setTotal(all);
      bar.update(done);
    };
    const found = await (verb === "verify" ? audit : rebuild)(franchiseeId, recordDefaults(), onProgress);
    audits.push({ franchiseeId, found });
    const failed = found.uncounted.map((reason) => `${franchiseeId}: not counted: ${reason}`);
    if (verb === "verify" && found.drift.size > 0)
      failed.push(`${franchiseeId}: npm run ops -- revenue rebuild corrects this`);
    return failed;
  });
  if (isJson) {
    printJson(
      audits.map(({ franchiseeId, found: { transactions, legacy, drift } }) => {
        return { franchiseeId, transactions, legacy, drift: Object.fromEntries(drift) };
      }),
    );
  } else {
    for (const { franchiseeId, found } of audits) {
      console.log(`${printable(franchiseeId)}: ${describe(verb, found)}`);
      if (found.drift.size > 0) console.log(driftTable(found));
    }
    console.log(`${franchisees.length} franchisees.`);
  }
  if (failures.length > 0) throw CliError.of(failures);
}

function describe(verb: "verify" | "rebuild", { transactions, legacy, drift }: Audit): string {
  const legacyPart = legacy === 0 ? "" : `, ${legacy} of the legacy service`;
  const state =
    drift.size === 0 ? "the totals match" : `${drift.size} figures ${verb === "verify" ? "are" : "were"} wrong`;
  return `${transactions} transactions${legacyPart}; ${state}`;
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
