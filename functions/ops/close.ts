import { z } from "zod";
import { CliError } from "../tools/cli/cli-error.ts";
import { table } from "../tools/cli/table.ts";
import { printable } from "../tools/cli/terminal.ts";
import { recordDefaults } from "../src/config.ts";
import { dayOf } from "../src/domain/calendar.ts";
import { closeFranchisee } from "../src/jobs/close/daily-close.ts";
import { type Command, type Options, TARGET_USAGE } from "./command.ts";
import { franchiseesOf } from "./franchisees.ts";
import { progressBar } from "../tools/cli/progress.ts";
import { reasonOf } from "./stripe.ts";
import { count, describe } from "./format-close-report.ts";
import { verifyCloses } from "./verify-closes.ts";

const USAGE = `The daily close: one document a day that says what a franchisee's payments came to, and is never changed.

  npm run close -- run    [acct_… …] [--until 2025-11-30]
  npm run close -- verify [acct_… …]

  run          close every day that is over and has no close yet, as the schedule does every night
  --until      the last day to close
  verify       check the hashes, and that the days follow each other; then add every day up again, and show what has changed
               since it was closed. Exit code 1 where anything has

Without acct_…, it is about all franchisees. Amounts are in minor units.

${TARGET_USAGE}`;

export const close: Command = {
  usage: USAGE,
  options: { until: { type: "string" } },
  run: async ([action, ...accounts], options) => {
    if (action === "run") await run(await franchiseesOf(accounts), untilOf(options));
    else if (action === "verify" && options["until"] === undefined) await verify(await franchiseesOf(accounts));
    else throw new CliError("", USAGE);
  },
};

function untilOf({ until }: Options): string | undefined {
  if (until === undefined) return undefined;
  const day = z.iso.date().safeParse(until);
  if (!day.success) throw new CliError(`--until is no day such as 2025-11-30: ${String(until)}`);
  if (day.data >= dayOf(new Date(), recordDefaults().timeZone))
    throw new CliError(`--until ${day.data} is not over yet.`);
  return day.data;
}

async function run(franchisees: readonly string[], until: string | undefined): Promise<void> {
  const rows: string[][] = [];
  const failures = await each(franchisees, async (franchiseeId, onDay) => {
    const days: string[] = [];
    const onClose = (day: string): void => {
      days.push(day);
      onDay(day);
    };
    const closed = await closeFranchisee(franchiseeId, { until, onClose });
    rows.push([franchiseeId, String(closed), days.at(0) ?? "", days.at(-1) ?? ""]);
    return [];
  });
  console.log(table([["", "days closed", "from", "to"], ...rows]));
  if (failures.length > 0) throw CliError.of(failures);
}

async function verify(franchisees: readonly string[]): Promise<void> {
  const rows: string[][] = [];
  const findings: string[] = [];
  const failures = await each(franchisees, async (franchiseeId, onDay) => {
    const { days, first, last, flaws, differing, difference } = await verifyCloses(franchiseeId, onDay);
    rows.push([franchiseeId, String(days), first?.day ?? "", last?.day ?? "", last?.hash ?? ""]);
    if (difference) findings.push(...describe(franchiseeId, difference));
    const failed = flaws.shown.map((flaw) => `${franchiseeId}: the chain is broken. ${flaw}`);
    if (flaws.count > failed.length) failed.push(`${franchiseeId}: the chain is broken in ${flaws.count} places.`);
    if (differing.length > 0) {
      failed.push(`${franchiseeId}: ${count(differing, "day")} not as closed: ${differing.join(", ")}`);
    }
    return failed;
  });
  console.log(table([["", "days", "from", "to", "hash of the last"], ...rows]));
  if (findings.length > 0) console.log(`\n${findings.map(printable).join("\n")}`);
  if (failures.length > 0) throw CliError.of(failures);
}

/** Does something for each franchisee, and shows how far it is; what it has against one keeps no other from their turn. */
async function each(
  franchisees: readonly string[],
  work: (franchiseeId: string, onDay: (day: string) => void) => Promise<string[]>,
): Promise<string[]> {
  const failures: string[] = [];
  for (const franchiseeId of franchisees) {
    const bar = progressBar(franchiseeId, "[{bar}] {day}");
    bar.start(1, 0, { day: "" });
    let start: number | undefined;
    try {
      const failed = await work(franchiseeId, (day) => {
        start ??= Date.parse(day);
        bar.update((Date.parse(day) - start) / (Date.now() - start), { day: printable(day) });
      });
      failures.push(...failed);
    } catch (error) {
      failures.push(`${franchiseeId}: ${reasonOf(error)}`);
    } finally {
      bar.stop();
    }
  }
  return failures;
}
