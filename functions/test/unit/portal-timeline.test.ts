import type { Transaction } from "../../../portal/src/firestore/transaction.ts";
import { dashboardAddress } from "../../../portal/src/stripe-dashboard.ts";
import { timelineOf } from "../../../portal/src/timeline.ts";
import { payment } from "../support/portal-payment.ts";
import { portalSnapshot } from "../support/portal-snapshot.ts";

const on = (day: number): Date => new Date(Date.UTC(2025, 10, day));

const refund = { id: "re_1", currency: "cad", amount: 2_500, status: "succeeded", reason: null, createdAt: on(9) };
const dispute = {
  ...refund,
  id: "dp_1",
  amount: 10_000,
  status: "needs_response",
  reason: "product_not_received",
  createdAt: on(7),
  respondBy: on(16),
};

describe("the timeline of a payment", () => {
  const lines = (transaction: Transaction) =>
    timelineOf(transaction).map(({ at, title, amount, details, respondBy }) =>
      [at?.toISOString().slice(8, 10) ?? "–", title, amount, ...details, respondBy?.toISOString().slice(8, 10)]
        .filter((part) => part !== null && part !== undefined)
        .join(", "),
    );

  test("begins with the payment and its fees", () => {
    expect(lines(payment())).toEqual(["03, Paid, $100.00", "03, Fees, -$8.20, Stripe fee $3.20, Platform fee $5.00"]);
    expect(lines(payment({ status: "requires_capture" }))).toEqual(["03, Authorized, $100.00"]);
    expect(lines(payment({ amount_stripe_fee: 0, amount_platform_fee: 0 }))).toEqual(["03, Paid, $100.00"]);
  });

  test("has refunds, disputes with their deadline, and the deposit, in order", () => {
    const stripe = portalSnapshot(10_000, {
      refunds: [{ ...refund, id: "re_2", createdAt: null, status: "pending", reason: "duplicate" }, refund],
      disputes: [
        { ...dispute, id: "dp_2", status: "lost", createdAt: on(20) },
        dispute,
        { ...dispute, id: "dp_3", status: "warning_needs_response", createdAt: on(6) },
      ],
      payout: { id: "po_1", status: "in_transit", arrivesAt: on(5) },
    });
    expect(lines(payment({ stripe })).slice(2)).toEqual([
      "05, Deposit, On its way",
      "06, Inquiry, $100.00, Warning needs response, Product not received, 16",
      "07, Dispute, -$100.00, Needs response, Product not received, 16",
      "09, Refund, -$25.00, Succeeded",
      "20, Dispute, -$100.00, Lost, Product not received",
      "–, Refund, -$25.00, Pending, Duplicate",
    ]);
    expect(timelineOf(payment({ stripe }))[2]).toMatchObject({ isDay: true, href: "#/acct_1/deposits/po_1" });
  });
});

test.each([
  ["direct", false, "https://dashboard.stripe.com/acct_1/test/payments/pi_1"],
  ["direct", true, "https://dashboard.stripe.com/acct_1/payments/pi_1"],
  ["destination", false, "https://dashboard.stripe.com/test/payments/pi_1"],
  ["transfer", true, "https://dashboard.stripe.com/payments/pi_1"],
  [null, true, null],
])("Stripe's page of a payment (%j, live: %j) is %j", (mode, livemode, address) => {
  expect(dashboardAddress(payment({ stripe: portalSnapshot(10_000, { mode, livemode }) }))).toBe(address);
});

test("a payment that Stripe has not reported has no page there", () => {
  expect(dashboardAddress(payment())).toBeNull();
});
