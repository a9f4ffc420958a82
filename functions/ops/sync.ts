import { CliError } from "../tools/cli/cli-error.ts";
import { table } from "../tools/cli/table.ts";
import { printable } from "../tools/cli/terminal.ts";
import { recordDefaults } from "../src/config.ts";
import { franchiseeIdSchema } from "../src/domain/payment.ts";
import { dryRunStore, syncStore } from "../src/store/sync-store.ts";
import type { SyncReport } from "../src/jobs/sync/report.ts";
import { PLATFORM } from "../src/store/sync-state.ts";
import { syncUpToNow } from "../src/jobs/sync/sync.ts";
import { franchiseeIds } from "../src/store/franchisees.ts";
import type { Outcome } from "../src/store/apply.ts";
import { connectedAccounts } from "../src/stripe/account-reader.ts";
import type { Connection } from "../src/stripe/client.ts";
import { type Command, type Options, TARGET_USAGE } from "./command.ts";
import { progressBar } from "../tools/cli/progress.ts";
import { dateOf, reasonOf, stripeConnection } from "./stripe.ts";

const USAGE = `Reads Stripe and takes over what the ledger lacks: what the scheduled sync does, by hand.

  npm run sync -- [--account acct_…] [--since 2025-11-01] [--dry-run]

  --account    one franchisee: their own account, and the platform, where their other payments are charged
  --since      walk what was created since then once more, beside what the schedule does; without it, go on where the last
               sync ended, or begin at the beginning
  --dry-run    write nothing, and show what would change

${TARGET_USAGE}

The key of a real project is taken from the variable STRIPE_API_KEY (or STRIPE_TEST_API_KEY, where STRIPE_MODE is test).`;

export const sync: Command = {
  usage: USAGE,
  options: { account: { type: "string" }, since: { type: "string" }, "dry-run": { type: "boolean" } },
  run: async (positionals, options) => {
    if (positionals.length > 0) throw new CliError("", USAGE);
    const since = dateOf("since", options["since"]);
    const isDryRun = options["dry-run"] === true;
    const connection = stripeConnection();
    const scopes = await scopesOf(connection, options);

    const rows: string[][] = [];
    const findings: string[] = [];
    const failures: string[] = [];
    for (const scope of scopes) {
      const bar = progressBar(scope, "[{bar}] {looked} payments");
      bar.start(100, 0, { looked: 0 });
      let looked = 0;
      try {
        const reports = await syncUpToNow(
          scope,
          { store: isDryRun ? dryRunStore : syncStore, connection, defaults: recordDefaults() },
          {
            owner: OWNER,
            isDryRun,
            timeLimitMs: Infinity,
            ...(since && { since }),
            onOutcome: (outcome) => {
              looked += 1;
              const finding = describe(outcome);
              if (finding !== undefined) findings.push(finding);
            },
            onProgress: (part) => bar.update(part * 100, { looked }),
          },
        );
        for (const report of reports) rows.push(rowOf(report));
        if (reports.some(({ outcome }) => outcome === "busy")) failures.push(`${scope}: ${BUSY}`);
      } catch (error) {
        rows.push([scope, "failed"]);
        failures.push(`${scope}: ${reasonOf(error)}`);
      } finally {
        bar.stop();
      }
    }

    console.log(table([HEAD, ...rows]));
    if (findings.length > 0) console.log(`\n${findings.map(printable).join("\n")}`);
    if (isDryRun) console.log("\nA dry run: nothing was written.");
    if (failures.length > 0) throw CliError.of(failures);
  },
};

/** A run that was broken off is gone on with by the next one, without waiting for its lease to run out. */
const OWNER = "operator";
const BUSY = "another run is at it. It ends, or gives way, within five minutes.";

const HEAD = [
  "",
  "payments",
  "created",
  "updated",
  "matched",
  "mismatched",
  "expected",
  "not sent",
  "not in Stripe",
  "unrelated",
  "skipped",
];

function rowOf({
  scope,
  outcome,
  payments,
  created,
  updated,
  byReconciliationStatus: statuses,
  skipped,
}: SyncReport): string[] {
  if (outcome === "busy") return [scope, "busy"];
  const skips = Object.values(skipped).reduce((sum, count) => sum + count, 0);
  const { matched = 0, mismatched = 0, expected = 0, missing_in_portal = 0, missing_in_stripe = 0 } = statuses;
  const { unrelated = 0 } = statuses;
  const stands = [matched, mismatched, expected, missing_in_portal, missing_in_stripe, unrelated];
  return [scope, ...[payments, created, updated, ...stands, skips].map(String)];
}

/** What head office should know of a payment; undefined where there is nothing. */
function describe(outcome: Outcome): string | undefined {
  if ("unreadable" in outcome) return outcome.unreadable.message;
  const { target, decision, transaction } = outcome;
  if (!transaction) return undefined;
  const { stripePaymentId, reconciliation, amount_total, currency } = transaction;
  const name = `${target.franchiseeId} ${stripePaymentId}`;
  if (reconciliation.status === "mismatched" || reconciliation.status === "missing_in_stripe") {
    const differences = reconciliation.differences.map(
      ({ field, recorded, stripe }) => `${field} recorded ${recorded}, Stripe ${stripe}`,
    );
    return [`${name}: ${reconciliation.status}`, ...differences].join("; ");
  }
  if (decision.outcome === "created" && reconciliation.status !== "unrelated")
    return `${name}: missing in the portal, ${amount_total} ${currency}`;
  return undefined;
}

/** Throws a CliError for an account that nobody knows: it would be synced, and fail, for ever after. */
async function scopesOf(connection: Connection, { account }: Options): Promise<string[]> {
  const parsed = account === undefined ? undefined : franchiseeIdSchema.safeParse(account);
  if (parsed?.success === false) throw new CliError(`This is no connected account (acct_…): ${String(account)}`);
  let known: string[];
  try {
    known = [...new Set([...(await connectedAccounts(connection)), ...(await franchiseeIds())])];
  } catch (error) {
    throw new CliError(reasonOf(error));
  }
  if (!parsed) return [PLATFORM, ...known];
  if (!known.includes(parsed.data)) throw new CliError(`Neither Stripe nor the ledger knows ${parsed.data}.`);
  return [PLATFORM, parsed.data];
}
