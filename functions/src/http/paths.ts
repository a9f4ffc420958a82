/** The public path of a franchisee's transactions. */
export const TRANSACTIONS_PATH = /^\/api\/franchisees\/(?<franchiseeId>[^/]+)\/transactions$/;

/** The public paths of what head office does with one transaction. */
export const RESOLUTION_PATH =
  /^\/api\/franchisees\/(?<franchiseeId>[^/]+)\/transactions\/(?<stripePaymentId>[^/]+)\/resolution$/;
export const REVISIONS_PATH =
  /^\/api\/franchisees\/(?<franchiseeId>[^/]+)\/transactions\/(?<stripePaymentId>[^/]+)\/revisions$/;

/** The public paths of the franchisees, of a franchisee's revenue, and of a month's workshops. */
export const FRANCHISEES_PATH = /^\/api\/franchisees$/;
export const REVENUE_PATH = /^\/api\/franchisees\/(?<franchiseeId>[^/]+)\/revenue$/;
export const WORKSHOPS_PATH = /^\/api\/franchisees\/(?<franchiseeId>[^/]+)\/revenue\/(?<month>[^/]+)\/workshops$/;

/**
 * The path that the outside world knows. Hosting passes it on as it is; under a function's own URL the platform strips
 * the function's name, so `…/api/franchisees/…` arrives as `/franchisees/…`.
 */
export function publicPath(path: string): string {
  return path.startsWith("/api/") ? path : `/api${path}`;
}
