/** The API of the portal, asked in the name of who is signed in. */
import type { User } from "firebase/auth";
import { at, dateAt, isFields, listAt, numberAt, textAt } from "./firestore/fields.ts";
import type { Payment } from "./firestore/transaction.ts";

function pathOf(franchiseeId: string, ...parts: string[]): string {
  return ["/api/franchisees", ...[franchiseeId, ...parts].map(encodeURIComponent)].join("/");
}

async function ask(
  user: User,
  path: string,
  { body, ...options }: { body?: object; signal?: AbortSignal } = {},
): Promise<Response> {
  const send = async (isRebundled: boolean): Promise<Response> => {
    const headers = new Headers({ Authorization: `Bearer ${await user.getIdToken(isRebundled)}` });
    if (!body) return fetch(path, { ...options, headers });
    headers.set("Content-Type", "application/json");
    return fetch(path, { ...options, method: "POST", headers, body: JSON.stringify(body) });
  };
  const response = await send(false);
  // With a session that has ended there is no other token to be had, and Firebase signs out by itself.
  return response.status === 401 ? send(true) : response;
}

export interface ExportFilter {
  status: string | null;
  from: Date | null;
  to: Date | null;
}

/** All payments that a filter lets through, as a file, and its name. Throws where the server does not give it. */
export async function downloadCsv(
  user: User,
  franchiseeId: string,
  { status, from, to }: ExportFilter,
  signal: AbortSignal,
): Promise<{ name: string; file: Blob }> {
  const asked = new URLSearchParams({ format: "csv" });
  if (status !== null) asked.set("status", status);
  if (from) asked.set("from", from.toISOString());
  if (to) asked.set("to", to.toISOString());
  const response = await ask(user, `${pathOf(franchiseeId, "transactions")}?${asked}`, { signal });
  if (!response.ok) throw new Error(`The export was answered with ${response.status}.`);
  const named = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
  return { name: named ?? `${franchiseeId}.csv`, file: await response.blob() };
}

/** One step in the history of a payment: what replaced the version before it, and why. */
export interface Revision {
  revision: number;
  reason: string;
  replacedAt: Date | null;
  total: number | null;
  /** Null where it named none. */
  currency: string | null;
  status: string | null;
}

/** Throws where the server does not give it. */
export async function readRevisions(user: User, franchiseeId: string, payment: string): Promise<Revision[]> {
  const response = await ask(user, pathOf(franchiseeId, "transactions", payment, "revisions"));
  if (!response.ok) throw new Error(`The revisions were answered with ${response.status}.`);
  return listAt(await response.json(), "revisions").map((one) => ({
    revision: numberAt(one, "revision") ?? 0,
    reason: textAt(one, "reason") ?? "",
    replacedAt: instantAt(one, "replacedAt"),
    total: numberAt(one, "before", "amount_total"),
    currency: textAt(one, "before", "currency"),
    status: textAt(one, "before", "status"),
  }));
}

/** A time in JSON. */
function instantAt(value: unknown, name: string): Date | null {
  const written = textAt(value, name);
  const date = written === null ? dateAt(value, name) : new Date(written);
  return date && !Number.isNaN(date.getTime()) ? date : null;
}

/** `changed`: it is no longer what was looked at, and nothing was decided. */
export type Resolved = "done" | "changed" | { refused: string | null };

/** Lets an exception stand, or takes that back; it is about what the page shows at this moment. */
export async function decide(
  user: User,
  { franchiseeId, id, standing, differences, currency, ...shown }: Payment,
  isResolved: boolean,
  reason: string,
): Promise<Resolved> {
  const amounts = {
    amount_total: shown.total,
    amount_stripe_fee: shown.stripeFee,
    amount_platform_fee: shown.platformFee,
    amount_franchisee_net: shown.net,
  };
  const body = { isResolved, reason, seen: { status: standing, differences, amounts, currency } };
  const response = await ask(user, pathOf(franchiseeId, "transactions", id, "resolution"), { body });
  if (response.ok) return "done";
  if (response.status === 409) return "changed";
  const told: unknown = await response.json().catch(() => null);
  return { refused: isFields(told) ? textAt(at(told, "error"), "message") : null };
}
