import type Stripe from "stripe";
import { newApplicationFee, newBalanceTransaction, newCharge, newId, newTransfer } from "./objects.ts";
import type { PaymentOrder } from "./orders.ts";
import type { AccountBooks } from "./shelf.ts";

/** The books that a payment touches: where it is charged, the platform's, and where a transfer goes to. */
export interface Places {
  home: AccountBooks;
  platform: AccountBooks;
  there: AccountBooks;
  /** Tells what happened on the platform. */
  tell: (type: Stripe.Event.Type, object: object) => void;
}

/** Writes what Stripe writes when a charge has gone through, at once or late. `at` is when the money was taken. */
export function settle(where: Places, charge: Stripe.Charge, order: PaymentOrder, at: number): void {
  const { currency, rate } = order.settlement ?? { currency: charge.currency, rate: 1 };
  const amount = Math.round(charge.amount_captured * rate);
  const fees = [
    { type: "stripe_fee", amount: order.stripeFee ?? Math.round(amount * 0.029) + 30 },
    ...(order.otherFees ?? []),
  ];
  if (order.mode === "direct" && order.applicationFee !== undefined) {
    fees.push({ type: "application_fee", amount: Math.round(order.applicationFee * rate) });
  }
  const balance = newBalanceTransaction({
    amount,
    currency,
    created: at,
    type: "charge",
    source: charge.id,
    fees,
    exchangeRate: rate === 1 ? null : rate,
  });
  charge.balance_transaction = where.home.balance_transaction.add(balance).id;
  if (order.mode === "destination") {
    const passedOn = { amount: order.transferAmount ?? charge.amount_captured, currency: charge.currency };
    charge.transfer = transfer(where, charge, order, passedOn, at).id;
  }
  if (order.applicationFee !== undefined) takeFee(where, charge, order, order.applicationFee, at);
}

/** The fee is the platform's; the account that it was taken from names it all the same. */
function takeFee(
  { home, platform, there, tell }: Places,
  charge: Stripe.Charge,
  { account, mode }: PaymentOrder,
  amount: number,
  at: number,
): void {
  const arrived = there.charge.referred(platform.transfer.referred(charge.transfer)?.destination_payment);
  const fee = newApplicationFee({
    account,
    amount,
    charge: arrived?.id ?? charge.id,
    currency: charge.currency,
    created: at,
    originating_transaction: arrived ? charge.id : null,
  });
  platform.application_fee.add(fee);
  if (mode === "direct") home.application_fee.add(fee);
  charge.application_fee = fee.id;
  if (arrived) {
    there.application_fee.add(fee);
    Object.assign(arrived, { application_fee: fee.id, application_fee_amount: amount });
  }
  tell("application_fee.created", fee);
}

/** A transfer, and the charge by which it arrives on the account that it goes to. */
export function transfer(
  { platform, there, tell }: Places,
  charge: Stripe.Charge,
  order: PaymentOrder,
  { amount, currency, destination = order.account }: { amount: number; currency: string; destination?: string },
  created = charge.created,
): Stripe.Transfer {
  const arrival = order.arrival ?? { currency, rate: 1 };
  const arrived = newCharge({
    id: newId("py"),
    amount,
    currency,
    created,
    status: "succeeded",
    paid: true,
    captured: true,
    amount_captured: amount,
  });
  const isFeeTakenHere = order.mode === "destination" && order.applicationFee !== undefined;
  const fee = isFeeTakenHere ? Math.round((order.applicationFee ?? 0) * arrival.rate) : 0;
  const balance = newBalanceTransaction({
    amount: Math.round(amount * arrival.rate),
    currency: arrival.currency,
    created,
    type: "payment",
    source: arrived.id,
    fees: fee > 0 ? [{ type: "application_fee", amount: fee }] : [],
    exchangeRate: arrival.rate === 1 ? null : arrival.rate,
  });
  arrived.balance_transaction = there.balance_transaction.add(balance).id;
  there.charge.add(arrived);
  const made = newTransfer({
    amount,
    currency,
    created,
    destination,
    destination_payment: arrived.id,
    source_transaction: charge.id,
    transfer_group: charge.transfer_group,
  });
  arrived.source_transfer = made.id;
  platform.transfer.add(made);
  tell("transfer.created", made);
  return made;
}
