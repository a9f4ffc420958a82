import type Stripe from "stripe";
import type { BalanceTransaction } from "../domain/balance-transaction.ts";
import { paymentOf, SOURCE_LINKS } from "./balance-links.ts";
import { type Connection, nullIfMissing, onAccount } from "./client.ts";
import { eachPage, PAGE_SIZE } from "./lists.ts";
import { idOf, UnreadablePaymentError } from "./expansion.ts";

/** A movement on an account's balance as Stripe lists it. */
export interface Movement {
  balance: BalanceTransaction;
  /** Stripe returned only an id of an object that leads to its payment. */
  isUnread: boolean;
}

/** A page of movements, newest first. */
export interface MovementsPage {
  movements: Movement[];
  /** Where the next page starts; null on the last one. */
  cursor: string | null;
}

/** What Stripe states of a balance in one currency, in minor units. */
export interface StatedBalance {
  available: number;
  pending: number;
}

export type BalanceReader = ReturnType<typeof openBalanceReader>;

/** Reads the balance of a connected account. Its methods throw StripeRequestError. */
export function openBalanceReader(connection: Connection, account: string, pageSize = PAGE_SIZE) {
  const { request } = connection;
  const options = onAccount(account);

  /** The movements since then, or all of them. */
  async function page(from: Date | null, cursor: string | null): Promise<MovementsPage> {
    const list = await request((stripe) =>
      stripe.balanceTransactions.list(
        {
          limit: pageSize,
          expand: SOURCE_LINKS,
          ...(from !== null && { created: { gte: Math.floor(from.getTime() / 1000) } }),
          ...(cursor !== null && { starting_after: cursor }),
        },
        options,
      ),
    );
    const last = list.data.at(-1);
    return { movements: await readAll(list.data), cursor: list.has_more && last ? last.id : null };
  }

  /** The content of an automatic payout, page by page. */
  async function* content(
    payoutId: string,
  ): AsyncGenerator<{ movements: Movement[]; raw: Stripe.BalanceTransaction[] }> {
    const params = { payout: payoutId, expand: SOURCE_LINKS };
    const pages = eachPage(connection, (stripe, at) => stripe.balanceTransactions.list({ ...params, ...at }, options));
    for await (const raw of pages) yield { movements: await readAll(raw), raw };
  }

  /** Null if Stripe does not have it. */
  async function movement(id: string): Promise<Movement | null> {
    const expand = SOURCE_LINKS.map((path) => path.replace(/^data\./, ""));
    const found = await nullIfMissing(
      request((stripe) => stripe.balanceTransactions.retrieve(id, { expand }, options)),
      "id",
    );
    return found && read(found);
  }

  /** The ids of a page of payouts, newest first. */
  async function payouts(cursor: string | null): Promise<{ ids: string[]; hasMore: boolean }> {
    const params = { limit: pageSize, ...(cursor !== null && { starting_after: cursor }) };
    const { data, has_more } = await request((stripe) => stripe.payouts.list(params, options));
    return { ids: data.map(({ id }) => id), hasMore: has_more };
  }

  /** By currency. `available` and `pending` comprise the payments balance. */
  async function balance(): Promise<Map<string, StatedBalance>> {
    const { available, pending } = await request((stripe) => stripe.balance.retrieve({}, options));
    const stated = new Map<string, StatedBalance>();
    const of = (currency: string): StatedBalance => stated.get(currency) ?? { available: 0, pending: 0 };
    for (const { currency, amount } of available) {
      stated.set(currency, { ...of(currency), available: of(currency).available + amount });
    }
    for (const { currency, amount } of pending) {
      stated.set(currency, { ...of(currency), pending: of(currency).pending + amount });
    }
    return stated;
  }

  async function readAll(balances: readonly Stripe.BalanceTransaction[]): Promise<Movement[]> {
    const movements: Movement[] = [];
    for (const one of balances) movements.push(await read(one));
    return movements;
  }

  async function read(found: Stripe.BalanceTransaction): Promise<Movement> {
    try {
      const payment = await paymentOf(connection, account, found);
      return { balance: fieldsOf(found, payment?.stripePaymentId ?? null), isUnread: false };
    } catch (error) {
      if (!(error instanceof UnreadablePaymentError)) throw error;
      return { balance: fieldsOf(found, null), isUnread: true };
    }
  }

  return { page, content, movement, payouts, balance };
}

/** Types whose description is the sender's, and may name the customer; of others it is Stripe's own. */
const SENDERS_TEXT = /^(charge|payment|refund|transfer)/;

function fieldsOf(found: Stripe.BalanceTransaction, stripePaymentId: string | null): BalanceTransaction {
  const { id, type, currency, amount, fee, net, source } = found;
  return {
    id,
    type,
    reportingCategory: found.reporting_category,
    balanceType: found.balance_type,
    currency,
    amount,
    fee,
    net,
    feeDetails: found.fee_details.map((one) => ({ type: one.type, amount: one.amount })),
    exchangeRate: found.exchange_rate,
    createdAt: new Date(found.created * 1000),
    availableAt: new Date(found.available_on * 1000),
    status: found.status === "available" ? "available" : "pending",
    source: source === null ? null : idOf(source),
    description: SENDERS_TEXT.test(type) ? null : found.description,
    stripePaymentId,
  };
}
