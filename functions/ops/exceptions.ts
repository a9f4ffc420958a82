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
} from "../src/store/exceptions.ts";
import { readTransaction } from "../src/store/transactions.ts";
import { BY_OPTION, DRY_RUN_OPTION, explained, JSON_OPTION, type Ops } from "./command.ts";

export function addExceptions(ops: Ops): void {
  const exceptions = ops
    .command("exceptions")
    .summary("Payments that do not agree with Stripe.")
    .description(
      "Payments that do not agree with Stripe, of all franchisees. Franchisees read the reason and the name of a decision; " +
        `where the name is an e-mail address they read "${HEAD_OFFICE}".`,
    );
  exceptions
    .command("list")
    .description("List them. Amounts are in minor units.")
    .addOption(new Option("--state <state>", "Which ones.").choices(EXCEPTION_STATES).default("open" as const))
    .option(...JSON_OPTION)
    .addHelpText("after", examples("npm run ops -- exceptions list --state resolved --json --local"))
    .action(({ state, json }) => explained(() => list(state, json === true)));
  for (const [verb, description] of [
    ["resolve", "Accept the present discrepancy. Another one, or one about other amounts, is open again."],
    ["reopen", "Take a resolution back."],
  ] as const) {
    exceptions
      .command(verb)
      .description(description)
      .argument("<acct_…>", "The franchisee.", franchiseeId)
      .argument("<pi_…>", "The payment.", paymentId)
      .requiredOption(...BY_OPTION)
      .requiredOption("--reason <text>", "Why it is acceptable, or not.", shortText)
      .addHelpText(
        "after",
        examples(`npm run ops -- exceptions ${verb} acct_1 pi_1 --by "Ada" --reason "as agreed on the phone" --local`),
      )
      .action((account, payment, said) => explained(() => decide(verb, account, payment, said)));
  }
  exceptions
    .command("hide-addresses")
    .description(
      `Put "${HEAD_OFFICE}" in the place of e-mail addresses that earlier versions stored. Reads every transaction.`,
    )
    .option(...DRY_RUN_OPTION)
    .addHelpText("after", examples("npm run ops -- exceptions hide-addresses --dry-run --local"))
    .action(({ dryRun }) => explained(() => hideAddresses(dryRun === true)));
}

async function list(state: (typeof EXCEPTION_STATES)[number], isJson: boolean): Promise<void> {
  const all: object[] = [];
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
  const decided = exception === "resolved" && resolution ? `; resolved by ${resolution.by}: ${resolution.reason}` : "";
  const payment = `${stripePaymentId} of ${createdAt.toISOString()}, ${amount_total} ${currency}`;
  return `${payment}: ${reconciliation.status}${differences.join("")}${decided}`;
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

/** Writes nothing where the payment has changed since it was shown here. */
async function decide(
  verb: "resolve" | "reopen",
  account: string,
  stripePaymentId: string,
  { by, reason }: { by: string; reason: string },
): Promise<void> {
  const transaction = await readTransaction(account, stripePaymentId);
  if (!transaction) throw new CliError(`There is no transaction ${stripePaymentId} of ${account}.`);
  console.log(printable(described(transaction)));
  const seen = discrepancyOf(transaction);
  const { outcome } = await apply(
    account,
    { kind: "resolution", stripePaymentId, seen, isResolved: verb === "resolve", reason, by },
    { now: new Date(), defaults: recordDefaults() },
  );
  if (outcome === "ignored") throw new CliError("This payment has no exception to resolve.");
  if (outcome === "stale") throw new CliError("The payment has changed in this moment. Run it again.");
  const state = verb === "resolve" ? "resolved" : "open";
  console.log(outcome === "updated" ? `Now ${state}.` : `It was ${state} already.`);
}
