import { PAYOUT_STATUSES } from "../../src/domain/payout.ts";
import { EVENT_TYPES } from "../../src/domain/stripe-event.ts";
import { DISPUTE_STATUSES, REFUND_STATUSES } from "../../src/domain/reversal-statuses.ts";
import { FEE_RECIPIENTS } from "../../src/domain/stripe-snapshot.ts";
import { PAYMENT_STATUSES } from "../../src/domain/payment.ts";
import {
  APPLICATION_FEE_SOURCES,
  BALANCE_TRANSACTION_STATUSES,
  BALANCE_TRANSACTION_TYPES,
  CHARGE_STATUSES,
  EVENT_FAMILIES,
  FEES_PAYERS,
  PAYOUT_RECONCILIATION,
  REFUND_REASONS,
  UNNEEDED_EVENTS,
  WEBHOOK_ENDPOINT_STATUSES,
} from "../support/stripe-vocabulary.ts";
import { REPORTING_CATEGORIES } from "../../src/stripe/reporting-categories.ts";
import { documentedValues, unionValues } from "../support/conformance/sdk-types.ts";

// Every enum value in the pinned SDK has a decided meaning, and every decided value is in the SDK. A new SDK version
// with a new value fails here, and the failure names the value.

/** The values that are on one side only. */
function compare(sdk: Iterable<string>, decided: Iterable<string>): { undecided: string[]; unknownToStripe: string[] } {
  const [there, here] = [new Set(sdk), new Set(decided)];
  return {
    undecided: [...there.difference(here)].toSorted(),
    unknownToStripe: [...here.difference(there)].toSorted(),
  };
}

const AGREED = { undecided: [], unknownToStripe: [] };

/**
 * Reporting categories of https://docs.stripe.com/reports/reporting-categories that the SDK lacks (a stored copy of the
 * page, of unknown age, read on 2026-11-26).
 */
const CATEGORIES_OF_THE_DOCS = [
  "issuing_disbursement",
  "issuing_dispute_fraud_liability_debit",
  "issuing_dispute_provisional_credit",
  "issuing_dispute_provisional_credit_reversal",
  "payment_network_reserve_hold",
  "payment_network_reserve_release",
  "payout_minimum_balance_hold",
  "payout_minimum_balance_release",
];

const BALANCE_TRANSACTIONS = "resources/BalanceTransactions";

test.each<[string, () => string[], Iterable<string>]>([
  [
    "balance transaction types",
    () => unionValues(BALANCE_TRANSACTIONS, "BalanceTransaction.Type"),
    Object.keys(BALANCE_TRANSACTION_TYPES),
  ],
  [
    "reporting categories",
    // The SDK types `BalanceTransaction.reporting_category` as string; the values are those of a filter of reports.
    () => [
      ...unionValues("resources/Reporting/ReportRuns", "Reporting.ReportRunCreateParams.Parameters.ReportingCategory"),
      ...CATEGORIES_OF_THE_DOCS,
    ],
    Object.keys(REPORTING_CATEGORIES),
  ],
  [
    "balance transaction statuses",
    () => documentedValues(BALANCE_TRANSACTIONS, "BalanceTransaction", "status"),
    Object.keys(BALANCE_TRANSACTION_STATUSES),
  ],
  ["charge statuses", () => unionValues("resources/Charges", "Charge.Status"), Object.keys(CHARGE_STATUSES)],
  ["payment statuses", () => unionValues("resources/PaymentIntents", "PaymentIntent.Status"), PAYMENT_STATUSES],
  ["refund reasons", () => unionValues("resources/Refunds", "Refund.Reason"), Object.keys(REFUND_REASONS)],
  ["payout statuses", () => documentedValues("resources/Payouts", "Payout", "status"), PAYOUT_STATUSES],
  ["dispute statuses", () => unionValues("resources/Disputes", "Dispute.Status"), [...DISPUTE_STATUSES.keys()]],
  ["refund statuses", () => documentedValues("resources/Refunds", "Refund", "status"), [...REFUND_STATUSES.keys()]],
  ["fee types", () => documentedValues(BALANCE_TRANSACTIONS, "FeeDetail", "type"), [...FEE_RECIPIENTS.keys()]],
  [
    "reconciliation statuses of payouts",
    () => unionValues("resources/Payouts", "Payout.ReconciliationStatus"),
    Object.keys(PAYOUT_RECONCILIATION),
  ],
  [
    "sources of application fees",
    () => unionValues("resources/ApplicationFees", "ApplicationFee.FeeSource.Type"),
    Object.keys(APPLICATION_FEE_SOURCES),
  ],
  [
    "payers of Stripe's fees",
    () => unionValues("resources/Accounts", "Account.Controller.Fees.Payer"),
    Object.keys(FEES_PAYERS),
  ],
  [
    "statuses of webhook endpoints",
    () => documentedValues("resources/WebhookEndpoints", "WebhookEndpoint", "status"),
    Object.keys(WEBHOOK_ENDPOINT_STATUSES),
  ],
])("all %s have a decided meaning", (_what, sdk, decided) => {
  expect(compare(sdk(), decided)).toEqual(AGREED);
});

describe("event types", () => {
  const all = unionValues("resources/Events", "Event.Type");
  const familyOf = (type: string): string => type.slice(0, type.lastIndexOf("."));

  test("all families have a decided meaning", () => {
    expect(compare(all.map(familyOf), Object.keys(EVENT_FAMILIES))).toEqual(AGREED);
  });

  test("each type of a handled family is either handled or unneeded", () => {
    const ofHandled = all.filter((type) => EVENT_FAMILIES[familyOf(type)] === "handled");
    expect(compare(ofHandled, [...EVENT_TYPES, ...Object.keys(UNNEEDED_EVENTS)])).toEqual(AGREED);
    expect(EVENT_TYPES.filter((type) => type in UNNEEDED_EVENTS)).toEqual([]);
  });

  test("a webhook endpoint can subscribe to each of them", () => {
    const sent = unionValues("resources/WebhookEndpoints", "WebhookEndpointCreateParams.EnabledEvent");
    expect(compare(sent, ["*", ...all])).toEqual(AGREED);
  });
});

describe("the comparison itself", () => {
  test("names values that Stripe adds or removes", () => {
    const { charge: _charge, ...rest } = BALANCE_TRANSACTION_TYPES;
    const decided = [...Object.keys(rest), "obligation_payout"];
    expect(compare(unionValues(BALANCE_TRANSACTIONS, "BalanceTransaction.Type"), decided)).toEqual({
      undecided: ["charge"],
      unknownToStripe: ["obligation_payout"],
    });
  });

  test("fails if the SDK no longer declares an enum as expected", () => {
    expect(() => unionValues("resources/Charges", "Charge.Colour")).toThrow("no longer declares Charge.Colour");
    expect(() => unionValues("resources/Charges", "Charge.BillingDetails")).toThrow("no longer declares");
    expect(() => documentedValues("resources/Refunds", "Refund", "currency")).toThrow(
      "no longer lists the values of Refund.currency",
    );
    expect(() => documentedValues("resources/Refunds", "Refund", "colour")).toThrow("no longer lists the values");
  });
});
