/**
 * The ledger's expected content at the end of a scenario, derived from two inputs only: the fake Stripe's accounts, and
 * the golden records that were posted. It is simple because it knows the end, where `src/` has to handle any order. It
 * imports only types from `src/`. It does not support accounts that deauthorize the platform.
 */
import type Stripe from "stripe";
import sample from "../../tools/local/sample-golden-record.json" with { type: "json" };
import type { FakeBooks } from "../../testing/fake-stripe/books.ts";
import type { AccountObjects } from "../../testing/fake-stripe/object-store.ts";
import type { Payout } from "../../src/domain/payout.ts";
import type { StripeSnapshot } from "../../src/domain/stripe-snapshot.ts";
import type { GoldenRecord } from "../../src/domain/golden-record.ts";

type Details = Record<string, string | number | null>;

/** A Stripe snapshot without the time of its reading. */
export type OracleSnapshot = Omit<StripeSnapshot, "asOf" | "status" | "payout" | "details"> & {
  status: string;
  details: Details;
  payout: (Omit<Payout, "status"> & { status: string }) | null;
};

/** A golden record that was posted. */
export interface SignedRecord {
  record: GoldenRecord;
  sentAt: Date;
}

const date = (seconds: number): Date => new Date(seconds * 1000);
const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);

/** Fee types that are Stripe's fee, by docs/stripe-behaviour.md. */
const OF_STRIPE = /^(stripe_fee|payment_method_passthrough_fee|tax|withheld_tax)$/;

/** The Stripe snapshot according to the fake's accounts; null while nothing has been transferred to a franchisee. */
export function snapshotInBooks(books: FakeBooks, intent: Stripe.PaymentIntent): OracleSnapshot | null {
  const { account, mode } = books.specOf(intent);
  const [platform, theirs] = [books.platform, books.connect(account)];
  const home = mode === "direct" ? theirs : platform;
  const charge = home.charge.referred(intent.latest_charge);
  const transfers = platform.transfer.newestFirst().filter((one) => charge && isOf(one, charge));
  if (mode === "transfer" && transfers.length === 0) return null;

  const { status } = intent;
  const bookedAt = (place: AccountObjects) =>
    place.balance_transaction.newestFirst().filter(({ id }) => books.bookedFor.get(id) === intent.id);
  const hasSettled = status === "succeeded" && typeof charge?.balance_transaction === "string";
  // Captures and releases of the uncaptured rest are the payment itself; everything else came after it.
  const captured = hasSettled ? bookedAt(home).filter(isCaptured).toReversed() : [];
  const currency = captured[0]?.currency ?? intent.currency;
  const fees = new Map<string, number>();
  for (const { type, amount } of captured.flatMap(({ fee_details }) => fee_details)) {
    fees.set(type, (fees.get(type) ?? 0) + amount);
  }
  const settled = hasSettled
    ? {
        currency,
        amount: sum(captured.map(({ amount }) => amount)),
        net: sum(captured.map(({ net }) => net)),
        fees: [...fees].map(([type, amount]) => ({ type, amount })),
      }
    : null;
  // A reversal of transferred money that was not captured is part of the arrival.
  const releases = theirs.refund.newestFirst().filter(({ source_transfer_reversal: by }) => isReleased(books, by));
  const releasing = new Set(releases.map(({ id }) => id));
  const isArrival = ({ type, source }: Stripe.BalanceTransaction) =>
    type === "payment" || (typeof source === "string" && releasing.has(source));
  const arrivals = mode === "direct" ? [] : bookedAt(theirs).filter(isArrival);
  const arrivedIn = arrivals[0]?.currency ?? currency;
  const received = arrivals.length > 0 ? { currency: arrivedIn, net: sum(arrivals.map(({ net }) => net)) } : null;
  const leg = mode === "direct" ? settled : received;
  const fee = platform.application_fee.referred(charge?.application_fee);
  const paid = mode === "direct" && hasSettled ? platformPaid(books, intent, charge) : null;

  const refunds = home.refund
    .newestFirst()
    .filter((one) => charge && one.charge === charge.id && !books.released.has(one.id));
  const disputes = home.dispute.newestFirst().filter((one) => one.payment_intent === intent.id);
  // The account's balance shows the adjustments: everything booked on it for this payment, except the payment itself.
  const onTheirBalance = sum(bookedAt(theirs).map(({ net }) => net));
  const ofPayment = new Set((mode === "direct" ? captured : arrivals).map(({ id }) => id));
  const later = bookedAt(theirs).filter(({ id }) => !ofPayment.has(id));

  const ofStripe = (settled?.fees ?? []).filter(({ type }) => OF_STRIPE.test(type));
  const paidInIt = paid?.currency === currency ? paid.amount : 0;
  const stripeFee = sum(ofStripe.map(({ amount }) => amount)) + paidInIt;
  const amounts =
    settled && leg && leg.currency === currency
      ? {
          amount_total: settled.amount,
          amount_stripe_fee: stripeFee,
          amount_platform_fee: settled.amount - stripeFee - leg.net,
          amount_franchisee_net: leg.net,
        }
      : null;
  return {
    chargeId: charge?.id ?? null,
    mode,
    livemode: false,
    status,
    createdAt: date(intent.created),
    charged: { currency: intent.currency, amount: charge?.amount_captured || intent.amount },
    application: typeof intent.application === "string" ? intent.application : null,
    settled,
    platformPaidFee: paid,
    received: mode === "direct" ? null : received,
    amounts,
    feesStatus: (settled && leg) || status === "canceled" ? "final" : "pending",
    amountRefunded: sum(refunds.flatMap((one) => (one.status === "failed" ? [] : one.amount))),
    refunds: inOrder(refunds).map(({ id, amount, status: currentStatus, reason, created }) => {
      return { id, amount, status: currentStatus, reason, createdAt: date(created) };
    }),
    transferReversed: sum(
      transfers.flatMap(({ reversals }) => reversals.data.map((one) => (isReleased(books, one.id) ? 0 : one.amount))),
    ),
    applicationFeeRefunded: fee?.amount_refunded ?? 0,
    disputes: inOrder(disputes).map(
      ({
        id,
        amount,
        currency: disputeCurrency,
        status: currentStatus,
        reason,
        created,
        evidence_details: evidence,
      }) => {
        const isCountered = evidence.submission_count > 0;
        return {
          id,
          amount,
          currency: disputeCurrency,
          status: currentStatus,
          reason,
          isCountered,
          respondBy: evidence.due_by ? date(evidence.due_by) : null,
          createdAt: date(created),
        };
      },
    ),
    disputeStatus: inOrder(disputes).at(-1)?.status ?? null,
    netAdjustment: leg && { currency: leg.currency, amount: onTheirBalance - leg.net },
    otherAdjustments: [],
    adjustmentParts: adjustmentPartsIn(leg?.currency ?? currency, later),
    payout: payoutOf(books, account, mode === "direct" ? captured.filter(isReceived) : arrivals.filter(isReceived)),
    details: detailsOf(intent, charge),
  };
}

type Booked = Pick<Stripe.BalanceTransaction, "reporting_category" | "amount" | "fee" | "net" | "description"> & {
  source: unknown;
};

/** What was booked after a payment, by what it was for. None if all of it is 0. */
export function adjustmentPartsIn(currency: string, later: readonly Booked[]): OracleSnapshot["adjustmentParts"] {
  const gone = later.filter(({ reporting_category: category }) => category.startsWith("refund"));
  const disputed = later.filter(({ reporting_category: category }) => category.startsWith("dispute"));
  const alone = later.filter((one) => !gone.includes(one) && !disputed.includes(one));
  const isOfDispute = ({ source, description }: Booked): boolean =>
    /countered/i.test(description ?? "") || (typeof source === "string" && source.startsWith("dp_"));
  const parts = {
    refunds: sum(gone.map(({ amount }) => amount)),
    disputes: sum(disputed.map(({ amount }) => amount)),
    disputeFees: sum([...disputed.map(({ fee }) => -fee), ...alone.filter(isOfDispute).map(({ net }) => net)]),
    feesReturned: sum([
      ...gone.map(({ fee }) => -fee),
      ...alone.filter((one) => !isOfDispute(one)).map(({ net }) => net),
    ]),
    // The fake books nothing else for a payment.
    other: 0,
  };
  return Object.values(parts).some((amount) => amount !== 0) ? [{ currency, ...parts }] : [];
}

/** A transfer without a charge belongs to the only charge of its group. */
function isOf({ source_transaction: source, transfer_group: group }: Stripe.Transfer, charge: Stripe.Charge): boolean {
  return source === null ? group === charge.transfer_group : source === charge.id;
}

/** Whether this reverses transferred money that was not captured. */
export function isReleased({ released }: FakeBooks, reversal: string | { id: string } | null | undefined): boolean {
  const id = typeof reversal === "string" ? reversal : reversal?.id;
  return id !== undefined && released.has(id);
}

function isCaptured({ reporting_category: category }: Stripe.BalanceTransaction): boolean {
  return category === "charge" || category === "partial_capture_reversal";
}

/** Whether it is the money of a payment itself. A withdrawal may contain only its uncaptured part. */
function isReceived({ type }: Stripe.BalanceTransaction): boolean {
  return type === "charge" || type === "payment";
}

/** Stripe's fee that the platform paid for a direct charge, if this Stripe states it. */
function platformPaid(books: FakeBooks, intent: Stripe.PaymentIntent, charge: Stripe.Charge | undefined) {
  if (!books.platformPaysFees(books.specOf(intent))) return null;
  const { balance_transaction: onPlatform, application_fee: fees } = books.platform;
  const earned = onPlatform.referred(fees.referred(charge?.application_fee)?.balance_transaction);
  const within = sum((earned?.fee_details ?? []).map(({ amount }) => amount));
  if (earned && within > 0) return { currency: earned.currency, amount: within };
  const named = onPlatform.newestFirst().find(({ type, source }) => type === "stripe_fee" && source === charge?.id);
  return named ? { currency: named.currency, amount: -named.net } : null;
}

function inOrder<T extends { id: string; created: number }>(all: readonly T[]): T[] {
  return all.toSorted((a, b) => a.created - b.created || (a.id < b.id ? -1 : 1));
}

/**
 * The newest payout that contained the money and whose content Stripe lists. The money of a failed payout is in the one
 * that contains its `payout_failure`.
 */
function payoutOf(books: FakeBooks, account: string, money: readonly { id: string }[]): OracleSnapshot["payout"] {
  const { payout: all, balance_transaction: balances } = books.connect(account);
  const took = (payout: Stripe.Payout): boolean => {
    const content = [...(books.paidOut.get(payout.id) ?? [])];
    return content.some((id) => {
      if (money.some((one) => one.id === id)) return true;
      const { type, source } = balances.get(id) ?? {};
      const failed = type === "payout_failure" ? all.referred(source) : undefined;
      // Stripe does not list the content of a manual payout.
      return failed?.automatic === true && took(failed);
    });
  };
  const theirs = all.newestFirst().filter((one) => one.reconciliation_status === "completed" && took(one));
  const youngest = inOrder(theirs).at(-1);
  if (!youngest) return null;
  const { id, status, created, arrival_date } = youngest;
  return { id, status, createdAt: date(created), arrivesAt: date(arrival_date) };
}

/** The descriptive fields of the sample record: all except its id, amounts and status. */
export const DETAILS = Object.keys(sample).filter((field) => !/^(stripePaymentId|amount_.*|status)$/.test(field));

function detailsOf({ metadata }: Stripe.PaymentIntent, charge: Stripe.Charge | undefined): Details {
  const { name = null, email = null, phone = null } = charge?.billing_details ?? {};
  const sources: Details = { name, email, phone, ...metadata };
  const valueOf = (field: string): string | number | null => sources[field] ?? null;
  const count = valueOf("participantCount");
  return {
    ...Object.fromEntries(DETAILS.map((field) => [field, valueOf(field)])),
    participantCount: count === null ? null : Number(count),
  };
}

/** The record in force: the most final one, then the last signed, then the last by content. */
export function recordInForce(records: readonly SignedRecord[]): SignedRecord | null {
  const rank = ({ record, sentAt }: SignedRecord): string => {
    const finality = record.status === "succeeded" ? 2 : record.status === "canceled" ? 1 : 0;
    const content = (part: object) => Object.entries(part).map((entry) => JSON.stringify(entry));
    const parts = [{ ...record, name: null, email: null, phone: null }, record].flatMap((part) =>
      content(part).toSorted(),
    );
    return [finality, String(sentAt.getTime()).padStart(15, "0"), ...parts].join();
  };
  return records.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1)).at(-1) ?? null;
}
