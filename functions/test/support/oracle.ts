/**
 * What the ledger has to say in the end, told from two things alone: the shelves of the fake Stripe, and the golden records that
 * were posted. It is simple since it knows the end, where `src/` has to get there from any direction; of `src/` it uses types only.
 * Payments here keep to one currency each, and no account withdraws its authorisation.
 */
import type Stripe from "stripe";
import type { FakeBooks } from "../../dev/fake-stripe/books.ts";
import type { Payout } from "../../src/domain/payout.ts";
import type { StripeFacts } from "../../src/domain/stripe-facts.ts";
import type { GoldenRecord, PaymentDetails } from "../../src/domain/transaction.ts";

/** Stripe's facts but for the time of their reading. */
export type Facts = Omit<StripeFacts, "asOf" | "status" | "payout"> & {
  status: string;
  payout: (Omit<Payout, "status"> & { status: string }) | null;
};

/** A golden record that was posted. */
export interface Said {
  record: GoldenRecord;
  sentAt: Date;
}

const date = (seconds: number): Date => new Date(seconds * 1000);
const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);

/** What Stripe's books say about a payment; null as long as it is for nobody, since nothing was transferred. */
export function factsInBooks(books: FakeBooks, intent: Stripe.PaymentIntent): Facts | null {
  const { account, mode } = books.orderOf(intent);
  const [platform, theirs] = [books.platform, books.connect(account)];
  const home = mode === "direct" ? theirs : platform;
  const charge = home.charge.referred(intent.latest_charge);
  const transfers = platform.transfer.newestFirst().filter((one) => charge && one.source_transaction === charge.id);
  if (mode === "transfer" && transfers.length === 0) return null;

  const { status, currency } = intent;
  const balance = status === "succeeded" ? home.balance_transaction.referred(charge?.balance_transaction) : undefined;
  const settled = balance
    ? { currency, amount: balance.amount, net: balance.net, fees: balance.fee_details.map(feeOf) }
    : null;
  const arrivals = transfers.flatMap(({ destination_payment }) => {
    const arrived = theirs.charge.referred(destination_payment);
    return theirs.balance_transaction.referred(arrived?.balance_transaction) ?? [];
  });
  const received = arrivals.length > 0 ? { currency, net: sum(arrivals.map(({ net }) => net)) } : null;
  const net = mode === "direct" ? settled?.net : received?.net;
  const fee = platform.application_fee.referred(charge?.application_fee);

  const refunds = home.refund.newestFirst().filter((one) => charge && one.charge === charge.id);
  const disputes = home.dispute.newestFirst().filter((one) => one.payment_intent === intent.id);
  const transferReversed = sum(transfers.map(({ amount_reversed: amount }) => amount));
  const feeGivenBack = fee?.amount_refunded ?? 0;
  // Of a direct charge the franchisee bears whatever the account's balance says of its refunds and disputes.
  const borneByThem = home.balance_transaction
    .newestFirst()
    .filter(({ source }) => [...refunds, ...disputes].some(({ id }) => id === source))
    .map((one) => one.net);
  const adjustment = feeGivenBack + (mode === "direct" ? sum(borneByThem) : -transferReversed);

  const stripeFee = sum((settled?.fees ?? []).flatMap(({ type, amount }) => (type === "stripe_fee" ? amount : [])));
  const amounts =
    settled && net !== undefined
      ? {
          amount_total: settled.amount,
          amount_stripe_fee: stripeFee,
          amount_platform_fee: settled.amount - stripeFee - net,
          amount_franchisee_net: net,
        }
      : null;
  return {
    chargeId: charge?.id ?? null,
    mode,
    livemode: false,
    status,
    createdAt: date(intent.created),
    charged: { currency, amount: charge?.amount_captured || intent.amount },
    settled,
    received: mode === "direct" ? null : received,
    amounts,
    feesStatus: amounts !== null || status === "canceled" ? "final" : "pending",
    amountRefunded: charge?.amount_refunded ?? 0,
    refunds: inOrder(refunds).map(({ id, amount, status: stands, reason, created }) => {
      return { id, amount, status: stands, reason, createdAt: date(created) };
    }),
    transferReversed,
    applicationFeeRefunded: feeGivenBack,
    disputes: inOrder(disputes).map(({ id, amount, status: stands, reason, created }) => {
      return { id, amount, currency, status: stands, reason, createdAt: date(created) };
    }),
    disputeStatus: inOrder(disputes).at(-1)?.status ?? null,
    netAdjustment: net === undefined ? null : { currency, amount: adjustment },
    payout: payoutOf(books, account, mode === "direct" ? (balance ? [balance] : []) : arrivals),
    details: detailsOf(intent, charge),
  };
}

const feeOf = ({ type, amount }: { type: string; amount: number }) => ({ type, amount });

function inOrder<T extends { id: string; created: number }>(all: readonly T[]): T[] {
  return all.toSorted((a, b) => a.created - b.created || (a.id < b.id ? -1 : 1));
}

/** The youngest of those that took the money to the bank, and of which Stripe tells what is in them. */
function payoutOf(books: FakeBooks, account: string, money: readonly { id: string }[]): Facts["payout"] {
  const told = books.connect(account).payout.newestFirst();
  const theirs = told.filter(({ id, reconciliation_status }) => {
    return reconciliation_status === "completed" && money.some((one) => books.paidOut.get(id)?.has(one.id));
  });
  const youngest = inOrder(theirs).at(-1);
  if (!youngest) return null;
  const { id, status, created, arrival_date } = youngest;
  return { id, status, createdAt: date(created), arrivesAt: date(arrival_date) };
}

function detailsOf({ metadata }: Stripe.PaymentIntent, charge: Stripe.Charge | undefined): PaymentDetails {
  const billing = charge?.billing_details;
  return {
    name: metadata["name"] ?? billing?.name ?? null,
    email: metadata["email"] ?? billing?.email ?? null,
    phone: metadata["phone"] ?? billing?.phone ?? null,
    workshopId: metadata["workshopId"] ?? null,
    workshopName: metadata["workshopName"] ?? null,
    workshopDate: metadata["workshopDate"] ?? null,
    workshopTime: metadata["workshopTime"] ?? null,
    participantCount: metadata["participantCount"] === undefined ? null : Number(metadata["participantCount"]),
    organizationType: metadata["organizationType"] ?? null,
  };
}

/** The record that counts: the most final one, of these the last to be signed, of those of one second the last by its content. */
export function recordInForce(said: readonly Said[]): Said | null {
  const rank = ({ record, sentAt }: Said): string => {
    const finality = record.status === "succeeded" ? 2 : record.status === "canceled" ? 1 : 0;
    const content = (part: object) => Object.entries(part).map((entry) => JSON.stringify(entry));
    const parts = [{ ...record, name: null, email: null, phone: null }, record].flatMap((part) =>
      content(part).toSorted(),
    );
    return [finality, String(sentAt.getTime()).padStart(15, "0"), ...parts].join();
  };
  return said.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1)).at(-1) ?? null;
}
