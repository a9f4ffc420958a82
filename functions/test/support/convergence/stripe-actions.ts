import type Stripe from "stripe";
import {
  closeDispute,
  counterDispute,
  dispute,
  failRefund,
  refund,
  refundable,
  settleRefund,
  updateDispute,
} from "../../../testing/fake-stripe/refunds-and-disputes.ts";
import {
  type AccountBooking,
  adjustBalance,
  billStripeFee,
  holdReserve,
  releaseReserve,
} from "../../../testing/fake-stripe/account-bookings.ts";
import type { FakeBooks } from "../../../testing/fake-stripe/books.ts";
import { currenciesOf, openTransactions, payoutUnit } from "../../../testing/fake-stripe/payout-content.ts";
import {
  cancelPayout,
  failPayout,
  isPayable,
  mostPayable,
  payOut,
  reversePayout,
  settlePayout,
  submitPayout,
} from "../../../testing/fake-stripe/payouts.ts";
import { refundFee, reverseTransfer } from "../../../testing/fake-stripe/reversals.ts";

type StripeAction = () => unknown;

/** Every action that Stripe allows on a payment. Partial actions take this many tenths (1 to 9) of the amount. */
export function stripeActions(books: FakeBooks, intent: Stripe.PaymentIntent, tenths: number): StripeAction[] {
  const { status } = intent;
  if (status === "canceled") return [];
  if (status === "requires_capture") {
    return [
      () => books.capture(intent),
      () => books.capture(intent, Math.ceil((intent.amount_capturable * (90 + tenths)) / 100)),
      () => books.capture(intent, Math.ceil((intent.amount_capturable * tenths) / 10)),
      ...(intent.amount_capturable > 100
        ? [() => books.captureSome(intent, Math.ceil((intent.amount_capturable * tenths) / 20))]
        : []),
      () => books.expire(intent),
      () => books.cancel(intent),
    ];
  }
  if (status !== "succeeded") return [...attempts(books, intent), () => books.attempt(intent)];
  if (books.chargeOf(intent).balance_transaction === null) return [() => books.settle(intent)];
  return [
    ...disputes(books, intent),
    ...transfers(books, intent, tenths),
    ...refunds(books, intent, tenths),
    ...feeRefunds(books, intent, tenths),
  ];
}

function attempts(books: FakeBooks, intent: Stripe.PaymentIntent): StripeAction[] {
  const failed = (): unknown => books.attempt(intent, "failed");
  if (intent.status === "processing") return [failed];
  return [
    failed,
    () => books.attempt(intent, "processing"),
    () => books.attempt(intent, "requires_action"),
    () => books.attempt(intent, "requires_capture"),
    () => books.cancel(intent),
  ];
}

function transfers(books: FakeBooks, intent: Stripe.PaymentIntent, tenths: number): StripeAction[] {
  const { mode } = books.specOf(intent);
  if (mode === "direct") return [];
  const charge = books.chargeOf(intent);
  const existing = books.platform.transfer.newestFirst().filter((one) => {
    const { source_transaction: source, transfer_group: group } = one;
    return source === null ? group === charge.transfer_group : source === charge.id;
  });
  const actions: StripeAction[] = [];
  const isFromBalance = tenths % 3 === 0;
  if (mode === "transfer" && existing.length === 0) {
    return [() => books.addTransfer(intent, firstTransfer(intent.amount), { isFromBalance })];
  }
  if (mode === "transfer" && existing.length < 3) {
    actions.push(() => books.addTransfer(intent, Math.ceil((intent.amount * tenths) / 100), { isFromBalance }));
  }
  for (const transfer of existing) {
    const left = transfer.amount - transfer.amount_reversed;
    if (left > 0) actions.push(() => reverseTransfer(books, intent, Math.ceil((left * tenths) / 10), { transfer }));
  }
  return actions;
}

/** The amount of the first transfer of a payment in mode `transfer`. */
export function firstTransfer(amount: number): number {
  return Math.floor(amount * 0.8);
}

function refunds(books: FakeBooks, intent: Stripe.PaymentIntent, tenths: number): StripeAction[] {
  const charge = books.chargeOf(intent);
  const existing = books.chargeAccount(books.specOf(intent)).refund.newestFirst();
  const mine = existing.filter(
    (one) => one.charge === charge.id && one.status !== "failed" && !books.released.has(one.id),
  );
  const actions: StripeAction[] = mine.map((one) => () => failRefund(books, intent, one));
  for (const one of mine) if (one.status === "pending") actions.push(() => settleRefund(books, intent, one));
  const left = refundable(books, intent);
  if (left <= 0) return actions;
  const amount = Math.ceil((left * tenths) / 10);
  const isEven = tenths % 2 === 0;
  actions.push(
    () => refund(books, intent, { amount, reverseTransfer: isEven, refundFee: tenths > 4 }),
    () => refund(books, intent, { amount, pending: true, reason: "requested_by_customer" }),
    () => refund(books, intent, { reverseTransfer: isEven, refundFee: isEven }),
  );
  return actions;
}

const IN_DISPUTE = ["needs_response", "under_review"] as const;

function disputes(books: FakeBooks, intent: Stripe.PaymentIntent): StripeAction[] {
  const existing = books.chargeAccount(books.specOf(intent)).dispute.newestFirst();
  const open = existing.find(
    (one) => one.payment_intent === intent.id && IN_DISPUTE.some((status) => status === one.status),
  );
  if (!open) return [() => dispute(books, intent)];
  // The bank can ask for evidence again, with the earlier status.
  const other = IN_DISPUTE.find((status) => status !== open.status) ?? "under_review";
  return [
    ...Array.from({ length: 4 }, () => () => updateDispute(books, intent, open, other)),
    () => closeDispute(books, intent, open, "won"),
    () => closeDispute(books, intent, open, "lost"),
    ...(open.evidence_details.submission_count === 0 ? [() => counterDispute(books, intent, open)] : []),
  ];
}

function feeRefunds(books: FakeBooks, intent: Stripe.PaymentIntent, tenths: number): StripeAction[] {
  const fee = books.platform.application_fee.referred(books.chargeOf(intent).application_fee);
  const left = fee ? fee.amount - fee.amount_refunded : 0;
  return left > 0 ? [() => refundFee(books, intent, Math.ceil((left * tenths) / 10))] : [];
}

/** A minimum balance. */
const KEPT = 700;

/** Every action on the payouts of an account. */
export function payoutActions(books: FakeBooks, account: string | null): StripeAction[] {
  const owner = account === null ? books.platform : books.connect(account);
  const actions = owner.payout.newestFirst().flatMap((one) => actionsOn(books, account, one));
  const currencies = currenciesOf(openTransactions(books, owner));
  const isInstant = currencies.some((currency) => mostPayable(owner, currency, "instant") > 0);
  const manual = { automatic: false };
  return [
    ...actions,
    ...(isPayable(books, account)
      ? [
          () => payOut(books, account),
          () => payOut(books, account),
          () => payOut(books, account, { settles: "late" }),
          () => payOut(books, account, { settles: "by steps" }),
        ]
      : []),
    ...(isPayable(books, account, { minimumBalance: KEPT })
      ? [() => payOut(books, account, { minimumBalance: KEPT })]
      : []),
    ...currencies.flatMap((currency) => {
      const most = mostPayable(owner, currency, "standard");
      return most === 0
        ? []
        : [
            () => payOut(books, account, { ...manual, currency }),
            () => payOut(books, account, { ...manual, currency, settles: "by steps" }),
            () => payOut(books, account, { ...manual, currency, amount: halfOf(most, payoutUnit(currency)) }),
          ];
    }),
    ...(isInstant ? [() => payOut(books, account, { method: "instant" })] : []),
  ];
}

function actionsOn(books: FakeBooks, account: string | null, payout: Stripe.Payout): StripeAction[] {
  const fail = () => failPayout(books, account, payout);
  const isReversible = account !== null && payout.reversed_by === null && payout.amount > 0;
  switch (payout.status) {
    case "pending":
      return [
        () => submitPayout(books, account, payout),
        fail,
        ...(payout.automatic ? [] : [() => cancelPayout(books, account, payout)]),
      ];
    case "in_transit":
      return [() => settlePayout(books, account, payout), fail];
    case "paid":
      return [
        fail,
        ...(isReversible && payout.method === "standard" ? [() => reversePayout(books, account, payout)] : []),
      ];
    default:
      return [];
  }
}

/** What Stripe and the platform book for no payment. */
export function accountBookings(books: FakeBooks, account: string, booking: AccountBooking): StripeAction[] {
  return [
    () => billStripeFee(books, account, booking),
    () => adjustBalance(books, account, booking),
    () => adjustBalance(books, account, { ...booking, amount: -booking.amount }),
    () => holdReserve(books, account, booking),
    () => releaseReserve(books, account, booking),
  ];
}

/** At least one unit. */
function halfOf(amount: number, unit: number): number {
  return Math.ceil(amount / unit / 2) * unit;
}
