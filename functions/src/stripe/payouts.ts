import type Stripe from "stripe";
import { type Payout, PAYOUT_STATUSES } from "../domain/payout.ts";
import { type Connection, isMissing, onAccount, StripeFailure } from "./client.ts";
import { pagesOf } from "./pages.ts";
import { type PaymentPlace, UnreadablePayment } from "./payments.ts";

/** A payout of a connected account; `isTold` says whether Stripe tells what is in it. */
export interface PayoutReading {
  payout: Payout;
  isTold: boolean;
}

/** Null where Stripe does not know it. Throws StripeFailure, and UnreadablePayment for a status that is none we know. */
export async function readPayout({ ask }: Connection, account: string, id: string): Promise<PayoutReading | null> {
  const found = await ask((stripe) => stripe.payouts.retrieve(id, {}, onAccount(account))).catch((error: unknown) => {
    if (isMissing(error, "payout", "id")) return null;
    throw error;
  });
  if (!found) return null;
  const status = PAYOUT_STATUSES.find((known) => known === found.status);
  if (status === undefined) throw new UnreadablePayment(`${id} has the status ${found.status}, which is none we know.`);
  const [createdAt, arrivesAt] = [new Date(found.created * 1000), new Date(found.arrival_date * 1000)];
  // What is in a payout that somebody made by hand, or that Stripe is still putting together, cannot be told.
  return { payout: { id, status, createdAt, arrivesAt }, isTold: found.reconciliation_status === "completed" };
}

/** As deep as Stripe goes: the arrival of a transfer, the transfer, and the charge that it was made from. */
const EXPANSIONS = ["data.source", "data.source.source_transfer", "data.source.source_transfer.source_transaction"];

const PAGE = 100;

/** Pages of the payments in a payout, each once a page. A page takes a call. Throws StripeFailure. */
export async function* paymentsIn(
  { ask }: Connection,
  account: string,
  payoutId: string,
): AsyncGenerator<PaymentPlace[]> {
  const params = { payout: payoutId, limit: PAGE, expand: EXPANSIONS };
  const pages = pagesOf((page) =>
    ask((stripe) => stripe.balanceTransactions.list({ ...params, ...page }, onAccount(account))),
  );
  for await (const balances of pages) {
    const payments = new Map<string, PaymentPlace>();
    for (const { source } of balances) {
      requireExpanded(source);
      const paid = typeof source === "object" && source !== null ? paidOutOf(source, account) : null;
      if (paid) payments.set(paid.stripePaymentId, paid);
    }
    yield [...payments.values()];
  }
}

/** The payment that a balance transaction comes from: a charge of the account's own, or a transfer's arrival. */
function paidOutOf(source: Stripe.BalanceTransactionSource, account: string): PaymentPlace | null {
  if (source.object !== "charge") return null;
  const direct = idOf(source.payment_intent);
  if (direct !== null) return { stripePaymentId: direct, chargedOn: account };
  const { source_transfer: transfer } = source;
  requireExpanded(transfer);
  const charge = typeof transfer === "object" ? (transfer?.source_transaction ?? null) : null;
  requireExpanded(charge);
  const passedOn = typeof charge === "object" ? idOf(charge?.payment_intent ?? null) : null;
  return passedOn === null ? null : { stripePaymentId: passedOn, chargedOn: null };
}

/** A payment that Stripe shows no more of than an id must not be left out in silence. Throws StripeFailure. */
function requireExpanded(reference: string | object | null): void {
  if (typeof reference !== "string" || !/^(ch|py|tr)_/.test(reference)) return;
  throw new StripeFailure(`Stripe shows only the id of ${reference}: the portal's Stripe key may lack a permission.`);
}

function idOf(reference: string | { id: string } | null): string | null {
  return typeof reference === "object" ? (reference?.id ?? null) : reference;
}
