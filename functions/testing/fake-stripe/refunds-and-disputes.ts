import type Stripe from "stripe";
import type { FakeBooks } from "./books.ts";
import { type BalanceTransactionFields, newDispute, newId, newRefund } from "./objects.ts";
import type { PaymentSpec } from "./payment-spec.ts";
import { applicationFees, refundFee as refundApplicationFee, reverseTransfer as reverse } from "./reversals.ts";

export interface RefundSpec {
  amount?: number;
  reverseTransfer?: boolean;
  refundFee?: boolean;
  reason?: Stripe.Refund.Reason;
  /** Pending (a bank debit) until it is settled or fails. Stripe deducts the money immediately. */
  pending?: boolean;
}

/** In minor units of the settlement currency. */
export const DISPUTE_FEE = 1_500;
export const COUNTERED_FEE = 1_500;

type Booking = Omit<BalanceTransactionFields, "currency" | "created">;

/** Books on the balance of a settled payment; null before. `amount` is in the charge's currency. */
function book(books: FakeBooks, intent: Stripe.PaymentIntent, booking: Booking): Stripe.BalanceTransaction | null {
  const spec = books.specOf(intent);
  const amount = Math.round(booking.amount * (spec.settlement?.rate ?? 1));
  return bookSettled(books, intent, { ...booking, amount });
}

/** Like `book`, with `amount` in the settlement currency. */
function bookSettled(
  books: FakeBooks,
  intent: Stripe.PaymentIntent,
  booking: Booking,
): Stripe.BalanceTransaction | null {
  const home = books.chargeAccount(books.specOf(intent));
  const settled = home.balance_transaction.referred(books.chargeOf(intent).balance_transaction);
  if (!settled) return null;
  return books.book(home, intent.id, { ...booking, currency: settled.currency, created: books.clock() });
}

/** The refundable amount. Failed refunds do not reduce it. */
export function refundable(books: FakeBooks, intent: Stripe.PaymentIntent): number {
  const charge = books.chargeOf(intent);
  const made = books.chargeAccount(books.specOf(intent)).refund.newestFirst();
  const mine = made.filter((one) => one.charge === charge.id && one.status !== "failed" && !books.released.has(one.id));
  return charge.amount_captured - mine.reduce((sum, { amount }) => sum + amount, 0);
}

export function refund(
  books: FakeBooks,
  intent: Stripe.PaymentIntent,
  { amount, reverseTransfer = false, refundFee = false, reason, pending = false }: RefundSpec = {},
): Stripe.Refund {
  const spec = books.specOf(intent);
  const home = books.chargeAccount(spec);
  const charge = books.chargeOf(intent);
  const left = refundable(books, intent);
  const given = amount ?? left;
  if (given <= 0 || given > left) throw new Error("The amount exceeds the refundable amount.");
  // The refund's share of the transfer or fee, limited to the rest.
  const partOf = (whole: number, gone: number) =>
    Math.min(Math.round((whole * given) / charge.amount_captured), whole - gone);
  const transfer = books.platform.transfer.referred(charge.transfer);
  const released = transfer ? releasedOf(books, transfer) : 0;
  const reversed =
    reverseTransfer && transfer ? partOf(transfer.amount - released, transfer.amount_reversed - released) : 0;
  const fee = books.platform.application_fee.referred(charge.application_fee);
  const feeRefunded = refundFee && fee ? partOf(fee.amount, fee.amount_refunded) : 0;
  const isWithin = books.behaviour.feeRefund === "within the refund" && (spec.mode === "direct" || reversed > 0);
  const feeWithin = isWithin && feeRefunded > 0 ? feeRefunded : 0;
  charge.amount_refunded += given;
  charge.refunded = given === left;
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
  const fees = spec.mode === "direct" ? applicationFees(-Math.round(feeWithin * (spec.settlement?.rate ?? 1))) : [];
  made.balance_transaction = book(books, intent, { amount: -given, type: "refund", source: made.id, fees })?.id ?? null;
  if (reversed > 0) {
    const feeThere = spec.mode === "direct" ? 0 : feeWithin;
    made.transfer_reversal = reverse(books, intent, reversed, { refund: made.id, fee: feeThere }).id;
  }
  if (feeRefunded > 0) refundApplicationFee(books, intent, feeRefunded, feeWithin > 0);
  books.emit(spec, "charge.refunded", charge);
  books.emit(spec, "refund.created", made);
  return made;
}

/** The reversals of uncaptured amounts. */
function releasedOf({ released }: FakeBooks, { reversals }: Stripe.Transfer): number {
  return reversals.data.reduce((sum, { id, amount }) => (released.has(id) ? sum + amount : sum), 0);
}

export function settleRefund(books: FakeBooks, intent: Stripe.PaymentIntent, pending: Stripe.Refund): void {
  pending.status = "succeeded";
  delete pending.pending_reason;
  books.emit(books.specOf(intent), "refund.updated", pending);
}

/** Adds the bank's reference to a card's refund; `stripe listen` was seen to report it as `refund.updated`. */
export function referenceRefund(books: FakeBooks, intent: Stripe.PaymentIntent, refunded: Stripe.Refund): void {
  const card = { type: "refund", reference_status: "available", reference: newId("arn") } as const;
  refunded.destination_details = { type: "card", card };
  books.emit(books.specOf(intent), "refund.updated", refunded);
}

export function failRefund(books: FakeBooks, intent: Stripe.PaymentIntent, failed: Stripe.Refund): void {
  const charge = books.chargeOf(intent);
  Object.assign(failed, { status: "failed", failure_reason: "unknown" });
  delete failed.pending_reason;
  if (books.behaviour.failedRefund === "lowers amount_refunded") {
    charge.amount_refunded -= failed.amount;
    charge.refunded = false;
  }
  const back = book(books, intent, { amount: failed.amount, type: "refund_failure", source: failed.id });
  if (back) failed.failure_balance_transaction = back.id;
  books.emit(books.specOf(intent), "refund.failed", failed);
}

/** Opens a dispute, which withdraws the money. */
export function dispute(books: FakeBooks, intent: Stripe.PaymentIntent): Stripe.Dispute {
  const spec = books.specOf(intent);
  const charge = books.chargeOf(intent);
  charge.disputed = true;
  const amount = charge.amount_captured;
  const opened = newDispute({
    amount,
    charge: charge.id,
    currency: charge.currency,
    created: books.clock(),
    payment_intent: intent.id,
  });
  // If the platform pays Stripe's fees, it also pays this one.
  const fees = books.platformPaysFees(spec) ? [] : [{ type: "stripe_fee", amount: DISPUTE_FEE }];
  const booking = { type: "adjustment" as const, category: "dispute", source: opened.id };
  const taken = book(books, intent, { ...booking, amount: -amount, fees });
  if (taken) opened.balance_transactions.push(taken);
  books.chargeAccount(spec).dispute.add(opened);
  books.emit(spec, "charge.dispute.created", opened);
  if (taken) books.emit(spec, "charge.dispute.funds_withdrawn", opened);
  return opened;
}

/** Submits evidence, for a fee that Stripe refunds if the dispute is won. */
export function counterDispute(books: FakeBooks, intent: Stripe.PaymentIntent, open: Stripe.Dispute): void {
  const isFirst = open.evidence_details.submission_count === 0;
  open.evidence_details.has_evidence = true;
  open.evidence_details.submission_count += 1;
  open.evidence_details.past_due = books.clock() > (open.evidence_details.due_by ?? Infinity);
  open.status = "under_review";
  if (isFirst) bookCounteredFee(books, intent, open, -COUNTERED_FEE);
  books.emit(books.specOf(intent), "charge.dispute.updated", open);
}

function bookCounteredFee(books: FakeBooks, intent: Stripe.PaymentIntent, open: Stripe.Dispute, amount: number): void {
  const spec = books.specOf(intent);
  if (books.platformPaysFees(spec)) {
    const { currency } = books.chargeOf(intent);
    books.book(books.platform, intent.id, {
      amount,
      currency,
      created: books.clock(),
      type: "stripe_fee",
      source: null,
    });
    return;
  }
  const { counteredFee } = books.behaviour;
  if (counteredFee === "among the dispute's") {
    const booking = { amount, type: "adjustment" as const, category: "fee", source: open.id };
    const own = bookSettled(books, intent, booking);
    if (own) open.balance_transactions.push(own);
    return;
  }
  const day = new Date(books.clock() * 1000).toISOString().slice(0, 10);
  const description = `Card Dispute Countered Fee (${day})`;
  const charged = books.chargeOf(intent).id;
  const source = { dispute: open.id, charge: charged, description: null, adjustment: null }[counteredFee];
  const type = counteredFee === "adjustment" ? "adjustment" : "stripe_fee";
  bookSettled(books, intent, { amount, type, category: "fee", source, description });
}

export function updateDispute(
  books: FakeBooks,
  intent: Stripe.PaymentIntent,
  open: Stripe.Dispute,
  status: Stripe.Dispute.Status,
): void {
  open.status = status;
  books.emit(books.specOf(intent), "charge.dispute.updated", open);
}

export function closeDispute(
  books: FakeBooks,
  intent: Stripe.PaymentIntent,
  open: Stripe.Dispute,
  status: "won" | "lost",
): void {
  open.status = status;
  const booking = { amount: open.amount, type: "adjustment" as const, category: "dispute_reversal", source: open.id };
  const back = status === "won" ? book(books, intent, booking) : null;
  if (back && open.evidence_details.submission_count > 0) bookCounteredFee(books, intent, open, COUNTERED_FEE);
  if (back) {
    open.balance_transactions.push(back);
    books.emit(books.specOf(intent), "charge.dispute.funds_reinstated", open);
  }
  books.emit(books.specOf(intent), "charge.dispute.closed", open);
}

/** In minor units. */
export interface Figures {
  total: number;
  stripeFee: number;
  platformFee: number;
  net: number;
}

/** The figures of a payment settled in one currency. */
export function figuresOf(books: FakeBooks, intent: Stripe.PaymentIntent): Figures {
  const spec = books.specOf(intent);
  const charge = books.chargeOf(intent);
  const balance = books.chargeAccount(spec).balance_transaction.referred(charge.balance_transaction);
  if (!balance) throw new Error(`${intent.id} has not settled.`);
  const stripeFee = spec.stripeFee ?? Math.round(balance.amount * 0.029) + 30;
  const net = spec.mode === "direct" ? balance.net : transferredNet(books, charge, spec);
  return { total: balance.amount, stripeFee, platformFee: balance.amount - stripeFee - net, net };
}

function transferredNet(books: FakeBooks, charge: Stripe.Charge, { account }: PaymentSpec): number {
  const transfers = books.platform.transfer.newestFirst().filter((one) => one.source_transaction === charge.id);
  const there = books.connect(account);
  return transfers.reduce((sum, { destination_payment }) => {
    const payment = there.charge.referred(destination_payment);
    return sum + (there.balance_transaction.referred(payment?.balance_transaction)?.net ?? 0);
  }, 0);
}
