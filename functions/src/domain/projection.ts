/** Computes the visible fields of a transaction from its registers. */
import { type RecordDefaults, type Registers } from "./transaction.ts";
import { amountsOf, type GoldenRecord } from "./golden-record.ts";
import { finality } from "./payment.ts";
import { mapDetails, type PaymentDetails } from "./payment-details.ts";
import { exceptionOf } from "./reconciliation-exception.ts";
import { type Amounts, NO_AMOUNTS } from "./money.ts";
import { reconcile } from "./reconciliation.ts";
import { currencyOfSnapshot, figuresIn, type StripeSnapshot } from "./stripe-snapshot.ts";

/** The golden record's fields, then Stripe's, then defaults. */
export function project(registers: Registers, defaults: RecordDefaults) {
  const { golden, stripe } = registers;
  const currency = shownCurrency(registers, defaults);
  const reconciliation = reconcile(registers, currency, defaults.applicationId);
  const amounts = shownAmounts(golden, stripe, currency);
  return {
    ...registers,
    ...amounts,
    ...shownDetails(golden, stripe?.details),
    currency,
    livemode: golden?.livemode ?? stripe?.livemode ?? defaults.livemode,
    status: shownStatus(registers),
    source: golden ? ("orchestrator" as const) : ("stripe" as const),
    reconciliation,
    exception: exceptionOf({ ...amounts, currency, reconciliation }, registers.resolution),
  };
}

/** Stripe's currency of a payment with a golden record counts once its figures are final. */
function shownCurrency({ golden, stripe }: Registers, defaults: RecordDefaults): string {
  if (golden?.currency) return golden.currency;
  return stripe && (!golden || stripe.amounts) ? currencyOfSnapshot(stripe) : defaults.currency;
}

/** Without a golden record and before Stripe's figures, the total is the charged amount. */
function shownAmounts(golden: GoldenRecord | null, stripe: StripeSnapshot | null, currency: string): Amounts {
  const figures = stripe ? figuresIn(stripe, currency) : {};
  if (golden) return amountsOf(golden, figures);
  return { ...NO_AMOUNTS, ...(stripe && { amount_total: stripe.charged.amount }), ...figures };
}

function shownDetails(golden: GoldenRecord | null, fromStripe: PaymentDetails | undefined): PaymentDetails {
  return mapDetails(
    (field) => golden?.[field] ?? fromStripe?.[field] ?? null,
    (field) => golden?.[field] ?? fromStripe?.[field] ?? null,
  );
}

/** The more final status of the two sources; the later one if both may still change. */
function shownStatus({ golden, goldenSentAt, stripe }: Registers): string | null {
  const sent = golden?.status ?? null;
  if (!stripe) return sent;
  if (sent === null) return stripe.status;
  const order = finality(stripe.status) - finality(sent) || timeOf(stripe.asOf) - timeOf(goldenSentAt);
  return order >= 0 ? stripe.status : sent;
}

/** Null, for a legacy golden record, is before any other time. */
export function timeOf(date: Date | null): number {
  return date?.getTime() ?? -Infinity;
}
