import { Option } from "@commander-js/extra-typings";
import { examples, franchiseeId, newProgram, paymentId, wholeNumber } from "../cli/program.ts";
import { dispute, pay, payout, refund } from "./payments.ts";
import { SAMPLE_FRANCHISEE } from "./sample-payment.ts";
import { printSignedRequest } from "./sign.ts";
import { seed } from "./seed.ts";
import { start } from "./start.ts";

/** Smaller amounts would not cover Stripe's fee. */
const LEAST_AMOUNT = 50;

export function localProgram() {
  const local = newProgram("npm run local --", "The local environment. Exit code 0: success; 1: failure.");

  local
    .command("start", { isDefault: true })
    .description("Start it with a first payment; Ctrl-C stops it (npm start).")
    .action(start);

  local
    .command("pay")
    .description("Create a payment. The last line is the id of its PaymentIntent.")
    .requiredOption("--amount <cents>", "The amount.", wholeNumber(LEAST_AMOUNT))
    .option("--account <acct_…>", "The franchisee.", franchiseeId, SAMPLE_FRANCHISEE)
    .addOption(
      new Option("--mode <mode>", "Charged on the franchisee's account, or on the platform's.")
        .choices(["direct", "destination"])
        .default("destination" as const),
    )
    .option(
      "--ago <seconds>",
      "The payment's age. A sync skips the last minute; only the daily rescan finds payments from over an hour before the last sync.",
      wholeNumber(0),
      90,
    )
    .option("--withhold", "Do not send the golden record.")
    .option("--silent", "Do not deliver the webhooks of this payment.")
    .addHelpText(
      "after",
      examples(
        "npm run local -- pay --amount 12345",
        "npm run local -- pay --amount 12345 --mode direct --withhold --silent",
      ),
    )
    .action(pay);

  local
    .command("refund")
    .description("Refund a payment.")
    .requiredOption("--payment <pi_…>", "The PaymentIntent, printed by pay.", paymentId)
    .option("--amount <cents>", "The amount; default: the rest.", wholeNumber(1))
    .addHelpText("after", examples("npm run local -- refund --payment pi_1 --amount 500"))
    .action(refund);

  local
    .command("dispute")
    .description("Dispute a payment, or close its open dispute.")
    .requiredOption("--payment <pi_…>", "The PaymentIntent, printed by pay.", paymentId)
    .addOption(new Option("--close <outcome>", "The bank's decision.").choices(["won", "lost"]))
    .addHelpText(
      "after",
      examples("npm run local -- dispute --payment pi_1", "npm run local -- dispute --payment pi_1 --close won"),
    )
    .action(dispute);

  local
    .command("payout")
    .description("Pay out a franchisee's balance.")
    .option("--account <acct_…>", "The franchisee.", franchiseeId, SAMPLE_FRANCHISEE)
    .addOption(
      new Option("--kind <kind>", "By schedule, or on request; Stripe lists the contents of an automatic one alone.")
        .choices(["automatic", "manual", "instant"])
        .default("automatic" as const),
    )
    .option("--amount <cents>", "The amount of a manual or instant payout; default: all.", wholeNumber(1))
    .addHelpText("after", examples("npm run local -- payout", "npm run local -- payout --kind instant --amount 500"))
    .action(payout);

  local
    .command("seed")
    .description("Fill it with a network of franchisees: payments, refunds, disputes and deposits, then a sync.")
    .option("--franchisees <n>", "How many.", wholeNumber(1), 60)
    .option("--payments <n>", "How many in all.", wholeNumber(1), 6_000)
    .option("--months <n>", "For how long, until now.", wholeNumber(1), 14)
    .option("--seed <n>", "Another one makes other payments.", wholeNumber(0), 1)
    .addHelpText("after", examples("npm run local -- seed", "npm run local -- seed --franchisees 5 --payments 200"))
    .action(seed);

  local
    .command("sign")
    .description("Print a curl command for a signed request to the local environment.")
    .addArgument(local.createArgument("<method>", "The method.").choices(["GET", "POST"]))
    .argument("<path>", "The path and query; starts with /api/.")
    .argument("[file]", "The body of a POST.")
    .addHelpText(
      "after",
      examples(`npm run --silent local -- sign GET /api/franchisees/${SAMPLE_FRANCHISEE}/transactions | bash`),
    )
    .action((method, path, file) => printSignedRequest(method, path, file));

  return local;
}
