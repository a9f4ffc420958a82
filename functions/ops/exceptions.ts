import { CliError } from "../tools/cli/cli-error.ts";
import { examples, franchiseeId, paymentId, shortText } from "../tools/cli/program.ts";
import { printable, printJson, withProgress } from "../tools/cli/terminal.ts";
import { Option } from "@commander-js/extra-typings";
import { recordDefaults } from "../src/config.ts";
import { discrepancyOf, EXCEPTION_STATES, HEAD_OFFICE } from "../src/domain/reconciliation-exception.ts";
import type { Transaction } from "../src/domain/transaction.ts";
import { apply } from "../src/store/apply.ts";
import {
  exceptions as exceptionsIn,
  hideAddressOfResolution,
  resolutionsWithAddress,
  unexplainedBalances,
} from "../src/store/exceptions.ts";
import { readTransaction } from "../src/store/transactions.ts";
import { BY_OPTION, DRY_RUN_OPTION, withCliErrors, JSON_OPTION, type Ops } from "./command.ts";

export function addExceptions(ops: Ops): void {
  const exceptions = ops
    .command("exceptions")
    .summary("Reconciliation exceptions: payments and balances that do not match Stripe.")
    .description(
      "Reconciliation exceptions of all franchisees: payments and balances that do not match Stripe. Franchisees see the reason and the " +
        `name of a resolution, or "${HEAD_OFFICE}" if the name is an email address.`,
    );
  exceptions
    .command("list")
    .description("List exceptions. Amounts are in minor units.")
    .addOption(
      new Option("--state <state>", "The state of the exceptions.").choices(EXCEPTION_STATES).default("open" as const),
    )
    .option(...JSON_OPTION)
    .addHelpText("after", examples("npm run ops -- exceptions list --state resolved --json --local"))
    .action(({ state, json }) => withCliErrors(() => list(state, json === true)));
  for (const [verb, description] of [
    ["resolve", "Accept the current discrepancy. A different discrepancy reopens the exception."],
    ["reopen", "Withdraw a resolution."],
  ] as const) {
    exceptions
      .command(verb)
      .description(description)
      .argument("<acct_…>", "The franchisee.", franchiseeId)
      .argument("<pi_…>", "The payment.", paymentId)
      .requiredOption(...BY_OPTION)
      .requiredOption("--reason <text>", "Why it is acceptable or not.", shortText)
      .addHelpText(
        "after",
        examples(`npm run ops -- exceptions ${verb} acct_1 pi_1 --by "Ada" --reason "as agreed on the phone" --local`),
      )
      .action((account, payment, options) => withCliErrors(() => decide(verb, account, payment, options)));
  }
  exceptions
    .command("hide-addresses")
    .description(`Replace email addresses that earlier versions stored with "${HEAD_OFFICE}". Reads every transaction.`)
    .option(...DRY_RUN_OPTION)
    .addHelpText("after", examples("npm run ops -- exceptions hide-addresses --dry-run --local"))
    .action(({ dryRun }) => withCliErrors(() => hideAddresses(dryRun === true)));
}

async function list(state: (typeof EXCEPTION_STATES)[number], isJson: boolean): Promise<void> {
  const balances = state === "open" ? await unexplainedBalances() : [];
  const all: object[] = balances.map((balance) => Object.assign(balance, { kind: "unexplained balance" }));
  for (const balance of isJson ? [] : balances) {
    const { currency, recorded, stripe, since } = balance;
    const text = `recorded ${recorded} ${currency}, Stripe ${stripe}; since ${since.toISOString()}`;
    console.log(printable(`${balance.franchiseeId} unexplained balance: ${text}`));
  }
  for await (const page of exceptionsIn(state)) {
    for (const entry of page) {
      const account = entry.snapshot.ref.parent.parent?.id ?? "";
      if ("unreadable" in entry) {
        all.push({ franchiseeId: account, unreadable: entry.unreadable });
        if (!isJson) console.log(printable(entry.unreadable));
      } else {
        const { stripePaymentId, createdAt, amount_total, currency, reconciliation, resolution } = entry.transaction;
        all.push({
          franchiseeId: account,
          stripePaymentId,
          createdAt,
          amount_total,
          currency,
          reconciliation,
          resolution,
        });
        if (!isJson) console.log(printable(`${account} ${described(entry.transaction)}`));
      }
    }
  }
  if (isJson) printJson(all);
  else console.log(`${all.length} ${state}.`);
}

function described(transaction: Transaction): string {
  const { stripePaymentId, createdAt, amount_total, currency, reconciliation, resolution, exception } = transaction;
  const differences = reconciliation.differences.map(
    ({ field, recorded, stripe }) => `; ${field} recorded ${recorded}, Stripe ${stripe}`,
  );
  const resolved = exception === "resolved" && resolution ? `; resolved by ${resolution.by}: ${resolution.reason}` : "";
  const payment = `${stripePaymentId} of ${createdAt.toISOString()}, ${amount_total} ${currency}`;
  return `${payment}: ${reconciliation.status}${differences.join("")}${resolved}`;
}

async function hideAddresses(isDryRun: boolean): Promise<void> {
  const paths: string[] = [];
  try {
    await withProgress("Reading every transaction", "{duration_formatted}", async () => {
      for await (const documents of resolutionsWithAddress()) {
        for (const document of documents) {
          if (!isDryRun) await hideAddressOfResolution(document);
          paths.push(document.path);
        }
      }
    });
  } finally {
    for (const path of paths) console.log(printable(path));
  }
  const outcome = isDryRun ? ". Nothing was written." : ` now name "${HEAD_OFFICE}".`;
  console.log(`${paths.length} resolutions with an address${outcome}`);
}

/** Writes nothing if the payment has changed since it was printed. */
async function decide(
  verb: "resolve" | "reopen",
  account: string,
  stripePaymentId: string,
  { by, reason }: { by: string; reason: string },
): Promise<void> {
  const transaction = await readTransaction(account, stripePaymentId);
  if (!transaction) throw new CliError(`${account} has no transaction ${stripePaymentId}.`);
  console.log(printable(described(transaction)));
  const seen = discrepancyOf(transaction);
  const { outcome } = await apply(
    account,
    { kind: "resolution", stripePaymentId, seen, isResolved: verb === "resolve", reason, by },
    { now: new Date(), defaults: recordDefaults() },
  );
  if (outcome === "ignored") throw new CliError("This payment has no exception to resolve.");
  if (outcome === "stale") throw new CliError("The payment has changed in the meantime. Rerun the command.");
  const state = verb === "resolve" ? "resolved" : "open";
  console.log(outcome === "updated" ? `Now ${state}.` : `Already ${state}.`);
}
