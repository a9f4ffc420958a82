import type Stripe from "stripe";
import { type Connection, onAccount } from "./client.ts";

/** Stripe's maximum. */
export const PAGE_SIZE = 100;

interface Page {
  limit: number;
  starting_after?: string;
}

type SendPage<T> = (stripe: Stripe, page: Page) => Promise<{ data: T[]; has_more: boolean }>;

export async function* eachPage<T extends { id: string }>(
  { request }: Connection,
  send: SendPage<T>,
): AsyncGenerator<T[]> {
  const page: Page = { limit: PAGE_SIZE };
  for (;;) {
    const { data, has_more } = await request((stripe) => send(stripe, page));
    yield data;
    const last = data.at(-1);
    if (!has_more || !last) return;
    page.starting_after = last.id;
  }
}

export async function listAll<T extends { id: string }>(connection: Connection, send: SendPage<T>): Promise<T[]> {
  return (await Array.fromAsync(eachPage(connection, send))).flat();
}

/** Lists balance transactions of an account (null: the platform). Throws StripeRequestError. */
export function listBalanceTransactions(
  connection: Connection,
  account: string | null,
  params: Pick<Stripe.BalanceTransactionListParams, "source" | "type" | "created">,
): Promise<Stripe.BalanceTransaction[]> {
  return listAll(connection, (stripe, page) =>
    stripe.balanceTransactions.list({ ...params, ...page }, onAccount(account)),
  );
}
