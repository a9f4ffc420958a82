import { CliError } from "../cli/cli-error.ts";
import { ADDRESS } from "../cli/ports.ts";
import { signedHeaders } from "../cli/signing.ts";
import {
  controlLocalStripe,
  payLocally,
  type PayoutRequest,
  type PayRequest,
  resultSchema,
} from "../../testing/fake-stripe/control.ts";
import { goldenRecordOf, samplePayment } from "./sample-payment.ts";
import { retryUnavailable } from "./until-available.ts";

export async function pay(options: {
  account: string;
  amount: number;
  mode: PayRequest["mode"];
  ago: number;
  withhold?: true | undefined;
  silent?: true | undefined;
}): Promise<void> {
  const { account, withhold, silent, ...rest } = options;
  const paid = await payLocally({ ...samplePayment({ account, ...rest }), silent: silent === true });
  const { total, stripeFee, platformFee, net } = paid.figures;
  console.log(`Paid: ${total} = ${stripeFee} to Stripe + ${platformFee} to the platform + ${net} to ${account}`);
  const finder = silent === true ? "a sync" : "Stripe's webhook, or a sync,";
  if (withhold === true) console.log(`The golden record was not sent; ${finder} will import the payment.`);
  else console.log(`Golden record: ${await postGoldenRecord(account, goldenRecordOf(paid))}`);
  console.log(paid.stripePaymentId);
}

/** Returns the response's body. */
export async function postGoldenRecord(account: string, record: object): Promise<string> {
  const url = `http://${ADDRESS.hosting}/api/franchisees/${account}/transactions`;
  const body = JSON.stringify(record);
  const headers = { ...signedHeaders("POST", url, body), "Content-Type": "application/json" };
  const response = await retryUnavailable(() => fetch(url, { method: "POST", headers, body }));
  const text = await response.text();
  if (!response.ok) throw new CliError(`The golden record failed with status ${response.status}: ${text}`);
  return text;
}

export async function refund(request: { payment: string; amount?: number | undefined }): Promise<void> {
  const { id, amount } = resultSchema.parse(await controlLocalStripe("refund", request));
  console.log(`Refunded ${amount} of ${request.payment} (${id}).`);
}

export async function dispute(request: { payment: string; close?: "won" | "lost" | undefined }): Promise<void> {
  const { id, amount, status } = resultSchema.parse(await controlLocalStripe("dispute", request));
  if (request.close === undefined) console.log(`Disputed ${amount} of ${request.payment} (${id}).`);
  else console.log(`The dispute of ${request.payment} is ${status} (${id}).`);
}

export async function payout(request: PayoutRequest): Promise<void> {
  const { id, amount, currency } = resultSchema.parse(await controlLocalStripe("payout", request));
  console.log(`Paid out ${amount} ${currency} of ${request.account} (${id}).`);
}
