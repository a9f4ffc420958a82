import type Stripe from "stripe";
import { type Connection, isMissing, nullIfMissing, onAccount } from "./client.ts";
import { listAll, PAGE_SIZE } from "./lists.ts";
import { expanded, idOf, isExpanded, UnreadablePaymentError } from "./expansion.ts";
import { fetchUnlinkedBalances, hasGaps } from "./unlinked-balances.ts";
import { CHARGE_EXPANSIONS, destinationsOf, type PaymentResult, readPayment, type StripePayment } from "./payments.ts";

/** A range of creation times, both ends included. */
interface TimeRange {
  from: Date;
  to: Date;
}

/** One page of charges, newest first. */
export interface ChargesPage {
  results: PaymentResult[];
  /** Ids of payments that a list does not fully show; fetch them one by one. */
  incomplete: string[];
  /** Superseded attempts, and arrivals of transfers. */
  skipped: number;
  failures: { stripePaymentId: string; reason: string }[];
  /** Where the next page starts; null on the last one. */
  cursor: string | null;
  /** When the last charge of the page was created; null on an empty page. */
  reached: Date | null;
}

/** Stripe no longer has the charge that the cursor names. */
export class CursorGoneError extends Error {
  override readonly name = "CursorGoneError";
}

export type AccountReader = ReturnType<typeof openAccountReader>;

/**
 * Reads one account: the platform's own (null), or a connected one. Its methods throw StripeRequestError, and
 * UnreadablePaymentError if Stripe's objects contradict each other.
 */
export function openAccountReader(connection: Connection, account: string | null, pageSize = PAGE_SIZE) {
  const { request, applicationId } = connection;
  const options = onAccount(account);

  async function chargesPage(range: TimeRange, cursor: string | null): Promise<ChargesPage> {
    let asOf = new Date();
    const list = await request((stripe, sentAt) => {
      asOf = sentAt;
      return stripe.charges.list(
        {
          created: toSeconds(range),
          limit: pageSize,
          expand: ["payment_intent", ...CHARGE_EXPANSIONS].map((path) => `data.${path}`),
          ...(cursor !== null && { starting_after: cursor }),
        },
        options,
      );
    }).catch((error: unknown) => {
      throw isMissing(error, "starting_after") ? new CursorGoneError(`There is no charge ${cursor}.`) : error;
    });
    const page: ChargesPage = { results: [], incomplete: [], skipped: 0, failures: [], cursor: null, reached: null };
    for (const charge of list.data) addCharge(page, charge, asOf);
    const last = list.data.at(-1);
    if (!last) return page;
    return { ...page, cursor: list.has_more ? last.id : null, reached: new Date(last.created * 1000) };
  }

  function addCharge(page: ChargesPage, charge: Stripe.Charge, asOf: Date): void {
    const { payment_intent: intent } = charge;
    // The arrival of a transfer is a charge on the destination account, without a PaymentIntent.
    if (intent === null && charge.source_transfer !== null) {
      page.skipped += 1;
    } else if (intent === null) {
      page.results.push({ kind: "unrouted", stripePaymentId: null, reason: "no PaymentIntent", sharedAmong: [] });
    } else if (typeof intent === "string") {
      // A list may not expand it; a retrieval by id may.
      page.incomplete.push(intent);
    } else if (intent.latest_charge !== charge.id) {
      page.skipped += 1;
    } else if (charge.disputed || charge.refunds?.has_more === true || hasOtherTransfers(charge)) {
      page.incomplete.push(intent.id);
    } else {
      try {
        const objects: StripePayment = { intent, charge, transfers: [], disputes: [] };
        if (hasGaps(objects, account)) page.incomplete.push(intent.id);
        else page.results.push(readPayment(objects, account, { asOf, applicationId }));
      } catch (error) {
        if (!(error instanceof UnreadablePaymentError)) throw error;
        page.failures.push({ stripePaymentId: intent.id, reason: error.message });
      }
    }
  }

  /** Separate transfers belong to a group. A destination charge has a group too, but its own transfer. */
  function hasOtherTransfers(charge: Stripe.Charge): boolean {
    return account === null && charge.transfer_data === null && charge.transfer_group !== null;
  }

  /** A payment by its PaymentIntent's id; null if Stripe does not have it. Costs one call, rarely more. */
  async function payment(stripePaymentId: string): Promise<PaymentResult | null> {
    let asOf = new Date();
    const expand = CHARGE_EXPANSIONS.map((path) => `latest_charge.${path}`);
    const retrieved = request((stripe, sentAt) => {
      asOf = sentAt;
      return stripe.paymentIntents.retrieve(stripePaymentId, { expand }, options);
    });
    const intent = await nullIfMissing(retrieved, "intent");
    if (!intent) return null;
    const charge = expanded(intent.latest_charge);
    const disputes = charge?.disputed ? await disputesOf(stripePaymentId) : [];
    const refunds = charge?.refunds?.has_more ? await refundsOf(charge) : undefined;
    const transfers = charge && hasOtherTransfers(charge) ? await transfersFor(charge) : [];
    if ("sharedAmong" in transfers) return { kind: "unrouted", stripePaymentId, ...transfers };
    const objects: StripePayment = { intent, charge, transfers, disputes, refunds };
    const found = await fetchUnlinkedBalances(connection, objects, account);
    return readPayment({ ...objects, found }, account, { asOf, applicationId });
  }

  function disputesOf(stripePaymentId: string): Promise<Stripe.Dispute[]> {
    const params = { payment_intent: stripePaymentId };
    return listAll(connection, (stripe, page) => stripe.disputes.list({ ...params, ...page }, options));
  }

  /** A charge includes its ten newest refunds. */
  function refundsOf({ id }: Stripe.Charge): Promise<Stripe.Refund[]> {
    const params = { charge: id, expand: ["data.balance_transaction", "data.failure_balance_transaction"] };
    return listAll(connection, (stripe, page) => stripe.refunds.list({ ...params, ...page }, options));
  }

  /**
   * The transfers of the charge's group that were made from it, or from no charge. If the group has several charges, a
   * transfer from no charge is shared among them.
   */
  async function transfersFor({
    id,
    transfer_group: group,
  }: Stripe.Charge): Promise<Stripe.Transfer[] | { reason: string; sharedAmong: string[] }> {
    const params = { transfer_group: group ?? "", expand: ["data.destination_payment.balance_transaction"] };
    const transfers = await listAll(connection, (stripe, page) =>
      stripe.transfers.list({ ...params, ...page }, options),
    );
    if (transfers.some(({ source_transaction: source }) => source === null)) {
      const withIntent = { ...params, expand: ["data.payment_intent"] };
      const charges = await listAll(connection, (stripe, page) =>
        stripe.charges.list({ ...withIntent, ...page }, options),
      );
      const mayHavePaid = charges.filter((charge) => charge.status !== "failed" && !isReleased(charge));
      if (mayHavePaid.some((other) => other.id !== id)) {
        return { reason: "transfers for several charges together", sharedAmong: destinationsOf(transfers) };
      }
    }
    return transfers.filter(({ source_transaction: source }) => source === null || source === id);
  }

  /**
   * The ids of payments charged before `chargedBefore` that were refunded or disputed in the range. Refunds on a
   * connected account are found by their movements on its balance; an inquiry moves nothing.
   */
  async function updatedPayments(range: TimeRange, chargedBefore: Date): Promise<string[]> {
    const params = { created: toSeconds(range), expand: ["data.charge"] };
    const refunds =
      account === null
        ? await listAll(connection, (stripe, page) => stripe.refunds.list({ ...params, ...page }, options))
        : [];
    const disputes = await listAll(connection, (stripe, page) => stripe.disputes.list({ ...params, ...page }, options));
    const ids = [...refunds, ...disputes].flatMap(({ payment_intent: intent, charge }) => {
      const chargedAt = isExpanded(charge) ? charge.created * 1000 : -Infinity;
      return intent === null || chargedAt >= chargedBefore.getTime() ? [] : [idOf(intent)];
    });
    return [...new Set(ids)];
  }

  return { chargesPage, payment, updatedPayments };
}

/** Whether an authorisation expired or was cancelled. */
function isReleased({ captured, refunded, payment_intent: intent }: Stripe.Charge): boolean {
  return !captured && (refunded || (isExpanded(intent) && intent.status === "canceled"));
}

/** Stripe's timestamps are in seconds; rounding may only extend the range. */
function toSeconds({ from, to }: TimeRange): Stripe.RangeQueryParam {
  return { gte: Math.floor(from.getTime() / 1000), lte: Math.ceil(to.getTime() / 1000) };
}
