import { z } from "zod";
import { CliError } from "../tools/cli/cli-error.ts";
import { examples, parsedBy } from "../tools/cli/program.ts";
import { type ProgressBar, printable, printJson, table } from "../tools/cli/terminal.ts";
import { recordDefaults } from "../src/config.ts";
import { dayOf } from "../src/domain/calendar.ts";
import { closeFranchisee } from "../src/jobs/close/daily-close.ts";
import { forEachName, FRANCHISEES_ARGUMENT, JSON_OPTION, knownFranchisees, type Ops } from "./command.ts";
import { count, describe } from "./format-close-report.ts";
import { verifyCloses } from "./verify-closes.ts";

export function addClose(ops: Ops): void {
  const close = ops
    .command("close")
    .description("The daily close: one immutable document per franchisee and day with the totals of its payments.");
  close
    .command("run")
    .description("Close every past day without a close, as the schedule does every night.")
    .argument(...FRANCHISEES_ARGUMENT)
    .option("--until <day>", "The last day to close.", parsedBy(z.iso.date(), "a day such as 2025-11-30"))
    .option(...JSON_OPTION)
    .addHelpText("after", examples("npm run ops -- close run --until 2025-11-30 --local"))
    .action(async (accounts = [], { until, json }) => {
      if (until !== undefined && until >= dayOf(new Date(), recordDefaults().timeZone)) {
        throw new CliError(`--until ${until} is not over yet.`);
      }
      await run(await knownFranchisees(accounts), until, json === true);
    });
  close
    .command("verify")
    .description(
      "Verify the hash chain, then recompute each day and show changes since its close, in minor units. Exit code 1 if " +
        "anything has changed.",
    )
    .argument(...FRANCHISEES_ARGUMENT)
    .option(...JSON_OPTION)
    .addHelpText("after", examples("npm run ops -- close verify acct_1SPg6y2LSUVFKuLN --local"))
    .action(async (accounts = [], { json }) => verify(await knownFranchisees(accounts), json === true));
}

async function run(franchisees: readonly string[], until: string | undefined, isJson: boolean): Promise<void> {
  const closed: { franchiseeId: string; days: number; from: string | null; to: string | null }[] = [];
  const failures = await forEachName(franchisees, FORMAT, async (franchiseeId, bar) => {
    const closedDays: string[] = [];
    const onDay = progressIn(bar);
    const onClose = (day: string): void => {
      closedDays.push(day);
      onDay(day);
    };
    const days = await closeFranchisee(franchiseeId, { until, onClose });
    closed.push({ franchiseeId, days, from: closedDays.at(0) ?? null, to: closedDays.at(-1) ?? null });
    return [];
  });
  const rows = closed.map(({ franchiseeId, days, from, to }) => [franchiseeId, String(days), from ?? "", to ?? ""]);
  if (isJson) printJson(closed);
  else console.log(table([["", "days closed", "from", "to"], ...rows]));
  if (failures.length > 0) throw CliError.of(failures);
}

async function verify(franchisees: readonly string[], isJson: boolean): Promise<void> {
  const verified: { franchiseeId: string; days: number; from: string; to: string; hash: string; findings: string[] }[] =
    [];
  const failures = await forEachName(franchisees, FORMAT, async (franchiseeId, bar) => {
    const { days, first, last, flaws, differing, difference } = await verifyCloses(franchiseeId, progressIn(bar));
    const findings = difference ? describe(franchiseeId, difference) : [];
    verified.push({
      franchiseeId,
      days,
      from: first?.day ?? "",
      to: last?.day ?? "",
      hash: last?.hash ?? "",
      findings,
    });
    const failed = flaws.shown.map((flaw) => `${franchiseeId}: the chain is broken. ${flaw}`);
    if (flaws.count > failed.length) failed.push(`${franchiseeId}: the chain is broken in ${flaws.count} places.`);
    if (differing.length > 0) {
      failed.push(`${franchiseeId}: ${count(differing, "day")} different from the close: ${differing.join(", ")}`);
    }
    return failed;
  });
  if (isJson) {
    printJson(verified);
  } else {
    const rows = verified.map(({ franchiseeId, days, from, to, hash }) => [franchiseeId, String(days), from, to, hash]);
    console.log(table([["", "days", "from", "to", "hash of the last"], ...rows]));
    const findings = verified.flatMap((one) => one.findings);
    if (findings.length > 0) console.log(`\n${findings.map(printable).join("\n")}`);
  }
  if (failures.length > 0) throw CliError.of(failures);
}

const FORMAT = "[{bar}] {day}";

/** Shows the progress from the first day to today. */
function progressIn(bar: ProgressBar): (day: string) => void {
  let start: number | undefined;
  return (day) => {
    start ??= Date.parse(day);
    bar.update((Date.parse(day) - start) / (Date.now() - start), { day: printable(day) });
  };
}
