/** What happened to a payment, as the payment panel lists it. */
import { isInquiry, needsResponse } from "../../functions/src/domain/reversal-statuses.ts";
import { depositStatusText } from "./balance-messages.ts";
import type { Dispute, Transaction } from "./firestore/transaction.ts";
import { humanize, statusText, TEXT } from "./messages.ts";
import { money, signedMoney } from "./money.ts";
import { addressOf } from "./route.ts";

export interface Happening {
  id: string;
  /** Null: Stripe does not say when, so it comes last. */
  at: Date | null;
  /** A day without a time, as midnight UTC. */
  isDay?: boolean;
  title: string;
  amount: string | null;
  details: readonly string[];
  /** The last moment at which a dispute can be answered. */
  respondBy?: Date | null;
  href?: string;
}

/** Oldest first. */
export function timelineOf(transaction: Transaction): Happening[] {
  const { franchiseeId, stripePaymentId, createdAt, status, currency, amount_total, stripe } = transaction;
  const happenings: Happening[] = [
    {
      id: stripePaymentId,
      at: createdAt,
      title: statusText(status),
      amount: money(amount_total, currency),
      details: [],
    },
    ...feesOf(transaction),
    ...(stripe?.refunds ?? []).map((refund) => ({
      id: refund.id,
      at: refund.createdAt,
      title: TEXT.refund,
      amount: signedMoney(-refund.amount, refund.currency),
      details: wordsOf(refund.status, refund.reason),
    })),
    ...(stripe?.disputes ?? []).map(disputeOf),
  ];
  if (stripe?.payout) {
    const { id, status: state, arrivesAt } = stripe.payout;
    happenings.push({
      id,
      at: arrivesAt,
      isDay: true,
      title: TEXT.deposit,
      amount: null,
      details: state === null ? [] : [depositStatusText({ status: state, reversedByPayoutId: null })],
      href: addressOf(franchiseeId, "deposits", id),
    });
  }
  return happenings.toSorted((a, b) => (a.at?.getTime() ?? Infinity) - (b.at?.getTime() ?? Infinity));
}

function disputeOf(dispute: Dispute): Happening {
  const { id, createdAt, status, reason, amount, currency, respondBy } = dispute;
  const isQuestion = isInquiry(dispute);
  return {
    id,
    at: createdAt,
    title: isQuestion ? TEXT.inquiry : TEXT.dispute,
    amount: isQuestion ? money(amount, currency) : signedMoney(-amount, currency),
    details: wordsOf(status, reason),
    respondBy: needsResponse(dispute) ? respondBy : null,
  };
}

/** They are deducted when the payment is made. */
function feesOf(transaction: Transaction): Happening[] {
  const { stripePaymentId, createdAt, status, currency, amount_stripe_fee, amount_platform_fee } = transaction;
  const fees = amount_stripe_fee + amount_platform_fee;
  if (status !== "succeeded" || fees === 0) return [];
  const parts: [string, number][] = [
    [TEXT.stripeFee, amount_stripe_fee],
    [TEXT.platformFee, amount_platform_fee],
  ];
  const details = parts
    .filter(([, amount]) => amount !== 0)
    .map(([name, amount]) => `${name} ${money(amount, currency)}`);
  const id = `fees of ${stripePaymentId}`;
  return [{ id, at: createdAt, title: TEXT.fees, amount: signedMoney(-fees, currency), details }];
}

function wordsOf(...words: (string | null)[]): string[] {
  return words.flatMap((word) => (word === null ? [] : [humanize(word)]));
}
