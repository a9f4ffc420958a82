import type Stripe from "stripe";
import { type Connection, onAccount } from "./client.ts";
import { isExpanded } from "./expansion.ts";
import { everything } from "./pages.ts";
import { oldestFirst } from "./aftermath.ts";

/**
 * The fee for countering a dispute that was initiated after 2025-06-17, which Stripe returns if the dispute is won
 * (https://support.stripe.com/questions/june-2025-pricing-updates-for-disputes). It is not among the dispute's balance transactions: it is
 * a `stripe_fee` of its own, billed some weeks later, that names no dispute, and that is known by its description alone, such as "Card
 * Dispute Countered Fee (2026-07-13)" (reported by integrations; Stripe does not document it).
 */
const DESCRIPTION = /dispute countered/i;
const DAY = /\d{4}-\d{2}-\d{2}/;

/** A dispute lasts for so long at most, in seconds, and so long may Stripe take to bill it. */
const LONGEST = 150 * 86_400;

const PAGE_SIZE = 100;

/**
 * Those that belong to these disputes of an account. Where none names its dispute, each is taken for the oldest dispute that was countered,
 * and that has none yet: they are all the same amount, so that only the day can be another one's. Throws StripeFailure.
 */
export async function counteredFees(
  { ask }: Connection,
  account: string,
  disputes: readonly Stripe.Dispute[],
): Promise<Stripe.BalanceTransaction[]> {
  const [oldest] = oldestFirst(disputes.filter(isCountered));
  if (!oldest) return [];
  const created = { gte: oldest.created - LONGEST };
  const params = { created, limit: PAGE_SIZE };
  const fees = await everything((page) =>
    ask((stripe) => stripe.balanceTransactions.list({ ...params, type: "stripe_fee", ...page }, onAccount(account))),
  );
  const unassigned = fees.filter(({ description }) => DESCRIPTION.test(description ?? ""));
  if (unassigned.length === 0) return [];
  const others = await everything((page) =>
    ask((stripe) => stripe.disputes.list({ ...params, ...page }, onAccount(account))),
  );
  const assigned = assign(unassigned, oldestFirst(others.filter(isCountered)));
  const ids = new Set(disputes.map(({ id }) => id));
  return unassigned.filter((fee) => ids.has(assigned.get(fee.id) ?? ""));
}

function isCountered({ evidence_details: evidence }: Stripe.Dispute): boolean {
  return evidence.submission_count > 0;
}

/** The dispute of each fee, by their ids: the one that it names, or the oldest that may be meant. */
function assign(fees: readonly Stripe.BalanceTransaction[], disputes: readonly Stripe.Dispute[]): Map<string, string> {
  const assigned = new Map<string, string>();
  const [billed, returned] = [new Set<string>(), new Set<string>()];
  const inOrder = fees.toSorted((a, b) => activeOn(a) - activeOn(b) || a.created - b.created || (a.id < b.id ? -1 : 1));
  for (const isNamed of [true, false]) {
    for (const fee of inOrder) {
      if (assigned.has(fee.id)) continue;
      const taken = fee.net < 0 ? billed : returned;
      const meant = disputes.find((dispute) => {
        if (taken.has(dispute.id)) return false;
        if (isNamed) return names(fee, dispute);
        const mayBe = fee.net < 0 ? dispute.created < activeOn(fee) + 86_400 : dispute.status === "won";
        return mayBe;
      });
      if (!meant) continue;
      assigned.set(fee.id, meant.id);
      taken.add(meant.id);
    }
  }
  return assigned;
}

/** Whether a fee refers to a dispute, or to its charge, by an id. */
function names(
  { source, description }: Stripe.BalanceTransaction,
  { id, charge, payment_intent }: Stripe.Dispute,
): boolean {
  const ids = [id, charge, payment_intent].flatMap((one) => (isExpanded(one) ? one.id : (one ?? [])));
  const sourceId = isExpanded(source) ? source.id : source;
  return ids.some((one) => one === sourceId || (description ?? "").includes(one));
}

/** When it was incurred, in seconds: the day in its description, else when it was billed. */
function activeOn({ description, created }: Stripe.BalanceTransaction): number {
  const day = DAY.exec(description ?? "")?.[0];
  const at = day === undefined ? NaN : Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(at) ? created : at / 1000;
}
