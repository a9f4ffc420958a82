import { routePart } from "./page-parameters.ts";

/** URLs contain only ids, so histories and logs contain no names. */
export type Route =
  | { view: "home" }
  | { view: "overview" }
  | { view: "emails" }
  | { view: "exceptions"; open: PaymentAddress | null }
  | { view: "search"; open: PaymentAddress | null }
  | { view: "franchisee"; franchiseeId: string; stripePaymentId: string | null }
  | { view: "closes"; franchiseeId: string }
  | { view: "deposits"; franchiseeId: string }
  | { view: "deposit"; franchiseeId: string; payoutId: string; stripePaymentId: string | null }
  /** `month`: null for the current one. */
  | { view: "statement"; franchiseeId: string; month: string | null }
  | { view: "unknown" };

interface PaymentAddress {
  franchiseeId: string;
  stripePaymentId: string;
}

export function routeOf(hash: string): Route {
  const parts = routePart(hash).replace(/^#\/?/, "").split("/");
  if (parts[0] === "exceptions" || parts[0] === "search") return listRoute(parts[0], parts.slice(1));
  const [first = "", second, ...rest] = parts;
  if (first === "emails" && second === undefined) return { view: "emails" };
  if (first === "" && rest.length === 0) return { view: "home" };
  if (first === "overview" && second === undefined) return { view: "overview" };
  if (!ACCOUNT.test(first)) return { view: "unknown" };
  if (second === "deposits") return depositsRoute(first, rest);
  if (second === "statement") return statementRoute(first, rest);
  if (rest.length > 0) return { view: "unknown" };
  if (second === undefined || second === "") {
    return { view: "franchisee", franchiseeId: first, stripePaymentId: null };
  }
  if (second === "closes") return { view: "closes", franchiseeId: first };
  return PAYMENT.test(second)
    ? { view: "franchisee", franchiseeId: first, stripePaymentId: second }
    : { view: "unknown" };
}

function listRoute(view: "exceptions" | "search", parts: string[]): Route {
  const [franchiseeId, stripePaymentId, ...rest] = parts;
  if (franchiseeId === undefined) return { view, open: null };
  if (stripePaymentId === undefined || rest.length > 0) return { view: "unknown" };
  const isValid = ACCOUNT.test(franchiseeId) && PAYMENT.test(stripePaymentId);
  return isValid ? { view, open: { franchiseeId, stripePaymentId } } : { view: "unknown" };
}

function depositsRoute(franchiseeId: string, [payoutId, stripePaymentId, ...rest]: string[]): Route {
  if (payoutId === undefined) return { view: "deposits", franchiseeId };
  if (!PAYOUT.test(payoutId) || rest.length > 0) return { view: "unknown" };
  if (stripePaymentId === undefined) return { view: "deposit", franchiseeId, payoutId, stripePaymentId: null };
  return PAYMENT.test(stripePaymentId)
    ? { view: "deposit", franchiseeId, payoutId, stripePaymentId }
    : { view: "unknown" };
}

function statementRoute(franchiseeId: string, [month, ...rest]: string[]): Route {
  if (month === undefined) return { view: "statement", franchiseeId, month: null };
  return MONTH.test(month) && rest.length === 0 ? { view: "statement", franchiseeId, month } : { view: "unknown" };
}

const ACCOUNT = /^acct_\w{1,250}$/;
const PAYMENT = /^pi_\w{1,250}$/;
const PAYOUT = /^po_\w{1,250}$/;
const MONTH = /^[1-9]\d{3}-(0[1-9]|1[0-2])$/;

export const OVERVIEW = "#/overview";
export const SEARCH = "#/search";
export const EXCEPTIONS = "#/exceptions";
export const EMAILS = "#/emails";

/** The exceptions of a franchisee. */
export function exceptionsOf(franchiseeId: string): string {
  return `${EXCEPTIONS}?franchisee=${franchiseeId}`;
}

export function isMonth(text: string): boolean {
  return MONTH.test(text);
}

export function isAccount(text: string): boolean {
  return ACCOUNT.test(text);
}

/** A payment among those that were found. */
export function searchAddressOf(franchiseeId: string, stripePaymentId: string): string {
  return [SEARCH, franchiseeId, stripePaymentId].join("/");
}

export function addressOf(franchiseeId: string, ...parts: string[]): string {
  return ["#", franchiseeId, ...parts].join("/");
}
