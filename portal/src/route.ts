/** URLs contain only ids, so histories and logs contain no names. */
export type Route =
  | { view: "home" }
  | { view: "exceptions"; open: { franchiseeId: string; stripePaymentId: string } | null }
  | { view: "franchisee"; franchiseeId: string; stripePaymentId: string | null }
  | { view: "closes"; franchiseeId: string }
  | { view: "unknown" };

export function routeOf(hash: string): Route {
  const parts = hash.replace(/^#\/?/, "").split("/");
  if (parts[0] === "exceptions") return exceptionsRoute(parts.slice(1));
  const [first = "", second, ...rest] = parts;
  if (rest.length > 0) return { view: "unknown" };
  if (first === "") return { view: "home" };
  if (!ACCOUNT.test(first)) return { view: "unknown" };
  if (second === undefined || second === "") {
    return { view: "franchisee", franchiseeId: first, stripePaymentId: null };
  }
  if (second === "closes") return { view: "closes", franchiseeId: first };
  return PAYMENT.test(second)
    ? { view: "franchisee", franchiseeId: first, stripePaymentId: second }
    : { view: "unknown" };
}

function exceptionsRoute([franchiseeId, stripePaymentId, ...rest]: string[]): Route {
  if (franchiseeId === undefined) return { view: "exceptions", open: null };
  if (stripePaymentId === undefined || rest.length > 0) return { view: "unknown" };
  const isValid = ACCOUNT.test(franchiseeId) && PAYMENT.test(stripePaymentId);
  return isValid ? { view: "exceptions", open: { franchiseeId, stripePaymentId } } : { view: "unknown" };
}

const ACCOUNT = /^acct_\w{1,250}$/;
const PAYMENT = /^pi_\w{1,250}$/;

export function addressOf(franchiseeId: string, part?: string): string {
  return part === undefined ? `#/${franchiseeId}` : `#/${franchiseeId}/${part}`;
}
