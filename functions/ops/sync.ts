import { CliError } from "../tools/cli/cli-error.ts";
import { examples, franchiseeId } from "../tools/cli/program.ts";
import { printable, printJson, table } from "../tools/cli/terminal.ts";
import { recordDefaults } from "../src/config.ts";
import type { SyncReport } from "../src/jobs/sync/report.ts";
import { syncUpToNow } from "../src/jobs/sync/sync.ts";
import type { Outcome } from "../src/store/apply.ts";
import { franchiseeIds } from "../src/store/franchisees.ts";
import { saveStripeProfiles } from "../src/store/profiles.ts";
import { LEASE_MS, PLATFORM } from "../src/store/sync-state.ts";
import { dryRunStore, syncStore } from "../src/store/sync-store.ts";
import { connectedAccounts } from "../src/stripe/connected-accounts.ts";
import {
  DRY_RUN_OPTION,
  withCliErrors,
  forEachName,
  JSON_OPTION,
  type Ops,
  pastDate,
  STRIPE_KEY_HELP,
  stripeConnection,
} from "./command.ts";

export function addSync(ops: Ops): void {
  ops
    .command("sync")
    .description("Run the sync now: import missing payments from Stripe.")
    .option("--account <acct_…>", "One franchisee and the platform, which charges their other payments.", franchiseeId)
    .option(
      "--since <date>",
      "Also rescan payments created since then; default: continue from the last sync.",
      pastDate,
    )
    .option(...DRY_RUN_OPTION)
    .option(...JSON_OPTION)
    .addHelpText("after", examples("npm run ops -- sync --since 2025-11-01 --dry-run --local"))
    .addHelpText("after", `\n${STRIPE_KEY_HELP}`)
    .action((options) => run({ ...options, isDryRun: options.dryRun === true }));
}

interface SyncOptions {
  account?: string | undefined;
  since?: Date | undefined;
  json?: true | undefined;
  isDryRun: boolean;
}

async function run({ account, since, json, isDryRun }: SyncOptions): Promise<void> {
  const connection = stripeConnection();
  const results = new Map<string, SyncReport[] | null>();
  const findings: string[] = [];
  const connected = await withCliErrors(() => connectedAccounts(connection));
  const scopes = await withCliErrors(() => scopesOf(connected, account));
  if (!isDryRun) await saveStripeProfiles(connected.filter(({ id }) => scopes.includes(id)));
  const failures = await forEachName(scopes, "[{bar}] {payments} payments", async (scope, bar) => {
    let payments = 0;
    results.set(scope, null);
    const reports = await syncUpToNow(
      scope,
      { store: isDryRun ? dryRunStore : syncStore, connection, defaults: recordDefaults() },
      {
        owner: OWNER,
        isDryRun,
        timeLimitMs: Infinity,
        ...(since && { since }),
        onOutcome: (outcome) => {
          payments += 1;
          const finding = describe(outcome);
          if (finding !== undefined) findings.push(finding);
        },
        onProgress: (part) => bar.update(part, { payments }),
      },
    );
    results.set(scope, reports);
    return reports.some(({ outcome }) => outcome === "busy") ? [`${scope}: ${BUSY}`] : [];
  });

  if (json === true) {
    printJson({ reports: Object.fromEntries(results), findings });
  } else {
    const rows = [...results].flatMap(([scope, reports]) => reports?.map(rowOf) ?? [[scope, "failed"]]);
    console.log(table([HEAD, ...rows]));
    if (findings.length > 0) console.log(`\n${findings.map(printable).join("\n")}`);
    if (isDryRun) console.log("\nDry run: nothing was written.");
  }
  if (failures.length > 0) throw CliError.of(failures);
}

/** The next run of this owner resumes an interrupted run without waiting for its lease to expire. */
const OWNER = "operator";
const BUSY = `another run holds the lease; it expires in ${LEASE_MS / 60_000} minutes at the latest.`;

/** Columns of the table: reconciliation statuses and their titles. */
const STATUSES = [
  ["matched", "matched"],
  ["mismatched", "mismatched"],
  ["expected", "expected"],
  ["missing_in_portal", "not sent"],
  ["missing_in_stripe", "not in Stripe"],
  ["unrelated", "unrelated"],
] as const;
const HEAD = ["", "payments", "created", "updated", ...STATUSES.map(([, title]) => title), "skipped"];

function rowOf({ scope, outcome, byReconciliationStatus, skipped, ...report }: SyncReport): string[] {
  if (outcome === "busy") return [scope, "busy"];
  const statuses = STATUSES.map(([status]) => byReconciliationStatus[status] ?? 0);
  const skips = Object.values(skipped).reduce((sum, count) => sum + count, 0);
  return [scope, ...[report.payments, report.created, report.updated, ...statuses, skips].map(String)];
}

/** A discrepancy, or an imported payment; undefined otherwise. */
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

/** Throws a CliError for an unknown account, whose sync would always fail. */
async function scopesOf(connected: readonly { id: string }[], account: string | undefined): Promise<string[]> {
  const known = [...new Set([...connected.map(({ id }) => id), ...(await franchiseeIds())])];
  if (account === undefined) return [PLATFORM, ...known];
  if (!known.includes(account)) throw new CliError(`${account} is unknown to Stripe and to the ledger.`);
  return [PLATFORM, account];
}
