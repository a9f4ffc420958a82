import type Stripe from "stripe";
import { sumByCurrency } from "../domain/money.ts";
import { amountsOfSnapshot, type StripeSnapshot } from "../domain/stripe-snapshot.ts";
import { PAYMENT_STATUSES, type PaymentStatus } from "../domain/payment.ts";
import { mapDetails, type PaymentDetails } from "../domain/payment-details.ts";
import {
  adjustmentsOf,
  amountRefundedOf,
  disputesOf,
  type UnlinkedBalances,
  refundsOf,
  releasedTransferOf,
} from "./refunds-and-disputes.ts";
import { expanded, idOf, isExpanded, UnreadablePaymentError } from "./expansion.ts";
import { capturedBalances, feeOnApplicationFee, receivedOf, settledOf } from "./settlement.ts";

/** Stripe's objects of one payment, with `CHARGE_EXPANSIONS`. */
export interface StripePayment {
  intent: Stripe.PaymentIntent;
  /** The PaymentIntent's latest charge; null before the first attempt. */
  charge: Stripe.Charge | null;
  /** Transfers that do not belong to the charge itself (separate charges and transfers). */
  transfers: readonly Stripe.Transfer[];
  disputes: readonly Stripe.Dispute[];
  /** The charge's refunds, if there are more than the charge includes. */
  refunds?: readonly Stripe.Refund[] | undefined;
  /** Null if the other objects reference all balance transactions. */
  found?: UnlinkedBalances | null;
}

/** The expansions of a charge; two have Stripe's maximum depth. */
export const CHARGE_EXPANSIONS = [
  "balance_transaction",
  "application_fee.balance_transaction",
  "refunds.data.balance_transaction",
  "refunds.data.failure_balance_transaction",
  "transfer.destination_payment.balance_transaction",
] as const;

/** A payment, and the account that charged it (null: the platform). */
export interface PaymentRef {
  stripePaymentId: string;
  chargedOn: string | null;
}

/**
 * A franchisee's payment at Stripe; or why it belongs to no franchisee (yet), with the franchisees if several share it.
 */
export type PaymentResult =
  | { kind: "payment"; stripePaymentId: string; franchiseeId: string; snapshot: StripeSnapshot }
  | { kind: "unrouted"; stripePaymentId: string | null; reason: string; sharedAmong: string[] };

/**
 * Derives a Stripe snapshot from Stripe's objects, by the table of docs/stripe.md. `account` is the account that was
 * read (null: the platform); `asOf` is just before the request; `applicationId` is the platform's own Connect
 * application, if known. Throws UnreadablePaymentError.
 */
export function readPayment(
  payment: StripePayment,
  account: string | null,
  { asOf, applicationId }: { asOf: Date; applicationId: string | null },
): PaymentResult {
  const { intent, charge } = payment;
  const route = routeOf(payment, account);
  if ("reason" in route) return { kind: "unrouted", stripePaymentId: intent.id, ...route };

  const status = statusOf(intent);
  const found = payment.found ?? null;
  const refunds = refundsIn(payment);
  // Before its capture or success, a charge can have a balance transaction that is not its last.
  const captured = status === "succeeded" ? capturedBalances(charge, refunds, found) : [];
  const settled = settledOf(charge, captured);
  const transfers = transfersOf(payment);
  const received = route.mode === "direct" ? null : receivedOf({ charge, transfers, found }, intent.id);
  const details = detailsOf(intent, charge);
  const fee = applicationFeeOf(charge, details, applicationId);
  const after = { charge, refunds, disputes: payment.disputes, transfers, fee, found };
  const disputes = disputesOf(after);
  // Stripe creates no ApplicationFee of 0.
  const hasAllFees = (charge?.application_fee_amount ?? 0) === 0 || charge?.application_fee !== null;
  const leg = { mode: route.mode, settled, received: received === "hidden" ? null : received };
  const snapshot: Omit<StripeSnapshot, "amounts"> = {
    chargeId: charge?.id ?? null,
    ...leg,
    livemode: intent.livemode,
    status,
    createdAt: new Date(intent.created * 1000),
    charged: { currency: intent.currency, amount: charge?.amount_captured || intent.amount },
    application: charge ? applicationOf(charge) : applicationOf(intent),
    platformPaidFee: route.mode === "direct" ? (found?.platformPaidFee ?? feeOnApplicationFee(fee)) : null,
    feesStatus: feesStatusOf(status, settled !== null && hasAllFees, route.mode === "direct" ? "direct" : received),
    amountRefunded: amountRefundedOf(after),
    refunds: refundsOf(after),
    transferReversed: reversedIn(transfers, intent.id) - releasedTransferOf(charge),
    applicationFeeRefunded: fee?.amount_refunded ?? 0,
    disputes,
    disputeStatus: disputes.at(-1)?.status ?? null,
    ...adjustmentsOf(after, leg, captured),
    // A charge does not name its payout.
    payout: null,
    details,
    asOf,
  };
  return {
    kind: "payment",
    stripePaymentId: intent.id,
    franchiseeId: route.franchiseeId,
    snapshot: { ...snapshot, amounts: amountsOfSnapshot(snapshot) },
  };
}

function feesStatusOf(
  status: PaymentStatus,
  isSettled: boolean,
  arrival: StripeSnapshot["received"] | "hidden" | "direct",
): StripeSnapshot["feesStatus"] {
  if (status === "canceled") return "final";
  if (!isSettled || arrival === null) return "pending";
  return arrival === "hidden" ? "hidden" : "final";
}

type Route = { franchiseeId: string; mode: StripeSnapshot["mode"] } | { reason: string; sharedAmong: string[] };

function routeOf(payment: StripePayment, account: string | null): Route {
  if (account !== null) return { franchiseeId: account, mode: "direct" };
  const data = payment.charge?.transfer_data ?? payment.intent.transfer_data;
  if (data) return { franchiseeId: idOf(data.destination), mode: "destination" };
  const destinations = destinationsOf(payment.transfers);
  const [franchiseeId, ...others] = destinations;
  if (franchiseeId === undefined) return { reason: "no transfer to a franchisee", sharedAmong: [] };
  if (others.length > 0) return { reason: "transfers to several franchisees", sharedAmong: destinations };
  return { franchiseeId, mode: "transfer" };
}

export function destinationsOf(transfers: readonly Stripe.Transfer[]): string[] {
  const ids = transfers.flatMap(({ destination }) => (destination === null ? [] : [idOf(destination)]));
  return [...new Set(ids)];
}

function statusOf({ id, status }: Stripe.PaymentIntent): PaymentStatus {
  const known = PAYMENT_STATUSES.find((one) => one === status);
  if (known === undefined) throw new UnreadablePaymentError(`${id} has the status ${status}, which is unknown.`);
  return known;
}

/** The known refunds of the charge. */
export function refundsIn({ refunds, charge }: StripePayment): readonly Stripe.Refund[] {
  return refunds ?? charge?.refunds?.data ?? [];
}

/** All transfers of the payment, that of a destination charge first. Throws UnreadablePaymentError. */
export function transfersOf({ charge, transfers }: StripePayment): Stripe.Transfer[] {
  const own = expanded(charge?.transfer);
  return own ? [own, ...transfers] : [...transfers];
}

/** The reversed amount of these transfers, in their common currency. */
function reversedIn(transfers: readonly Stripe.Transfer[], id: string): number {
  const [sum, other] = sumByCurrency(transfers.map(({ currency, amount_reversed: amount }) => ({ currency, amount })));
  if (other) throw new UnreadablePaymentError(`Transfers of ${id} were reversed in more currencies than one.`);
  return sum?.amount ?? 0;
}

function applicationOf({ application }: Stripe.Charge | Stripe.PaymentIntent): string | null {
  return application === null ? null : idOf(application);
}

/**
 * The application fee, once Stripe has it. Another platform's fee stays unknown if Stripe returns only its id to this
 * platform's key; its refunds are not counted. Throws UnreadablePaymentError if the fee may be this platform's.
 */
function applicationFeeOf(
  charge: Stripe.Charge | null,
  { workshopId, workshopName }: PaymentDetails,
  applicationId: string | null,
): Stripe.ApplicationFee | null {
  const application = charge && applicationOf(charge);
  const isForeign = applicationId !== null && application !== null && application !== applicationId;
  const namesWorkshop = workshopId !== null || workshopName !== null;
  if (isForeign && !namesWorkshop && !isExpanded(charge?.application_fee)) return null;
  return expanded(charge?.application_fee);
}

/** Omits texts that the API rejects in golden records too. */
function detailsOf({ metadata }: Stripe.PaymentIntent, charge: Stripe.Charge | null): PaymentDetails {
  const billing: { [Field in keyof PaymentDetails]?: string | null } = charge?.billing_details ?? {};
  return mapDetails(
    (field) => {
      const value = metadata[field] || billing[field];
      return value && value.length <= MAX_TEXT && value.isWellFormed() ? value : null;
    },
    (field) => (/^\d{1,9}$/.test(metadata[field] ?? "") ? Number(metadata[field]) : null),
  );
}

/** The limit of Stripe's metadata. */
const MAX_TEXT = 500;
