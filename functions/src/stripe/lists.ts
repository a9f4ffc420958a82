import type Stripe from "stripe";
import { type Connection, onAccount } from "./client.ts";

/** A page of any list of Stripe's. */
export interface List<T> {
  data: T[];
  has_more: boolean;
}

/** Requests a list page by page. */
export async function* eachPage<T extends { id: string }>(
  request: (page: { starting_after?: string }) => Promise<List<T>>,
): AsyncGenerator<T[]> {
  let cursor: string | undefined;
  for (;;) {
    const { data, has_more } = await request(cursor === undefined ? {} : { starting_after: cursor });
    yield data;
    cursor = data.at(-1)?.id;
    if (!has_more || cursor === undefined) return;
  }
}

/** Requests all pages of a list that is short. */
export async function listAll<T extends { id: string }>(
  request: (page: { starting_after?: string }) => Promise<List<T>>,
): Promise<T[]> {
  const all: T[] = [];
  for await (const page of eachPage(request)) all.push(...page);
  return all;
}

/** Lists balance transactions of an account (null: the platform). Throws StripeRequestError. */
export function listBalanceTransactions(
  { request }: Connection,
  account: string | null,
  params: Pick<Stripe.BalanceTransactionListParams, "source" | "type" | "created">,
): Promise<Stripe.BalanceTransaction[]> {
  return listAll((page) =>
    request((stripe) => stripe.balanceTransactions.list({ ...params, limit: PAGE_SIZE, ...page }, onAccount(account))),
  );
}

const PAGE_SIZE = 100;
