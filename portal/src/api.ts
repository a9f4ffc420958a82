import type { User } from "firebase/auth";
import { listAt, numberAt, textAt } from "./firestore/fields.ts";
import type { Transaction } from "./firestore/transaction.ts";
import type { Filter } from "./firestore/transaction-list.ts";

function pathOf(franchiseeId: string, ...parts: string[]): string {
  return ["/api/franchisees", ...[franchiseeId, ...parts].map(encodeURIComponent)].join("/");
}

async function request(
  user: User,
  path: string,
  { body, ...options }: { body?: object; signal?: AbortSignal } = {},
): Promise<Response> {
  const send = async (forceRefresh: boolean): Promise<Response> => {
    const headers = new Headers({ Authorization: `Bearer ${await user.getIdToken(forceRefresh)}` });
    if (!body) return fetch(path, { ...options, headers });
    headers.set("Content-Type", "application/json");
    return fetch(path, { ...options, method: "POST", headers, body: JSON.stringify(body) });
  };
  const response = await send(false);
  // If the session has ended, the refresh fails and Firebase signs the user out.
  return response.status === 401 ? send(true) : response;
}

/** Returns the CSV of all matching transactions, ignoring the search term. Throws if the request fails. */
export async function downloadCsv(
  user: User,
  franchiseeId: string,
  { status, from, to }: Filter,
  signal: AbortSignal,
): Promise<{ name: string; file: Blob }> {
  const parameters = new URLSearchParams({ format: "csv" });
  if (status !== null) parameters.set("status", status);
  if (from) parameters.set("from", from.toISOString());
  if (to) parameters.set("to", to.toISOString());
  const response = await request(user, `${pathOf(franchiseeId, "transactions")}?${parameters}`, { signal });
  if (!response.ok) throw new Error(`The export failed with status ${response.status}.`);
  const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
  return { name: name ?? `${franchiseeId}.csv`, file: await response.blob() };
}

/** A change of a transaction: its reason and the previous values. */
export interface Revision {
  revision: number;
  reason: string;
  replacedAt: Date | null;
  before: { amount_total: number | null; currency: string | null; status: string | null };
}

/** Throws if the request fails. */
export async function readRevisions(user: User, franchiseeId: string, stripePaymentId: string): Promise<Revision[]> {
  const response = await request(user, pathOf(franchiseeId, "transactions", stripePaymentId, "revisions"));
  if (!response.ok) throw new Error(`Reading the revisions failed with status ${response.status}.`);
  return listAt(await response.json(), "revisions").map((revision) => ({
    revision: numberAt(revision, "revision") ?? 0,
    reason: textAt(revision, "reason") ?? "",
    replacedAt: toDate(textAt(revision, "replacedAt")),
    before: {
      amount_total: numberAt(revision, "before", "amount_total"),
      currency: textAt(revision, "before", "currency"),
      status: textAt(revision, "before", "status"),
    },
  }));
}

function toDate(iso: string | null): Date | null {
  const date = new Date(iso ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** `changed`: the transaction differs from the page, so nothing was written. */
export type ResolveOutcome = "done" | "changed" | { refused: string | null };

/** Resolves or reopens an exception. */
export async function resolveException(
  user: User,
  transaction: Transaction,
  isResolved: boolean,
  reason: string,
): Promise<ResolveOutcome> {
  const { franchiseeId, stripePaymentId, reconciliation, currency } = transaction;
  const { amount_total, amount_stripe_fee, amount_platform_fee, amount_franchisee_net } = transaction;
  const amounts = { amount_total, amount_stripe_fee, amount_platform_fee, amount_franchisee_net };
  const { status, differences } = reconciliation;
  const body = { isResolved, reason, seen: { status, differences, amounts, currency } };
  const path = pathOf(franchiseeId, "transactions", stripePaymentId, "resolution");
  const response = await request(user, path, { body });
  if (response.ok) return "done";
  if (response.status === 409) return "changed";
  const refusal: unknown = await response.json().catch(() => null);
  return { refused: textAt(refusal, "error", "message") };
}
