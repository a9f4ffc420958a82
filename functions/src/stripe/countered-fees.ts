import type Stripe from "stripe";
import { COUNTERED_DISPUTE } from "../domain/kept.ts";
import { compareTexts } from "../domain/canonical-json.ts";
import { type Connection, onAccount } from "./client.ts";
import { isExpanded } from "./expansion.ts";
import { listAll, listBalanceTransactions } from "./lists.ts";
import { oldestFirst, respondByOf } from "./refunds-and-disputes.ts";

/**
 * The fee for countering a dispute that was initiated after 2025-06-17, which Stripe returns if the dispute is won
 * (https://support.stripe.com/questions/june-2025-pricing-updates-for-disputes). It is not among the dispute's balance
 * transactions, but a separate `stripe_fee`, billed some weeks later, which names no dispute. Only its description
 * identifies it, such as "Card Dispute Countered Fee (2026-07-13)" (reported by integrations; not documented).
 */
const DATE = /\d{4}-\d{2}-\d{2}/;

/** In seconds. */
const DAY = 86_400;
/** The longest duration of a dispute and of Stripe's billing, in seconds. */
const LONGEST = 150 * DAY;

/** Stripe bills such fees as the first type, and has bundled several into the second. */
const TYPES = ["stripe_fee", "adjustment"] as const;

/** In Unix seconds. Earlier disputes cost no such fee. */
const FIRST = Date.parse("2025-06-17T00:00:00Z") / 1000;

/**
 * The fees of these disputes of an account. A fee that names no dispute is assigned to the newest dispute without a fee
 * that was countered before the day in its description; a returned fee, to the oldest billed and won dispute. All have
 * the same amount. Throws StripeRequestError.
 */
export async function counteredFees(
  connection: Connection,
  account: string,
  disputes: readonly Stripe.Dispute[],
): Promise<Stripe.BalanceTransaction[]> {
  const [oldest] = oldestFirst(disputes.filter(isCountered));
  if (!oldest) return [];
  const created = { gte: oldest.created - LONGEST };
  const fees: Stripe.BalanceTransaction[] = [];
  for (const type of TYPES) {
    const ofType = await listBalanceTransactions(connection, account, { type, created });
    fees.push(...ofType.filter(({ description }) => COUNTERED_DISPUTE.test(description ?? "")));
  }
  if (fees.length === 0) return [];
  const others = await listAll(connection, (stripe, page) =>
    stripe.disputes.list({ created, ...page }, onAccount(account)),
  );
  const assigned = assign(fees, oldestFirst(others.filter(isCountered)));
  const ids = new Set(disputes.map(({ id }) => id));
  return fees.filter((fee) => ids.has(assigned.get(fee.id) ?? ""));
}

/** Countering inquiries and prevented disputes costs no fee. */
function isCountered({ created, status, evidence_details: evidence }: Stripe.Dispute): boolean {
  const isDispute = status !== "prevented" && !status.startsWith("warning_");
  return evidence.submission_count > 0 && isDispute && created >= FIRST;
}

/** The dispute of each fee, by ids: the named one, or a possible one. */
function assign(fees: readonly Stripe.BalanceTransaction[], disputes: readonly Stripe.Dispute[]): Map<string, string> {
  const assigned = new Map<string, string>();
  const [billed, returned] = [new Set<string>(), new Set<string>()];
  const inOrder = fees.toSorted(
    (a, b) => incurredAt(a) - incurredAt(b) || a.created - b.created || compareTexts(a.id, b.id),
  );
  type Choose = (left: Stripe.Dispute[], fee: Stripe.BalanceTransaction) => Stripe.Dispute | undefined;
  const assignEach = (chosen: readonly Stripe.BalanceTransaction[], choose: Choose): void => {
    for (const fee of chosen) {
      const taken = fee.net < 0 ? billed : returned;
      const dispute = choose(
        disputes.filter(({ id }) => !taken.has(id)),
        fee,
      );
      if (!dispute) continue;
      assigned.set(fee.id, dispute.id);
      taken.add(dispute.id);
    }
  };
  assignEach(inOrder, (left, fee) => left.find((dispute) => names(fee, dispute)));
  const unnamed = inOrder.filter(({ id }) => !assigned.has(id));
  const [charged, refunded] = [unnamed.filter(({ net }) => net < 0), unnamed.filter(({ net }) => net > 0)];
  assignEach(charged, (left, fee) => left.findLast((dispute) => mayBeBilled(fee, dispute)));
  assignEach(refunded, (left) => left.find(({ id, status }) => status === "won" && billed.has(id)));
  return assigned;
}

/**
 * A dispute is countered between its creation and the day on which the evidence is due, or later, which Stripe allows
 * and marks (https://docs.stripe.com/api/disputes/object, `evidence_details.past_due`).
 */
function mayBeBilled(fee: Stripe.BalanceTransaction, { created, evidence_details: evidence }: Stripe.Dispute): boolean {
  const day = incurredAt(fee);
  const due = respondByOf(evidence);
  const isInTime = due === null || evidence.past_due || day <= due.getTime() / 1000 + DAY;
  return created < day + DAY && isInTime;
}

/** Whether a fee names a dispute, or its charge, by an id. */
function names(
  { source, description }: Stripe.BalanceTransaction,
  { id, charge, payment_intent }: Stripe.Dispute,
): boolean {
  const ids = [id, charge, payment_intent].flatMap((one) => (isExpanded(one) ? one.id : (one ?? [])));
  const sourceId = isExpanded(source) ? source.id : source;
  return ids.some((one) => one === sourceId || (description ?? "").includes(one));
}

/** In Unix seconds: the day in the description, or else when the fee was billed. */
function incurredAt({ description, created }: Stripe.BalanceTransaction): number {
  const day = DATE.exec(description ?? "")?.[0];
  const at = day === undefined ? NaN : Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(at) ? created : at / 1000;
}
