import type Stripe from "stripe";
import { type Connection, onAccount } from "./client.ts";
import { listAll } from "./pages.ts";

/** Balance transactions of an account (null: the platform), all pages. Throws StripeRequestError. */
export function balancesWhere(
  { request }: Connection,
  account: string | null,
  params: Pick<Stripe.BalanceTransactionListParams, "source" | "type" | "created">,
): Promise<Stripe.BalanceTransaction[]> {
  return listAll((page) =>
    request((stripe) => stripe.balanceTransactions.list({ ...params, limit: PAGE_SIZE, ...page }, onAccount(account))),
  );
}

const PAGE_SIZE = 100;
