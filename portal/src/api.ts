import type { User } from "firebase/auth";
import type { CategoryTotal } from "../../functions/src/domain/deposit.ts";
import type { FranchiseeProfile } from "../../functions/src/domain/franchisee-profile.ts";
import { toCategoryTotal } from "./firestore/balance.ts";
import { listAt, numberAt, textAt, valueAt } from "./firestore/fields.ts";
import { type Revenue, sumOf, toProfile, toRevenue } from "./firestore/revenue.ts";
import type { Transaction } from "./firestore/transaction.ts";
import type { Filter } from "./firestore/transaction-list.ts";
import { humanize } from "./messages.ts";
import type { NetworkFranchisee, ThreeMonths } from "./overview.ts";

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

/** The body of a response. Throws if the request fails. */
async function read(user: User, path: string, signal?: AbortSignal): Promise<unknown> {
  const response = await request(user, path, signal && { signal });
  if (!response.ok) throw new Error(`Reading ${path} failed with status ${response.status}.`);
  return response.json();
}

export interface Download {
  name: string;
  file: Blob;
}

/** The file cannot be made; the message says why. */
export class RefusedDownload extends Error {
  override readonly name = "RefusedDownload";
}

/** Throws if the request fails. */
async function download(user: User, path: string, fallback: string, signal: AbortSignal): Promise<Download> {
  const response = await request(user, path, { signal });
  if (response.status === 409) {
    const message = textAt(await response.json(), "error", "message");
    if (message !== null) throw new RefusedDownload(message);
  }
  if (!response.ok) throw new Error(`The export failed with status ${response.status}.`);
  const name = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
  return { name: name ?? fallback, file: await response.blob() };
}

/** Returns the CSV of all matching transactions. Throws if the request fails. */
export function downloadTransactions(
  user: User,
  franchiseeId: string,
  { from, to, ...filter }: Filter,
  signal: AbortSignal,
): Promise<Download> {
  const parameters = new URLSearchParams({ format: "csv" });
  for (const [name, value] of Object.entries(filter)) if (value !== undefined) parameters.set(name, value);
  if (from) parameters.set("from", from.toISOString());
  if (to) parameters.set("to", to.toISOString());
  return download(user, `${pathOf(franchiseeId, "transactions")}?${parameters}`, `${franchiseeId}.csv`, signal);
}

/** Returns the CSV of a deposit's movements. Throws if the request fails. */
export function downloadDeposit(
  user: User,
  franchiseeId: string,
  payoutId: string,
  signal: AbortSignal,
): Promise<Download> {
  return download(user, `${pathOf(franchiseeId, "payouts", payoutId)}?format=csv`, `${payoutId}.csv`, signal);
}

/** Returns the CSV of a month's movements. Throws if the request fails. */
export function downloadStatement(
  user: User,
  franchiseeId: string,
  month: string,
  signal: AbortSignal,
): Promise<Download> {
  const parameters = new URLSearchParams({ month, format: "csv" });
  return download(user, `${pathOf(franchiseeId, "balance")}?${parameters}`, `${franchiseeId}-${month}.csv`, signal);
}

/** Returns a month's deposits as journals for a bookkeeping program. Throws if the request fails. */
export function downloadJournal(
  user: User,
  franchiseeId: string,
  month: string,
  program: "quickbooks" | "xero",
  signal: AbortSignal,
): Promise<Download> {
  const parameters = new URLSearchParams({ month, format: program });
  return download(user, `${pathOf(franchiseeId, "journal")}?${parameters}`, `${program}-${month}.csv`, signal);
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
  const body = await read(user, pathOf(franchiseeId, "transactions", stripePaymentId, "revisions"));
  return listAt(body, "revisions").map((revision) => ({
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

/** A closed day's totals then and now, and the payments whose amounts have changed since. */
export interface CloseComparison {
  was: Revenue;
  /** Null if the day has too many payments. */
  now: Revenue | null;
  /** Whether the changes of these payments are the whole difference; null without `now`. */
  isExplained: boolean | null;
  payments: { stripePaymentId: string; isNew: boolean; changedAt: Date | null; was: Revenue; now: Revenue }[];
}

/** Throws if the request fails. */
export async function readCloseComparison(
  user: User,
  franchiseeId: string,
  day: string,
  signal: AbortSignal,
): Promise<CloseComparison> {
  const body = await read(user, pathOf(franchiseeId, "closes", day), signal);
  const isExplained = valueAt(body, "isExplained");
  return {
    was: toRevenue(valueAt(body, "was")),
    now: valueAt(body, "isComplete") === true ? toRevenue(valueAt(body, "now")) : null,
    isExplained: typeof isExplained === "boolean" ? isExplained : null,
    payments: listAt(body, "payments").map((payment) => ({
      stripePaymentId: textAt(payment, "stripePaymentId") ?? "",
      isNew: valueAt(payment, "isNew") === true,
      changedAt: toDate(textAt(payment, "changedAt")),
      was: toRevenue(valueAt(payment, "was")),
      now: toRevenue(valueAt(payment, "now")),
    })),
  };
}

/** The payments of a workshop or of a type of organization; an empty `id`: those that name none. */
export interface RevenueGroup {
  id: string;
  name: string | null;
  totals: Revenue;
}

export interface RevenueGroups {
  workshops: RevenueGroup[];
  organizationTypes: RevenueGroup[];
  isComplete: boolean;
}

/** The revenue of each group in these months (YYYY-MM, at most 24). Throws if the request fails. */
export async function readRevenueGroups(
  user: User,
  franchiseeId: string,
  { from, to }: { from: string; to: string },
  signal: AbortSignal,
): Promise<RevenueGroups> {
  const path = `${pathOf(franchiseeId, "revenue")}?${new URLSearchParams({ from, to })}`;
  const months = listAt(await read(user, path, signal), "months");
  const found = months.flatMap((month) => listAt(month, "workshops"));
  const organizationType = (one: unknown): string | null => {
    const type = textAt(one, "organizationType");
    return type && humanize(type);
  };
  const groupsBy = (idOf: (one: unknown) => string | null, nameOf: (one: unknown) => string | null): RevenueGroup[] =>
    [...Map.groupBy(found, (one) => idOf(one) ?? "")].map(([id, all]) => ({
      id,
      // The last month has the newest name.
      name: all.map(nameOf).findLast((name) => name !== null) ?? null,
      totals: sumOf(all.map((one) => toRevenue(valueAt(one, "totals")))),
    }));
  return {
    workshops: groupsBy(
      (one) => textAt(one, "workshopId"),
      (one) => textAt(one, "workshopName"),
    ),
    organizationTypes: groupsBy((one) => organizationType(one)?.toLowerCase() ?? null, organizationType),
    isComplete: months.every((month) => textAt(month, "workshopsCursor") === null),
  };
}

/** A month of all franchisees, the month before, and the same month of the year before. */
export interface NetworkRevenue {
  asOf: Date | null;
  months: ThreeMonths;
  franchisees: NetworkFranchisee[];
}

function networkPath(month: string, throughDay: number | null, format: string): string {
  const days = throughDay === null ? {} : { throughDay: String(throughDay) };
  return `/api/revenue?${new URLSearchParams({ month, ...days, format })}`;
}

/** `throughDay` counts the days of each month until then. Throws if the request fails. */
export async function readNetworkRevenue(
  user: User,
  month: string,
  throughDay: number | null,
  signal: AbortSignal,
): Promise<NetworkRevenue> {
  const body = await read(user, networkPath(month, throughDay, "json"), signal);
  const monthsIn = (value: unknown) => listAt(value, "months").map((one) => toRevenue(valueAt(one, "totals")));
  return {
    asOf: toDate(textAt(body, "asOf")),
    months: monthsIn(body),
    franchisees: listAt(body, "franchisees").map((one) => ({
      franchiseeId: textAt(one, "franchiseeId") ?? "",
      profile: toProfile(one),
      months: monthsIn(one),
    })),
  };
}

/** Returns the CSV of the same. Throws if the request fails. */
export function downloadNetworkRevenue(
  user: User,
  month: string,
  throughDay: number | null,
  signal: AbortSignal,
): Promise<Download> {
  return download(user, networkPath(month, throughDay, "csv"), `network-revenue-${month}.csv`, signal);
}

/** A month on the balance, by date of movement. */
export interface Statement {
  /** The last comparison with Stripe's balance: later movements are left out. Null before the first. */
  asOf: Date | null;
  /** Whether the month had ended by then. */
  isComplete: boolean;
  currencies: StatementCurrency[];
}

/** Amounts in minor units: opening + activity + deposits = closing. */
export interface StatementCurrency {
  currency: string;
  opening: number;
  activity: CategoryTotal[];
  /** Negative: what the deposits took from the balance. */
  deposits: number;
  closing: number;
  /** Deducted from the month's movements. */
  stripeFees: number;
  platformFees: number;
  disputeFees: number;
  /** Stripe's own figure, if it was read in this month, and what `closing` exceeds it by. */
  stripeBalance: number | null;
  difference: number | null;
  available: number | null;
  pending: number | null;
}

/** Throws if the request fails. */
export async function readStatement(
  user: User,
  franchiseeId: string,
  month: string,
  signal: AbortSignal,
): Promise<Statement> {
  const path = `${pathOf(franchiseeId, "balance")}?${new URLSearchParams({ month })}`;
  const body = await read(user, path, signal);
  return {
    asOf: toDate(textAt(body, "asOf")),
    isComplete: valueAt(body, "isComplete") === true,
    currencies: listAt(body, "currencies").map((one) => ({
      currency: textAt(one, "currency") ?? "",
      opening: numberAt(one, "opening") ?? 0,
      activity: listAt(one, "activity").map(toCategoryTotal),
      deposits: numberAt(one, "payouts") ?? 0,
      closing: numberAt(one, "closing") ?? 0,
      stripeFees: numberAt(one, "stripeFees") ?? 0,
      platformFees: numberAt(one, "platformFees") ?? 0,
      disputeFees: numberAt(one, "disputeFees") ?? 0,
      stripeBalance: numberAt(one, "stripeBalance"),
      difference: numberAt(one, "difference"),
      available: numberAt(one, "available"),
      pending: numberAt(one, "pending"),
    })),
  };
}

function toDate(iso: string | null): Date | null {
  const date = new Date(iso ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** Saves what head office has entered. Returns why it was refused, or null. Throws if it was not answered. */
export function saveProfile(user: User, franchiseeId: string, profile: FranchiseeProfile): Promise<string | null> {
  return save(user, pathOf(franchiseeId, "profile"), profile);
}

async function save(user: User, path: string, body: object): Promise<string | null> {
  const response = await request(user, path, { body });
  if (response.ok) return null;
  const refusal: unknown = await response.json().catch(() => null);
  const message = textAt(refusal, "error", "message");
  if (response.status >= 500 || message === null) throw new Error(`Saving failed with status ${response.status}.`);
  return message;
}

/** Which emails about exceptions a person gets. */
export interface EmailSettings {
  /** Whether this deployment sends emails. */
  isSending: boolean;
  daily: boolean;
  /** In the major unit of any currency; null: none. */
  immediateFrom: number | null;
}

const EMAIL_SETTINGS = "/api/email-settings";

/** Throws if the request fails. */
export async function readEmailSettings(user: User, signal: AbortSignal): Promise<EmailSettings> {
  const response = await request(user, EMAIL_SETTINGS, { signal });
  if (!response.ok) throw new Error(`Reading the settings failed with status ${response.status}.`);
  const body: unknown = await response.json();
  const isTrue = (name: string): boolean => valueAt(body, name) === true;
  return {
    isSending: isTrue("isSending"),
    daily: isTrue("daily"),
    immediateFrom: numberAt(body, "immediateFrom"),
  };
}

/** Returns why the settings were refused, or null. Throws if it was not answered. */
export function saveEmailSettings(user: User, settings: Omit<EmailSettings, "isSending">): Promise<string | null> {
  return save(user, EMAIL_SETTINGS, settings);
}

/** Assigns an exception, or notes something on it; what is left out stays. Throws if it was not saved. */
export async function saveWorklistEntry(
  user: User,
  { franchiseeId, stripePaymentId }: Pick<Transaction, "franchiseeId" | "stripePaymentId">,
  changes: { assignee?: string | null; note?: string | null },
): Promise<void> {
  const path = pathOf(franchiseeId, "transactions", stripePaymentId, "worklist");
  const response = await request(user, path, { body: changes });
  if (!response.ok) throw new Error(`Saving failed with status ${response.status}.`);
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
