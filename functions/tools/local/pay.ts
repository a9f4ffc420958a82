// npm run pay: a payment in the running local world, from Stripe to the portal.
import { parseArgs } from "node:util";
import { franchiseeIdSchema } from "../../src/domain/payment.ts";
import { CliError, runCommand } from "../cli/cli-error.ts";
import { payLocally } from "../../testing/fake-stripe/control.ts";
import { goldenRecordOf, SAMPLE_FRANCHISEE, samplePayment } from "./sample-payment.ts";
import { ADDRESS } from "../cli/ports.ts";
import { signedHeaders } from "../cli/signing.ts";
import { untilServed } from "./until-available.ts";

const USAGE = `Makes a payment in the local world that npm start runs. Its PaymentIntent's id is the last line.

  npm run pay -- --amount 12345 [--account acct_…] [--mode direct|destination] [--ago SECONDS] [--withhold] [--silent]

  --amount     in cents
  --account    the franchisee; default ${SAMPLE_FRANCHISEE}
  --mode       charged on the franchisee's account, or on the platform's (default)
  --ago        how long ago it was paid; default 90, since a sync leaves out the last minute. One from an hour before the
               last sync is found by the daily deep pass, or by npm run sync -- --local --since DATE
  --withhold   the orchestrator does not send its golden record
  --silent     Stripe sends no webhook: its events of this payment stay undelivered`;

/** Of less, nothing is left when Stripe has taken its fee. */
const LEAST_AMOUNT = 50;

await runCommand(async () => {
  const options = readOptions();
  if (!options) {
    console.log(USAGE);
    return;
  }
  const { amount, account, mode, ago, withhold, silent } = options;
  const paid = await payLocally({ ...samplePayment({ account, amount, mode, ago }), silent });
  const { total, stripeFee, platformFee, net } = paid.figures;
  console.log(`Paid: ${total} = ${stripeFee} to Stripe + ${platformFee} to the platform + ${net} to ${account}`);
  const finder = silent ? "a sync" : "Stripe's webhook, or a sync,";
  if (withhold) console.log(`The golden record is withheld; ${finder} will find the payment.`);
  else await post(account, goldenRecordOf(paid));
  console.log(paid.stripePaymentId);
});

function readOptions() {
  const { values } = parse();
  const { account = SAMPLE_FRANCHISEE, mode = "destination" } = values;
  const amount = wholeNumber(values.amount ?? "");
  const ago = wholeNumber(values.ago ?? "90");
  if (values.help === true) return undefined;
  if (!(amount >= LEAST_AMOUNT)) throw new CliError(`Say the amount in cents, ${LEAST_AMOUNT} or more.`, `\n${USAGE}`);
  if (Number.isNaN(ago)) throw new CliError("Say in whole seconds how long ago.", `\n${USAGE}`);
  if (mode !== "direct" && mode !== "destination") throw new CliError(`There is no mode ${mode}.`, `\n${USAGE}`);
  if (!franchiseeIdSchema.safeParse(account).success) throw new CliError(`This is no connected account: ${account}`);
  return { amount, account, mode, ago, withhold: values.withhold === true, silent: values.silent === true } as const;
}

function wholeNumber(text: string): number {
  return /^\d{1,9}$/.test(text) ? Number(text) : NaN;
}

function parse() {
  try {
    return parseArgs({
      options: {
        amount: { type: "string" },
        account: { type: "string" },
        mode: { type: "string" },
        ago: { type: "string" },
        withhold: { type: "boolean" },
        silent: { type: "boolean" },
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    throw new CliError(error instanceof Error ? error.message : String(error), `\n${USAGE}`);
  }
}

async function post(account: string, record: object): Promise<void> {
  const url = `http://${ADDRESS.hosting}/api/franchisees/${account}/transactions`;
  const body = JSON.stringify(record);
  const headers = { ...signedHeaders("POST", url, body), "Content-Type": "application/json" };
  const response = await untilServed(() => fetch(url, { method: "POST", headers, body }));
  const answer = await response.text();
  if (!response.ok) throw new CliError(`The golden record was answered with ${response.status}: ${answer}`);
  console.log(`Golden record: ${answer}`);
}
