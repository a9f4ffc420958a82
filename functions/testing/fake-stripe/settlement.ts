import type Stripe from "stripe";
import type { StripeBehaviour } from "./behaviour.ts";
import { type BalanceTransactionFields, newApplicationFee, newCharge, newId, newTransfer } from "./objects.ts";
import type { PaymentSpec } from "./payment-spec.ts";
import type { AccountObjects } from "./object-store.ts";

export interface SettlementContext {
  /** The account of the charge. */
  charged: AccountObjects;
  platform: AccountObjects;
  /** The account that receives the transfer. */
  connected: AccountObjects;
  behaviour: StripeBehaviour;
  /** The amount of each capture; empty if captured immediately. */
  captures: readonly number[];
  platformPaysFees: boolean;
  book: (on: AccountObjects, given: BalanceTransactionFields) => Stripe.BalanceTransaction;
  emit: (type: Stripe.Event.Type, object: object) => void;
}

/** Stripe's fee on the whole amount and on the captured amount, in the settlement currency. */
function stripeFees(spec: PaymentSpec, charge: Stripe.Charge, rate: number): { whole: number; captured: number } {
  const uncaptured = charge.amount - charge.amount_captured;
  if (spec.stripeFee !== undefined) {
    const whole = spec.stripeFee;
    return { whole, captured: whole - Math.round((whole * uncaptured) / charge.amount) };
  }
  const feeFor = (amount: number): number => Math.round(Math.round(amount * rate) * 0.029) + 30;
  return { whole: feeFor(charge.amount), captured: feeFor(charge.amount_captured) };
}

/** Books a successful charge. `at` is when it was captured. */
export function settle(context: SettlementContext, charge: Stripe.Charge, spec: PaymentSpec, at: number): void {
  const { currency, rate } = spec.settlement ?? { currency: charge.currency, rate: 1 };
  const whole = Math.round(charge.amount * rate);
  const captured = Math.round(charge.amount_captured * rate);
  const stripeFee = stripeFees(spec, charge, rate);
  // Each capture has a balance transaction.
  const earlier = context.captures.slice(0, -1).map((part) => Math.round(part * rate));
  const isBookedWhole = context.behaviour.partialCapture !== "captured amount" && earlier.length === 0;
  const { platformPaysFees } = context;
  const fees = [
    ...(platformPaysFees ? [] : [{ type: "stripe_fee", amount: isBookedWhole ? stripeFee.whole : stripeFee.captured }]),
    ...(spec.otherFees ?? []),
  ];
  const applicationFee = applicationFeeOf(spec, charge);
  if (spec.mode === "direct" && applicationFee > 0) {
    fees.push({ type: "application_fee", amount: Math.round(applicationFee * rate) });
  }
  const exchangeRate = rate === 1 ? null : rate;
  const common = { currency, created: at, exchangeRate };
  for (const part of earlier)
    context.book(context.charged, { ...common, amount: part, type: "charge", source: charge.id });
  const amount = (isBookedWhole ? whole : captured) - earlier.reduce((sum, part) => sum + part, 0);
  charge.balance_transaction = context.book(context.charged, {
    ...common,
    amount,
    type: "charge",
    source: charge.id,
    fees,
  }).id;
  if (isBookedWhole && whole > captured) {
    const released = context.charged.refund.newestFirst().find((refund) => refund.charge === charge.id);
    const reversal = context.book(context.charged, {
      ...common,
      amount: captured - whole,
      type: "refund",
      category: "partial_capture_reversal",
      source: released?.id ?? charge.id,
      fees: platformPaysFees ? [] : [{ type: "stripe_fee", amount: stripeFee.captured - stripeFee.whole }],
    });
    if (released) released.balance_transaction = reversal.id;
  }
  if (spec.mode === "destination") {
    const isWhole = isBookedWhole && context.behaviour.partialTransfer === "whole, then reversed";
    const sent = {
      amount: spec.transferAmount ?? (isWhole ? charge.amount : charge.amount_captured),
      currency: charge.currency,
    };
    charge.transfer = transfer(context, charge, spec, sent, at).id;
  }
  const fee = applicationFee > 0 ? bookApplicationFee(context, charge, spec, applicationFee, at) : null;
  if (platformPaysFees)
    bookStripeFeeOnPlatform(context, charge, fee, { amount: stripeFee.captured, currency, created: at, rate });
}

/** Stripe caps an application fee at the captured amount, and creates no object for a zero fee. */
function applicationFeeOf({ applicationFee = 0 }: PaymentSpec, charge: Stripe.Charge): number {
  return Math.min(applicationFee, charge.amount_captured);
}

/** Stripe's fee for a direct charge, if the platform pays it. */
function bookStripeFeeOnPlatform(
  { platform, behaviour, book }: SettlementContext,
  charge: Stripe.Charge,
  fee: Stripe.ApplicationFee | null,
  { amount, currency, created, rate }: { amount: number; currency: string; created: number; rate: number },
): void {
  const earned = platform.balance_transaction.referred(fee?.balance_transaction);
  if (behaviour.platformPaidFee === "application fee" && earned) {
    // In the currency of the charge.
    const taken = Math.round(amount / rate);
    const stripeFee = { type: "stripe_fee", amount: taken, application: null, currency: earned.currency };
    Object.assign(earned, {
      fee: taken,
      net: earned.amount - taken,
      fee_details: [{ ...stripeFee, description: null }],
    });
    return;
  }
  const source = behaviour.platformPaidFee === "platform balance" ? charge.id : null;
  book(platform, { amount: -amount, currency, created, type: "stripe_fee", source });
}

/** Books the application fee on the platform's balance. */
function bookApplicationFee(
  { charged, platform, connected, book, emit }: SettlementContext,
  charge: Stripe.Charge,
  { account, mode }: PaymentSpec,
  amount: number,
  at: number,
): Stripe.ApplicationFee {
  const arrived = connected.charge.referred(platform.transfer.referred(charge.transfer)?.destination_payment);
  const { currency } = charge;
  const fee = newApplicationFee({
    account,
    amount,
    charge: arrived?.id ?? charge.id,
    currency,
    created: at,
    originating_transaction: arrived ? charge.id : null,
  });
  const given = { amount, currency, created: at, type: "application_fee" as const, source: fee.id };
  fee.balance_transaction = book(platform, given).id;
  platform.application_fee.add(fee);
  if (mode === "direct") charged.application_fee.add(fee);
  charge.application_fee = fee.id;
  if (arrived) {
    connected.application_fee.add(fee);
    Object.assign(arrived, { application_fee: fee.id, application_fee_amount: amount });
  }
  emit("application_fee.created", fee);
  return fee;
}

export interface TransferSpec {
  amount: number;
  currency: string;
  destination?: string;
  /** From the platform's balance: only its transfer group links it to a charge. */
  isFromBalance?: boolean;
}

/** Creates a transfer, and the charge that receives it. */
export function transfer(
  { platform, connected, book, emit }: SettlementContext,
  charge: Stripe.Charge,
  spec: PaymentSpec,
  { amount, currency, destination = spec.account, isFromBalance = false }: TransferSpec,
  created = charge.created,
): Stripe.Transfer {
  const arrival = spec.arrival ?? { currency, rate: 1 };
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
  const settled = platform.balance_transaction.referred(charge.balance_transaction);
  // "A pending balance will transfer immediately but the funds will not become available until the original charge
  // becomes available." (SDK, `TransferCreateParams.source_transaction`)
  const available = {
    ...(isFromBalance && { availableOn: created }),
    ...(!isFromBalance && settled && { availableOn: Math.max(created, settled.available_on) }),
  };
  const isDestination = spec.mode === "destination";
  const fee = isDestination ? Math.round(applicationFeeOf(spec, charge) * arrival.rate) : 0;
  const balance = book(connected, {
    amount: Math.round(amount * arrival.rate),
    currency: arrival.currency,
    created,
    type: "payment",
    source: arrived.id,
    fees: fee > 0 ? [{ type: "application_fee", amount: fee }] : [],
    exchangeRate: arrival.rate === 1 ? null : arrival.rate,
    ...available,
  });
  arrived.balance_transaction = balance.id;
  connected.charge.add(arrived);
  const made = newTransfer({
    amount,
    currency,
    created,
    destination,
    destination_payment: arrived.id,
    source_transaction: isFromBalance ? null : charge.id,
    transfer_group: charge.transfer_group,
  });
  arrived.source_transfer = made.id;
  const paidFrom = spec.settlement ?? { currency, rate: 1 };
  made.balance_transaction = book(platform, {
    amount: -Math.round(amount * paidFrom.rate),
    currency: paidFrom.currency,
    created,
    type: "transfer",
    source: made.id,
    exchangeRate: paidFrom.rate === 1 ? null : paidFrom.rate,
    ...available,
  }).id;
  platform.transfer.add(made);
  emit("transfer.created", made);
  return made;
}
