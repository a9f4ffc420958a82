/** What people read of a transaction, computed from its registers. */
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

/** The default currency if the record has none, unless Stripe's final figures have one. */
function shownCurrency({ golden, stripe }: Registers, defaults: RecordDefaults): string {
  if (golden?.currency) return golden.currency;
  return stripe && (!golden || stripe.amounts) ? currencyOfSnapshot(stripe) : defaults.currency;
}

/** Before Stripe has figures, the total of a payment without a golden record is the charged amount. */
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
  const said = golden?.status ?? null;
  if (!stripe) return said;
  if (said === null) return stripe.status;
  const ahead = finality(stripe.status) - finality(said) || timeOf(stripe.asOf) - timeOf(goldenSentAt);
  return ahead >= 0 ? stripe.status : said;
}

/** An unknown time, as of a legacy golden record, is before any other. */
export function timeOf(date: Date | null): number {
  return date?.getTime() ?? -Infinity;
}
