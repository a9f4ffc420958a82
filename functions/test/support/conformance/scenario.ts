import type Stripe from "stripe";
import {
  closeDispute,
  counterDispute,
  dispute,
  failRefund,
  refund,
  settleRefund,
  updateDispute,
} from "../../../testing/fake-stripe/refunds-and-disputes.ts";
import type { FakeBooks } from "../../../testing/fake-stripe/books.ts";
import type { PaymentSpec } from "../../../testing/fake-stripe/payment-spec.ts";
import {
  adjustBalance,
  billStripeFee,
  holdReserve,
  releaseReserve,
  updateConnectReserve,
} from "../../../testing/fake-stripe/account-bookings.ts";
import {
  cancelPayout,
  failPayout,
  payOut,
  reversePayout,
  settlePayout,
  submitPayout,
} from "../../../testing/fake-stripe/payouts.ts";
import { refundFee, reverseTransfer, updateTransfer } from "../../../testing/fake-stripe/reversals.ts";
import { addEndpoints } from "../../../testing/fake-stripe/webhook-endpoint.ts";

/**
 * A franchisee that pays Stripe's fees, one whose fees the platform pays, and one that has deauthorized the platform.
 */
export const ACCOUNTS = { paying: "acct_paying", free: "acct_free", gone: "acct_gone" } as const;

const MAIN: PaymentSpec = { account: ACCOUNTS.paying, mode: "direct", amount: 10_000, applicationFee: 1_000 };
const USD = { currency: "usd", rate: 0.73 };

/** One payment of each charge mode. */
const ORDERS = [
  MAIN,
  { ...MAIN, mode: "destination" },
  { ...MAIN, mode: "transfer", applicationFee: 0 },
] as const satisfies PaymentSpec[];

/** Platform-paid fees, foreign currencies, taxes, and a destination charge by amount instead of fee. */
const VARIANTS: PaymentSpec[] = [
  { ...MAIN, account: ACCOUNTS.free },
  { ...MAIN, settlement: USD, otherFees: [{ type: "tax", amount: 12 }] },
  { ...MAIN, mode: "destination", settlement: USD, arrival: USD, onBehalfOf: true },
  { ...MAIN, mode: "destination", applicationFee: 0, transferAmount: 8_000 },
];

/** Stripe includes at most this many in a charge. */
const REFUNDS_WITH_CHARGE = 10;

const PERSON = {
  metadata: { name: "Ada", workshopId: "w_1" },
  billing: { name: "Ada", email: "ada@example.org", phone: "1" },
};

function open(books: FakeBooks): void {
  let now = Date.parse("2026-11-01T12:00:00Z") / 1000;
  books.clock = () => (now += 1);
  books.connect(ACCOUNTS.paying);
  books.connect(ACCOUNTS.free, "application");
}

/** Uses everything that the fake can do, with each charge mode. */
export function playEverything(books: FakeBooks): void {
  open(books);
  addEndpoints(books, "https://portal.example/api/stripe/webhook");
  for (const order of ORDERS) {
    attempts(books, order);
    captures(books, order);
    refundsAndReversals(books, order);
    disputes(books, order);
  }
  for (const order of VARIANTS) {
    refundsAndReversals(books, order);
    counteredDispute(books, paid(books, order));
  }
  for (const status of ["warning_needs_response", "prevented", "appeal_under_review"] as const) {
    const intent = books.pay(MAIN);
    updateDispute(books, intent, dispute(books, intent), status);
  }
  const often = books.pay(MAIN);
  for (let count = 0; count < REFUNDS_WITH_CHARGE; count += 1) refund(books, often, { amount: 10 });
  failRefund(books, often, refund(books, often, { amount: 10 }));
  separateTransfers(books);
  for (const account of [ACCOUNTS.paying, ACCOUNTS.free, null]) payouts(books, account);
  deauthorize(books);
}

/** A few payments, for webhook deliveries. */
export function playPayments(books: FakeBooks): void {
  for (const order of ORDERS) refund(books, paid(books, order));
  payOut(books, ACCOUNTS.paying);
}

/** Uses what the switches of testing/fake-stripe/behaviour.ts change. */
export function playBehaviours(books: FakeBooks): void {
  open(books);
  for (const order of [...ORDERS, { ...MAIN, account: ACCOUNTS.free }]) {
    captures(books, order);
    refundsAndReversals(books, order);
    counteredDispute(books, paid(books, order));
  }
  payouts(books, ACCOUNTS.paying);
}

function attempts(books: FakeBooks, order: PaymentSpec): void {
  books.createIntent({ ...order, ...PERSON });
  books.cancel(books.createIntent(order));
  for (const outcome of ["requires_action", "failed", "processing", "requires_capture"] as const) {
    const intent = books.createIntent(order);
    // The overloads take one outcome at a time.
    if (outcome === "requires_action") books.attempt(intent, outcome);
    else books.attempt(intent, outcome);
  }
  const late = books.pay({ ...order, ...PERSON, settles: "late", silent: true });
  books.settle(late);
  books.pay({ ...order, settles: "late" });
}

function captures(books: FakeBooks, order: PaymentSpec): void {
  const authorised = () => {
    const intent = books.createIntent(order);
    books.attempt(intent, "requires_capture");
    return intent;
  };
  books.capture(authorised());
  const part = authorised();
  books.capture(part, 6_000);
  refund(books, part, { amount: 1_000 });
  const several = authorised();
  books.captureSome(several, 3_000);
  books.captureSome(several, 2_000);
  books.capture(several);
  books.captureSome(authorised(), 3_000);
  books.expire(authorised());
  books.cancel(authorised());
}

function refundsAndReversals(books: FakeBooks, order: PaymentSpec): void {
  const intent = paid(books, order);
  const isPassedOn = order.mode !== "direct";
  refund(books, intent, { amount: 500, reverseTransfer: true, refundFee: true, reason: "requested_by_customer" });
  refund(books, intent, { amount: 100, pending: true, reason: "duplicate" });
  settleRefund(books, intent, refund(books, intent, { amount: 200, pending: true, reason: "fraudulent" }));
  failRefund(books, intent, refund(books, intent, { amount: 300, pending: true }));
  failRefund(books, intent, refund(books, intent, { amount: 300 }));
  if ((order.applicationFee ?? 0) > 0) refundFee(books, intent, 50);
  if (isPassedOn) {
    reverseTransfer(books, intent, 70);
    updateTransfer(books, intent, { batch: "7" });
  }
  refund(books, paid(books, order), { reverseTransfer: order.mode === "destination", refundFee: true });
}

function disputes(books: FakeBooks, order: PaymentSpec): void {
  dispute(books, paid(books, order));
  for (const outcome of ["won", "lost"] as const) {
    const intent = paid(books, order);
    closeDispute(books, intent, dispute(books, intent), outcome);
    counteredDispute(books, intent, outcome);
  }
  dispute(books, books.pay({ ...order, settles: "late" }));
}

function counteredDispute(books: FakeBooks, intent: Stripe.PaymentIntent, outcome: "won" | "lost" = "won"): void {
  const countered = dispute(books, intent);
  counterDispute(books, intent, countered);
  counterDispute(books, intent, countered);
  closeDispute(books, intent, countered, outcome);
}

/** A payment that succeeded and, with separate transfers, was transferred. */
function paid(books: FakeBooks, order: PaymentSpec): Stripe.PaymentIntent {
  const intent = books.pay({ ...order, ...PERSON });
  if (order.mode === "transfer") books.addTransfer(intent, 8_000);
  return intent;
}

function separateTransfers(books: FakeBooks): void {
  const order: PaymentSpec = { ...MAIN, mode: "transfer", applicationFee: 0, arrival: USD };
  const several = books.pay(order);
  books.addTransfer(several, 4_000);
  books.addTransfer(several, 1_000, { isFromBalance: true });
  books.addTransfer(several, 500, { destination: ACCOUNTS.free });
  const shared = { ...order, transferGroup: "group_shared" };
  for (const intent of [books.pay(shared), books.pay(shared)]) books.addTransfer(intent, 300, { isFromBalance: true });
}

function payouts(books: FakeBooks, account: string | null): void {
  const pay = () =>
    books.pay({ ...MAIN, mode: account === null ? "destination" : "direct", account: account ?? ACCOUNTS.free });
  const arrived = payOut(books, account);
  pay();
  payOut(books, account, { automatic: false });
  pay();
  settlePayout(books, account, payOut(books, account, { settles: "late" }));
  failPayout(books, account, arrived);
  payOut(books, account);
  pay();
  payOut(books, account, { settles: "late", silent: true });
  pay();
  bookings(books, account);
  submitPayout(books, account, payOut(books, account, { settles: "by steps", minimumBalance: 100 }));
  pay();
  cancelPayout(books, account, payOut(books, account, { automatic: false, amount: 200, settles: "by steps" }));
  if (account !== null) reversePayout(books, account, payOut(books, account, { automatic: false, amount: 300 }));
  books.delayDays = 2;
  pay();
  failPayout(books, account, payOut(books, account, { method: "instant" }));
  payOut(books, account, { method: "instant" });
  books.delayDays = 0;
}

/** What belongs to no payment. */
function bookings(books: FakeBooks, account: string | null): void {
  billStripeFee(books, account, { amount: 47, currency: "cad" });
  adjustBalance(books, account, { amount: 12, currency: "cad" });
  holdReserve(books, account, { amount: 90, currency: "cad" });
  releaseReserve(books, account, { amount: 60, currency: "cad" });
  billStripeFee(books, ACCOUNTS.free, { amount: 1_000_000, currency: "cad" });
  updateConnectReserve(books);
  adjustBalance(books, ACCOUNTS.free, { amount: 1_000_000, currency: "cad" });
  updateConnectReserve(books);
}

/** An account has deauthorized the platform, and an arrival cannot be expanded. */
function deauthorize(books: FakeBooks): void {
  books.pay({ ...MAIN, account: ACCOUNTS.gone, mode: "destination" });
  books.deauthorize(ACCOUNTS.gone);
  const hidden = books.pay({ ...MAIN, mode: "destination" });
  const { transfer } = books.chargeOf(hidden);
  const arrived = books.platform.transfer.referred(transfer)?.destination_payment;
  if (typeof arrived === "string") books.unexpanded.add(arrived);
}
