/** The public path of a franchisee's transactions. */
export const TRANSACTIONS_PATH = /^\/api\/franchisees\/(?<franchiseeId>[^/]+)\/transactions$/;

/** The public paths of what head office does with one transaction. */
export const RESOLUTION_PATH =
  /^\/api\/franchisees\/(?<franchiseeId>[^/]+)\/transactions\/(?<stripePaymentId>[^/]+)\/resolution$/;
export const REVISIONS_PATH =
  /^\/api\/franchisees\/(?<franchiseeId>[^/]+)\/transactions\/(?<stripePaymentId>[^/]+)\/revisions$/;

/** The public path of the franchisees, and the one of a franchisee's revenue. */
export const FRANCHISEES_PATH = /^\/api\/franchisees$/;
export const REVENUE_PATH = /^\/api\/franchisees\/(?<franchiseeId>[^/]+)\/revenue$/;

/**
 * The path that the outside world knows. Hosting passes it on as it is; under a function's own URL the platform strips
 * the function's name, so `…/api/franchisees/…` arrives as `/franchisees/…`.
 */
export function publicPath(path: string): string {
  return path.startsWith("/api/") ? path : `/api${path}`;
}
