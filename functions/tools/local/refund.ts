// npm run refund: gives the money of a payment in the running local world back to its customer.
import { CliError, runCommand } from "../cli/cli-error.ts";
import { resultSchema, type RefundRequest } from "../../testing/fake-stripe/after-payment-routes.ts";
import { controlLocalStripe } from "../../testing/fake-stripe/control.ts";
import { paymentIn, readWords } from "./cli-options.ts";

const USAGE = `Refunds a payment in the local world that npm start runs.

  npm run refund -- --payment pi_… [--amount N]

  --payment    the PaymentIntent's id, as npm run pay prints it
  --amount     in cents; default: all that is left`;

await runCommand(async () => {
  const words = readWords(["payment", "amount"]);
  if (!words) {
    console.log(USAGE);
    return;
  }
  const payment = paymentIn(words.payment);
  const request: RefundRequest = { payment, ...(words.amount !== undefined && { amount: amountIn(words.amount) }) };
  const { id, amount } = resultSchema.parse(await controlLocalStripe("refund", request));
  console.log(`${payment} is refunded by ${amount} (${id}).`);
});

function amountIn(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new CliError("Say the amount in whole cents, 1 or more.");
}
