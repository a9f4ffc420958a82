import { Option } from "@commander-js/extra-typings";
import { examples, franchiseeId, newProgram, paymentId, wholeNumber } from "../cli/program.ts";
import { dispute, pay, refund } from "./payments.ts";
import { SAMPLE_FRANCHISEE } from "./sample-payment.ts";
import { printSignedRequest } from "./sign.ts";
import { start } from "./start.ts";

/** Stripe's fee would leave nothing of less. */
const LEAST_AMOUNT = 50;

export function localProgram() {
  const local = newProgram("npm run local --", "The local environment. Exit code 0: done; 1: not.");

  local
    .command("start", { isDefault: true })
    .description("Start it, with a first payment, until Ctrl-C (npm start).")
    .action(start);

  local
    .command("pay")
    .description("Make a payment. The id of its PaymentIntent is the last line.")
    .requiredOption("--amount <cents>", "What is paid.", wholeNumber(LEAST_AMOUNT))
    .option("--account <acct_…>", "The franchisee.", franchiseeId, SAMPLE_FRANCHISEE)
    .addOption(
      new Option("--mode <mode>", "Charged on the franchisee's account, or on the platform's.")
        .choices(["direct", "destination"])
        .default("destination" as const),
    )
    .option(
      "--ago <seconds>",
      "How long ago it was paid; a sync leaves out the last minute. The daily rescan finds one from an hour before the last sync.",
      wholeNumber(0),
      90,
    )
    .option("--withhold", "The orchestrator does not send its golden record.")
    .option("--silent", "Stripe sends no webhook: its events of this payment stay undelivered.")
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
    .requiredOption("--payment <pi_…>", "The PaymentIntent, as pay prints it.", paymentId)
    .option("--amount <cents>", "How much; default: all that is left.", wholeNumber(1))
    .addHelpText("after", examples("npm run local -- refund --payment pi_1 --amount 500"))
    .action(refund);

  local
    .command("dispute")
    .description("Dispute a payment, or close its open dispute.")
    .requiredOption("--payment <pi_…>", "The PaymentIntent, as pay prints it.", paymentId)
    .addOption(new Option("--close <outcome>", "How the bank decides, for the franchisee.").choices(["won", "lost"]))
    .addHelpText(
      "after",
      examples("npm run local -- dispute --payment pi_1", "npm run local -- dispute --payment pi_1 --close won"),
    )
    .action(dispute);

  local
    .command("sign")
    .description("Print a curl command for a request that is signed with the local environment's first key.")
    .addArgument(local.createArgument("<method>", "The method.").choices(["GET", "POST"]))
    .argument("<path>", "The path and query, from /api/.")
    .argument("[file]", "The body of a POST.")
    .addHelpText(
      "after",
      examples(`npm run --silent local -- sign GET /api/franchisees/${SAMPLE_FRANCHISEE}/transactions | bash`),
    )
    .action((method, path, file) => printSignedRequest(method, path, file));

  return local;
}
