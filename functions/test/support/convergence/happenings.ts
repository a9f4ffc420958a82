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
import type { FakeBooks } from "../../../testing/fake-stripe/books.ts";
import { failPayout, payOut, settlePayout } from "../../../testing/fake-stripe/payouts.ts";
import { refundFee, reverseTransfer } from "../../../testing/fake-stripe/reversals.ts";

type Happening = () => unknown;

/** All that can happen to a payment next in Stripe. `part` of 1 to 9 tenths: of the amounts that it is about. */
export function nextOf(books: FakeBooks, intent: Stripe.PaymentIntent, part: number): Happening[] {
  const { status } = intent;
  if (status === "canceled") return [];
  if (status === "requires_capture") {
    return [
      () => books.capture(intent),
      () => books.capture(intent, Math.ceil((intent.amount_capturable * (90 + part)) / 100)),
      () => books.capture(intent, Math.ceil((intent.amount_capturable * part) / 10)),
      ...(intent.amount_capturable > 100
        ? [() => books.captureSome(intent, Math.ceil((intent.amount_capturable * part) / 20))]
        : []),
      () => books.expire(intent),
      () => books.cancel(intent),
    ];
  }
  if (status !== "succeeded") return [...attempts(books, intent), () => books.attempt(intent)];
  if (books.chargeOf(intent).balance_transaction === null) return [() => books.settle(intent)];
  return [
    ...disputes(books, intent),
    ...transfers(books, intent, part),
    ...refunds(books, intent, part),
    ...feeRefunds(books, intent, part),
  ];
}

function attempts(books: FakeBooks, intent: Stripe.PaymentIntent): Happening[] {
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

function transfers(books: FakeBooks, intent: Stripe.PaymentIntent, part: number): Happening[] {
  const { mode } = books.specOf(intent);
  if (mode === "direct") return [];
  const charge = books.chargeOf(intent);
  const made = books.platform.transfer.newestFirst().filter((one) => {
    const { source_transaction: source, transfer_group: group } = one;
    return source === null ? group === charge.transfer_group : source === charge.id;
  });
  const next: Happening[] = [];
  const isFromBalance = part % 3 === 0;
  if (mode === "transfer" && made.length === 0) {
    return [() => books.addTransfer(intent, firstTransfer(intent.amount), { isFromBalance })];
  }
  if (mode === "transfer" && made.length < 3) {
    next.push(() => books.addTransfer(intent, Math.ceil((intent.amount * part) / 100), { isFromBalance }));
  }
  for (const transfer of made) {
    const left = transfer.amount - transfer.amount_reversed;
    if (left > 0) next.push(() => reverseTransfer(books, intent, Math.ceil((left * part) / 10), { transfer }));
  }
  return next;
}

/** What the platform passes on first of a payment that it passes on by transfers of their own. */
export function firstTransfer(amount: number): number {
  return Math.floor(amount * 0.8);
}

function refunds(books: FakeBooks, intent: Stripe.PaymentIntent, part: number): Happening[] {
  const charge = books.chargeOf(intent);
  const made = books.home(books.specOf(intent)).refund.newestFirst();
  const mine = made.filter((one) => one.charge === charge.id && one.status !== "failed" && !books.released.has(one.id));
  const next: Happening[] = mine.map((one) => () => failRefund(books, intent, one));
  for (const one of mine) if (one.status === "pending") next.push(() => settleRefund(books, intent, one));
  const left = refundable(books, intent);
  if (left <= 0) return next;
  const amount = Math.ceil((left * part) / 10);
  const isEven = part % 2 === 0;
  next.push(
    () => refund(books, intent, { amount, reverseTransfer: isEven, refundFee: part > 4 }),
    () => refund(books, intent, { amount, pending: true, reason: "requested_by_customer" }),
    () => refund(books, intent, { reverseTransfer: isEven, refundFee: isEven }),
  );
  return next;
}

const IN_DISPUTE = ["needs_response", "under_review"] as const;

function disputes(books: FakeBooks, intent: Stripe.PaymentIntent): Happening[] {
  const made = books.home(books.specOf(intent)).dispute.newestFirst();
  const open = made.find(
    (one) => one.payment_intent === intent.id && IN_DISPUTE.some((status) => status === one.status),
  );
  if (!open) return [() => dispute(books, intent)];
  // A bank that asks for evidence again says what it said before.
  const other = IN_DISPUTE.find((status) => status !== open.status) ?? "under_review";
  return [
    ...Array.from({ length: 4 }, () => () => updateDispute(books, intent, open, other)),
    () => closeDispute(books, intent, open, "won"),
    () => closeDispute(books, intent, open, "lost"),
    ...(open.evidence_details.submission_count === 0 ? [() => counterDispute(books, intent, open)] : []),
  ];
}

function feeRefunds(books: FakeBooks, intent: Stripe.PaymentIntent, part: number): Happening[] {
  const fee = books.platform.application_fee.referred(books.chargeOf(intent).application_fee);
  const left = fee ? fee.amount - fee.amount_refunded : 0;
  return left > 0 ? [() => refundFee(books, intent, Math.ceil((left * part) / 10))] : [];
}

/** All that can happen next between an account's balance and its bank. */
export function nextPayouts(books: FakeBooks, account: string): Happening[] {
  const { payout, balance_transaction: balance } = books.connect(account);
  const next = payout.newestFirst().flatMap((one): Happening[] => {
    if (one.status === "in_transit") {
      return [() => settlePayout(books, account, one), () => failPayout(books, account, one)];
    }
    return one.status === "paid" ? [() => failPayout(books, account, one)] : [];
  });
  const isPaidOut = (id: string): boolean =>
    payout.newestFirst().some((one) => one.status !== "failed" && books.paidOut.get(one.id)?.has(id) === true);
  const isThere = balance.newestFirst().some(({ id, type }) => !type.startsWith("payout") && !isPaidOut(id));
  if (isThere) {
    next.push(
      () => payOut(books, account),
      () => payOut(books, account),
      () => payOut(books, account, { settles: "late" }),
      () => payOut(books, account, { automatic: false }),
    );
  }
  return next;
}
