import type Stripe from "stripe";
import { newApplicationFee, newBalanceTransaction, newCharge, newId, newTransfer } from "./objects.ts";
import type { PaymentOrder } from "./orders.ts";
import type { AccountBooks } from "./shelf.ts";

/** The books that a payment touches: where it is charged, the platform's, and where a transfer goes to. */
export interface Places {
  home: AccountBooks;
  platform: AccountBooks;
  there: AccountBooks;
}

/** Writes what Stripe writes when a charge has gone through, at once or late. */
export function settle(where: Places, charge: Stripe.Charge, order: PaymentOrder): void {
  const { home, platform } = where;
  const { currency, rate } = order.settlement ?? { currency: charge.currency, rate: 1 };
  const amount = Math.round(charge.amount * rate);
  const fees = [
    { type: "stripe_fee", amount: order.stripeFee ?? Math.round(amount * 0.029) + 30 },
    ...(order.otherFees ?? []),
  ];
  const isDirect = order.mode === "direct";
  if (isDirect && order.applicationFee !== undefined) {
    fees.push({ type: "application_fee", amount: Math.round(order.applicationFee * rate) });
  }
  const balance = newBalanceTransaction({
    amount,
    currency,
    created: charge.created,
    type: "charge",
    source: charge.id,
    fees,
    exchangeRate: rate === 1 ? null : rate,
  });
  charge.balance_transaction = home.balance_transaction.add(balance).id;
  if (order.applicationFee !== undefined) {
    const fee = newApplicationFee({
      account: order.account,
      amount: order.applicationFee,
      charge: charge.id,
      currency: charge.currency,
      created: charge.created,
    });
    // The fee is the platform's; a direct charge, which is the account's, names it all the same.
    platform.application_fee.add(fee);
    if (isDirect) home.application_fee.add(fee);
    charge.application_fee = fee.id;
  }
  if (order.mode === "destination") {
    const passedOn = { amount: order.transferAmount ?? charge.amount, currency: charge.currency };
    charge.transfer = transfer(where, charge, order, passedOn).id;
  }
}

/** A transfer, and the charge by which it arrives on the account that it goes to. */
export function transfer(
  { platform, there }: Places,
  charge: Stripe.Charge,
  order: PaymentOrder,
  { amount, currency, destination = order.account }: { amount: number; currency: string; destination?: string },
): Stripe.Transfer {
  const arrival = order.arrival ?? { currency, rate: 1 };
  const created = charge.created;
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
  return platform.transfer.add(made);
}
