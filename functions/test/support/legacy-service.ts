/**
 * The legacy service's `firebase_db.py`, line by line from its README. If you have its code, compare it with this file
 * first: the rehearsal of the migration (docs/migration.md) depends on it.
 */
import { Timestamp } from "firebase-admin/firestore";
import { transactionsOf } from "./database.ts";

/** What a sender posted, without validation. */
export type TransactionData = Readonly<Record<string, unknown>>;

/** `record_transaction`: `set` replaces the whole document. */
export async function recordTransaction(
  franchiseeId: string,
  data: TransactionData,
  utcnow = Timestamp.now(),
): Promise<void> {
  // As Python's `dict.get`: a field that is present and null is null.
  const get = (field: string, missing: unknown = null): unknown => (field in data ? data[field] : missing);
  let amountTotal = get("amount_total");
  if (amountTotal === null) amountTotal = get("amount", 0);
  const dataToSave = {
    stripePaymentId: get("stripePaymentId"),
    amount_total: get("amount_total", amountTotal),
    amount_stripe_fee: get("amount_stripe_fee", 0),
    amount_platform_fee: get("amount_platform_fee", 0),
    amount_franchisee_net: get("amount_franchisee_net", 0),
    name: get("name"),
    email: get("email"),
    phone: get("phone"),
    workshopId: get("workshopId"),
    workshopName: get("workshopName"),
    workshopDate: get("workshopDate"),
    workshopTime: get("workshopTime"),
    participantCount: get("participantCount"),
    organizationType: get("organizationType"),
    status: get("status"),
    createdAt: utcnow,
  };
  await transactionsOf(franchiseeId)
    .doc(String(get("stripePaymentId")))
    .set(dataToSave);
}

/** `get_transactions`: newest first. */
export async function getTransactions(franchiseeId: string, limit = 50): Promise<TransactionData[]> {
  const { docs } = await transactionsOf(franchiseeId).orderBy("createdAt", "desc").limit(limit).get();
  return docs.map((document) => document.data());
}

/**
 * `sync_transactions`: records the payments of Stripe that have no document yet, by the old field names. Returns them.
 */
export async function syncTransactions(
  franchiseeId: string,
  payments: readonly { id: string; amount: number; status: string }[],
): Promise<TransactionData[]> {
  const recorded: TransactionData[] = [];
  for (const { id, amount, status } of payments) {
    const { exists } = await transactionsOf(franchiseeId).doc(id).get();
    if (exists) continue;
    const data = { stripePaymentId: id, amount, status };
    await recordTransaction(franchiseeId, data);
    recorded.push(data);
  }
  return recorded;
}
