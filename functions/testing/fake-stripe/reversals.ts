import type Stripe from "stripe";
import type { FakeBooks } from "./books.ts";
import { newId, newRefund } from "./objects.ts";

interface ReversalSpec {
  transfer?: Stripe.Transfer;
  /** The refund that causes it. */
  refund?: string;
  /** The application fee that the same balance transaction returns. */
  fee?: number;
}

/** Reverses the transfer of a destination charge, or the charge's newest transfer that has enough left. */
export function reverseTransfer(
  books: FakeBooks,
  intent: Stripe.PaymentIntent,
  amount: number,
  { transfer = transferOf(books, intent, amount), refund, fee = 0 }: ReversalSpec = {},
): Stripe.TransferReversal {
  if (amount <= 0 || transfer.amount_reversed + amount > transfer.amount) {
    throw new Error("The amount exceeds the rest of the transfer.");
  }
  transfer.amount_reversed += amount;
  transfer.reversed = transfer.amount_reversed === transfer.amount;
  const id = newId("trr");
  const created = books.clock();
  const made: Stripe.TransferReversal = {
    id,
    object: "transfer_reversal",
    amount,
    balance_transaction: returnTransfer(books, intent, transfer, { amount, created, reversal: id }),
    created,
    currency: transfer.currency,
    destination_payment_refund: refundDestinationPayment(books, intent, transfer, { amount, fee, reversal: id }),
    metadata: {},
    source_refund: refund ?? null,
    transfer: transfer.id,
  };
  transfer.reversals.data.unshift(made);
  books.emitOn(null, "transfer.reversed", transfer, books.specOf(intent).silent);
  return made;
}

/** Books the platform's side of a reversal. Returns its id. */
function returnTransfer(
  books: FakeBooks,
  intent: Stripe.PaymentIntent,
  transfer: Stripe.Transfer,
  { amount, created, reversal }: { amount: number; created: number; reversal: string },
): string | null {
  const sent = books.platform.balance_transaction.referred(transfer.balance_transaction);
  if (!sent) return null;
  return books.book(books.platform, intent.id, {
    amount: Math.round(amount * (sent.exchange_rate ?? 1)),
    currency: sent.currency,
    created,
    type: "transfer_refund",
    source: reversal,
    exchangeRate: sent.exchange_rate,
  }).id;
}

/** Books the franchisee's side of a reversal: a refund of the destination payment. Returns its id. */
function refundDestinationPayment(
  books: FakeBooks,
  intent: Stripe.PaymentIntent,
  transfer: Stripe.Transfer,
  { amount, fee, reversal }: { amount: number; fee: number; reversal: string },
): string | null {
  if (typeof transfer.destination !== "string") return null;
  const there = books.connect(transfer.destination);
  const arrived = there.charge.referred(transfer.destination_payment);
  const settled = there.balance_transaction.referred(arrived?.balance_transaction);
  if (!arrived || !settled) return null;
  arrived.amount_refunded += amount;
  arrived.refunded = arrived.amount_refunded === arrived.amount;
  const [id, created] = [newId("pyr"), books.clock()];
  const rate = settled.exchange_rate ?? 1;
  const balance = books.book(there, intent.id, {
    amount: -Math.round(amount * rate),
    currency: settled.currency,
    created,
    type: "payment_refund",
    source: id,
    fees: applicationFees(-Math.round(fee * rate)),
    exchangeRate: settled.exchange_rate,
  });
  const { currency } = transfer;
  const made = newRefund({ id, amount, charge: arrived.id, currency, created, payment_intent: null });
  made.balance_transaction = balance.id;
  made.source_transfer_reversal = reversal;
  there.refund.add(made);
  return id;
}

export function updateTransfer(
  books: FakeBooks,
  intent: Stripe.PaymentIntent,
  metadata: Record<string, string>,
  transfer = transferOf(books, intent),
): void {
  Object.assign(transfer.metadata, metadata);
  books.emitOn(null, "transfer.updated", transfer, books.specOf(intent).silent);
}

function transferOf(books: FakeBooks, intent: Stripe.PaymentIntent, amount = 0): Stripe.Transfer {
  const charge = books.chargeOf(intent);
  const found =
    books.platform.transfer.referred(charge.transfer) ??
    books.platform.transfer
      .newestFirst()
      .find((one) => one.source_transaction === charge.id && one.amount - one.amount_reversed >= amount);
  if (!found) throw new Error(`${intent.id} has no such transfer.`);
  return found;
}

export function applicationFees(amount: number): { type: string; amount: number }[] {
  return amount === 0 ? [] : [{ type: "application_fee", amount }];
}

/** Refunds a part of the application fee; `isBooked`: another balance transaction includes it. */
export function refundFee(
  books: FakeBooks,
  intent: Stripe.PaymentIntent,
  amount: number,
  isBooked = false,
): Stripe.FeeRefund {
  const fee = books.platform.application_fee.referred(books.chargeOf(intent).application_fee);
  if (!fee) throw new Error(`${intent.id} has no application fee.`);
  if (amount <= 0 || fee.amount_refunded + amount > fee.amount)
    throw new Error("The amount exceeds the rest of the fee.");
  fee.amount_refunded += amount;
  fee.refunded = fee.amount_refunded === fee.amount;
  const made: Stripe.FeeRefund = {
    id: newId("fr"),
    object: "fee_refund",
    amount,
    balance_transaction: null,
    created: books.clock(),
    currency: fee.currency,
    fee: fee.id,
    metadata: {},
  };
  fee.refunds.data.unshift(made);
  const { created, currency } = made;
  const given = { amount: -amount, currency, created, type: "application_fee_refund" as const, source: made.id };
  made.balance_transaction = books.book(books.platform, intent.id, given).id;
  if (!isBooked) bookFeeRefund(books, intent, made);
  books.emitOn(null, "application_fee.refunded", fee, books.specOf(intent).silent);
  return made;
}

/** Books it on the franchisee's account, in the currency of the received payment. */
function bookFeeRefund(
  books: FakeBooks,
  intent: Stripe.PaymentIntent,
  { id, amount, created }: Stripe.FeeRefund,
): void {
  const spec = books.specOf(intent);
  const charge = books.chargeOf(intent);
  const there = books.connect(spec.account);
  const transfer = books.platform.transfer.referred(charge.transfer);
  const taken = spec.mode === "direct" ? charge : there.charge.referred(transfer?.destination_payment);
  const settled = there.balance_transaction.referred(taken?.balance_transaction);
  if (!settled) return;
  books.book(there, intent.id, {
    amount: Math.round(amount * (settled.exchange_rate ?? 1)),
    currency: settled.currency,
    created,
    type: "adjustment",
    category: "fee",
    // Integrations report the description; Stripe does not document the source.
    source: books.behaviour.feeRefund === "adjustment by source" ? id : null,
    description: `Application fee refund${books.behaviour.feeRefund === "adjustment alone" ? "" : ` for ${taken?.id}`}`,
    exchangeRate: settled.exchange_rate,
  });
}
