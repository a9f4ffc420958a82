import { CliError } from "../tools/cli/cli-error.ts";
import { printable } from "../tools/cli/terminal.ts";
import { recordDefaults } from "../src/config.ts";
import { discrepancyOf, EXCEPTION_STATES, HEAD_OFFICE } from "../src/domain/reconciliation-exception.ts";
import { type Transaction } from "../src/domain/transaction.ts";
import { paymentIntentIdSchema } from "../src/domain/payment.ts";
import { apply } from "../src/store/apply.ts";
import {
  exceptions as exceptionsIn,
  hideAddressOfResolution,
  resolutionsWithAddress,
} from "../src/store/exceptions.ts";
import { readOne } from "../src/store/transactions.ts";
import { accountsOf, type Command, type Options, TARGET_USAGE, textOf } from "./command.ts";
import { reasonOf } from "./stripe.ts";

const USAGE = `Payments that do not agree with Stripe, of all franchisees.

  npm run exceptions -- list [--state open|resolved]
  npm run exceptions -- resolve acct_… pi_… --by NAME --reason "why it may stay as it is"
  npm run exceptions -- reopen  acct_… pi_… --by NAME --reason "why it may not"
  npm run exceptions -- hide-addresses [--dry-run]

Franchisees read the reason and NAME; where it is an e-mail address they read "${HEAD_OFFICE}", and only head office reads it, in the revisions.
hide-addresses does the same to what earlier versions stored, and reads every transaction for it.
What is resolved is what differs now: whatever differs otherwise later, or is about other money, is open again. The reasons are kept. Amounts are in
minor units.

${TARGET_USAGE}`;

export const exceptions: Command = {
  usage: USAGE,
  options: {
    state: { type: "string" },
    by: { type: "string" },
    reason: { type: "string" },
    "dry-run": { type: "boolean" },
  },
  run: async ([verb, ...words], options) => {
    try {
      if (verb === "list" && words.length === 0) await list(options);
      else if ((verb === "resolve" || verb === "reopen") && words.length === 2) await settle(verb, words, options);
      else if (verb === "hide-addresses" && words.length === 0) await hideAddresses(options["dry-run"] === true);
      else throw new CliError("", USAGE);
    } catch (error) {
      throw error instanceof CliError ? error : new CliError(reasonOf(error));
    }
  },
};

async function list({ state = "open" }: Options): Promise<void> {
  const known = EXCEPTION_STATES.find((one) => one === state);
  if (known === undefined) throw new CliError(`There is no state ${String(state)}.`, `\n${USAGE}`);
  let count = 0;
  for await (const page of exceptionsIn(known)) {
    for (const entry of page) {
      const franchiseeId = entry.snapshot.ref.parent.parent?.id ?? "";
      console.log(
        printable("unreadable" in entry ? entry.unreadable : `${franchiseeId} ${described(entry.transaction)}`),
      );
    }
    count += page.length;
  }
  console.log(`${count} ${known}.`);
}

function described(transaction: Transaction): string {
  const { stripePaymentId, createdAt, amount_total, currency, reconciliation, resolution, exception } = transaction;
  const differences = reconciliation.differences.map(
    ({ field, recorded, stripe }) => `; ${field} recorded ${recorded}, Stripe ${stripe}`,
  );
  const stands = exception === "resolved" && resolution ? `; resolved by ${resolution.by}: ${resolution.reason}` : "";
  const payment = `${stripePaymentId} of ${createdAt.toISOString()}, ${amount_total} ${currency}`;
  return `${payment}: ${reconciliation.status}${differences.join("")}${stands}`;
}

async function hideAddresses(isDryRun: boolean): Promise<void> {
  let count = 0;
  for await (const documents of resolutionsWithAddress()) {
    for (const document of documents) {
      console.log(printable(document.path));
      if (!isDryRun) await hideAddressOfResolution(document);
    }
    count += documents.length;
  }
  console.log(
    `${count} resolutions with an address${isDryRun ? ". Nothing was written." : ` now name "${HEAD_OFFICE}".`}`,
  );
}

/** What is seen here is what the decision is about: where it has changed by then, nothing is written. */
async function settle(verb: "resolve" | "reopen", [account = "", payment = ""]: string[], options: Options) {
  const [franchiseeId = ""] = accountsOf([account]);
  const id = paymentIntentIdSchema.safeParse(payment);
  if (!id.success) throw new CliError(`This is no PaymentIntent (pi_…): ${payment}`);
  const { by, reason } = { by: textOf("by", options), reason: textOf("reason", options) };
  const transaction = await readOne(franchiseeId, id.data);
  if (!transaction) throw new CliError(`There is no transaction ${id.data} of ${franchiseeId}.`);
  console.log(printable(described(transaction)));
  const decision = await apply(
    franchiseeId,
    {
      kind: "resolution",
      stripePaymentId: id.data,
      seen: discrepancyOf(transaction),
      isResolved: verb === "resolve",
      reason,
      by,
    },
    { now: new Date(), defaults: recordDefaults() },
  );
  if (decision.outcome === "ignored") throw new CliError("It is no exception: nothing is to be resolved.");
  if (decision.outcome === "stale") throw new CliError("It has changed this moment: look again.");
  const isNews = decision.outcome === "updated";
  console.log(`${isNews ? "Now" : "It was"} ${verb === "resolve" ? "resolved" : "open"}${isNews ? "" : " already"}.`);
}
