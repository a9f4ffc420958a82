// npm run dispute: a customer's bank takes back the money of a payment in the running local world, or decides about it.
import { CliError, runCommand } from "../cli/cli-error.ts";
import { type DisputeRequest, resultSchema } from "../../testing/fake-stripe/after-payment-routes.ts";
import { controlLocalStripe } from "../../testing/fake-stripe/control.ts";
import { paymentIn, readWords } from "./cli-options.ts";

const USAGE = `Disputes a payment in the local world that npm start runs, or closes the dispute that is open.

  npm run dispute -- --payment pi_… [--close won|lost]

  --payment    the PaymentIntent's id, as npm run pay prints it
  --close      the bank decides the open dispute: won or lost for the franchisee`;

await runCommand(async () => {
  const words = readWords(["payment", "close"]);
  if (!words) {
    console.log(USAGE);
    return;
  }
  const payment = paymentIn(words.payment);
  const request: DisputeRequest = { payment, ...(words.close !== undefined && { close: outcomeIn(words.close) }) };
  const { id, amount, status } = resultSchema.parse(await controlLocalStripe("dispute", request));
  if (request.close === undefined) console.log(`${payment} is disputed for ${amount} (${id}).`);
  else console.log(`The dispute about ${payment} is ${status} (${id}).`);
});

function outcomeIn(text: string): "won" | "lost" {
  if (text === "won" || text === "lost") return text;
  throw new CliError(`A dispute is closed as won or lost, not ${text}.`);
}
