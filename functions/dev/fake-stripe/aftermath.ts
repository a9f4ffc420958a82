import type Stripe from "stripe";
import type { FakeBooks } from "./books.ts";
import { newDispute } from "./dispute.ts";
import { newBalanceTransaction, newRefund } from "./objects.ts";
import type { PaymentOrder } from "./orders.ts";
import { refundFee as giveFeeBack, reverseTransfer as takeBack } from "./reversals.ts";

/** What happens to payments after they were made, and what became of their money. */

export interface RefundOrder {
  amount?: number;
  reverseTransfer?: boolean;
  refundFee?: boolean;
  reason?: Stripe.Refund.Reason;
  /** It is on its way (a bank debit) until it is settled, or fails. Stripe takes the money at once all the same. */
  pending?: boolean;
}

/** What Stripe takes for a dispute, in minor units of the currency that the payment settled in. */
export const DISPUTE_FEE = 1_500;

/** Books money on the balance that a payment settled on; null before it has settled. `amount` is in the charge's currency. */
function book(
  books: FakeBooks,
  intent: Stripe.PaymentIntent,
  {
    amount,
    type,
    source,
    fee = 0,
  }: { amount: number; type: "refund" | "refund_failure" | "adjustment"; source: string; fee?: number },
): Stripe.BalanceTransaction | null {
  const order = books.orderOf(intent);
  const home = books.home(order);
  const settled = home.balance_transaction.referred(books.chargeOf(intent).balance_transaction);
  if (!settled) return null;
  return home.balance_transaction.add(
    newBalanceTransaction({
      amount: Math.round(amount * (order.settlement?.rate ?? 1)),
      currency: settled.currency,
      created: books.clock(),
      type,
      source,
      fees: fee > 0 ? [{ type: "stripe_fee", amount: fee }] : [],
    }),
  );
}

/** Gives money back: all that is left, or some of it. */
export function refund(
  books: FakeBooks,
  intent: Stripe.PaymentIntent,
  { amount, reverseTransfer = false, refundFee = false, reason, pending = false }: RefundOrder = {},
): Stripe.Refund {
  const order = books.orderOf(intent);
  const home = books.home(order);
  const charge = books.chargeOf(intent);
  const given = amount ?? charge.amount - charge.amount_refunded;
  if (given <= 0 || charge.amount_refunded + given > charge.amount) throw new Error("There is not so much to refund.");
  // Of the transfer and of the fee goes back what is the refund's part of the charge, and never more than is left.
  const partOf = (whole: number, gone: number) =>
    Math.min(Math.round((whole * given) / charge.amount_captured), whole - gone);
  charge.amount_refunded += given;
  charge.refunded = charge.amount_refunded === charge.amount;
  const made = home.refund.add(
    newRefund({
      amount: given,
      charge: charge.id,
      currency: charge.currency,
      created: books.clock(),
      payment_intent: intent.id,
      reason: reason ?? null,
      status: pending ? "pending" : "succeeded",
      ...(pending && { pending_reason: "processing" as const }),
    }),
  );
  made.balance_transaction = book(books, intent, { amount: -given, type: "refund", source: made.id })?.id ?? null;
  const transfer = books.platform.transfer.referred(charge.transfer);
  const takenBack = reverseTransfer && transfer ? partOf(transfer.amount, transfer.amount_reversed) : 0;
  if (takenBack > 0) made.transfer_reversal = takeBack(books, intent, takenBack, { refund: made.id }).id;
  const fee = books.platform.application_fee.referred(charge.application_fee);
  const feeBack = refundFee && fee ? partOf(fee.amount, fee.amount_refunded) : 0;
  if (feeBack > 0) giveFeeBack(books, intent, feeBack);
  books.tell(order, "charge.refunded", charge);
  books.tell(order, "refund.created", made);
  return made;
}

/** A refund that was pending reaches the customer. */
export function settleRefund(books: FakeBooks, intent: Stripe.PaymentIntent, pending: Stripe.Refund): void {
  pending.status = "succeeded";
  delete pending.pending_reason;
  books.tell(books.orderOf(intent), "refund.updated", pending);
}

/** A refund does not reach the customer, and the money is back. */
export function failRefund(books: FakeBooks, intent: Stripe.PaymentIntent, failed: Stripe.Refund): void {
  const charge = books.chargeOf(intent);
  Object.assign(failed, { status: "failed", failure_reason: "unknown" });
  delete failed.pending_reason;
  charge.amount_refunded -= failed.amount;
  charge.refunded = false;
  const back = book(books, intent, { amount: failed.amount, type: "refund_failure", source: failed.id });
  if (back) failed.failure_balance_transaction = back.id;
  books.tell(books.orderOf(intent), "refund.failed", failed);
}

/** The customer's bank takes the money back for the time being. */
export function dispute(books: FakeBooks, intent: Stripe.PaymentIntent): Stripe.Dispute {
  const order = books.orderOf(intent);
  const charge = books.chargeOf(intent);
  charge.disputed = true;
  const opened = newDispute({
    amount: charge.amount,
    charge: charge.id,
    currency: charge.currency,
    created: books.clock(),
    payment_intent: intent.id,
  });
  const taken = book(books, intent, {
    amount: -charge.amount,
    type: "adjustment",
    source: opened.id,
    fee: DISPUTE_FEE,
  });
  if (taken) opened.balance_transactions.push(taken);
  books.home(order).dispute.add(opened);
  books.tell(order, "charge.dispute.created", opened);
  if (taken) books.tell(order, "charge.dispute.funds_withdrawn", opened);
  return opened;
}

/** Something about a dispute changes, such as that the bank now looks at the evidence. */
export function updateDispute(
  books: FakeBooks,
  intent: Stripe.PaymentIntent,
  open: Stripe.Dispute,
  status: Stripe.Dispute.Status,
): void {
  open.status = status;
  books.tell(books.orderOf(intent), "charge.dispute.updated", open);
}

/** The bank decides. */
export function closeDispute(
  books: FakeBooks,
  intent: Stripe.PaymentIntent,
  open: Stripe.Dispute,
  status: "won" | "lost",
): void {
  open.status = status;
  const back =
    status === "won" ? book(books, intent, { amount: open.amount, type: "adjustment", source: open.id }) : null;
  if (back) {
    open.balance_transactions.push(back);
    books.tell(books.orderOf(intent), "charge.dispute.funds_reinstated", open);
  }
  books.tell(books.orderOf(intent), "charge.dispute.closed", open);
}

/** In minor units. */
export interface Figures {
  total: number;
  stripeFee: number;
  platformFee: number;
  net: number;
}

/** What became of the money of a payment that has settled in one currency. */
export function figuresOf(books: FakeBooks, intent: Stripe.PaymentIntent): Figures {
  const order = books.orderOf(intent);
  const charge = books.chargeOf(intent);
  const balance = books.home(order).balance_transaction.referred(charge.balance_transaction);
  if (!balance) throw new Error(`${intent.id} has not settled.`);
  const stripeFee = order.stripeFee ?? Math.round(balance.amount * 0.029) + 30;
  const net = order.mode === "direct" ? balance.net : arrived(books, charge, order);
  return { total: balance.amount, stripeFee, platformFee: balance.amount - stripeFee - net, net };
}

function arrived(books: FakeBooks, charge: Stripe.Charge, { account }: PaymentOrder): number {
  const transfers = books.platform.transfer.newestFirst().filter((one) => one.source_transaction === charge.id);
  const there = books.connect(account);
  return transfers.reduce((sum, { destination_payment }) => {
    const payment = there.charge.referred(destination_payment);
    return sum + (there.balance_transaction.referred(payment?.balance_transaction)?.net ?? 0);
  }, 0);
}
