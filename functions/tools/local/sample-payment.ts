import type { Paid, PayRequest } from "../../testing/fake-stripe/control.ts";
import sample from "./sample-golden-record.json" with { type: "json" };

export const SAMPLE_FRANCHISEE = "acct_1SPg6y2LSUVFKuLN";

const PLATFORM_PERCENT = 0.029;

const { name, email, phone } = sample;
const billing = { name, email, phone };
const details = Object.entries(sample).filter(([field]) => !/^(stripePaymentId|amount_.*|status)$/.test(field));
const metadata = Object.fromEntries(
  details.filter(([field]) => !(field in billing)).map(([field, value]) => [field, String(value)]),
);

/** Amount in minor units, `ago` in seconds. */
export function samplePayment({
  account = SAMPLE_FRANCHISEE,
  amount,
  mode,
  ago,
}: Pick<PayRequest, "amount" | "mode" | "ago"> & { account?: string }): PayRequest {
  return { account, mode, amount, ago, billing, metadata, platformFee: Math.round(amount * PLATFORM_PERCENT) };
}

export function goldenRecordOf({ stripePaymentId, figures }: Paid) {
  return {
    stripePaymentId,
    amount_total: figures.total,
    amount_stripe_fee: figures.stripeFee,
    amount_platform_fee: figures.platformFee,
    amount_franchisee_net: figures.net,
    ...Object.fromEntries(details),
    status: "succeeded",
  };
}
