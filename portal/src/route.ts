/** Where the page is. An address holds ids and nothing else, so that nobody's name gets into a history or a log. */
export type Route =
  | { view: "home" }
  | { view: "exceptions"; open: { franchiseeId: string; payment: string } | null }
  | { view: "franchisee"; franchiseeId: string; payment: string | null }
  | { view: "closes"; franchiseeId: string }
  | { view: "unknown" };

export function routeOf(hash: string): Route {
  const parts = hash.replace(/^#\/?/, "").split("/");
  if (parts[0] === "exceptions") return exceptionsOf(parts.slice(1));
  const [first = "", second, ...rest] = parts;
  if (rest.length > 0) return { view: "unknown" };
  if (first === "") return { view: "home" };
  if (!ACCOUNT.test(first)) return { view: "unknown" };
  if (second === undefined || second === "") return { view: "franchisee", franchiseeId: first, payment: null };
  if (second === "closes") return { view: "closes", franchiseeId: first };
  return PAYMENT.test(second) ? { view: "franchisee", franchiseeId: first, payment: second } : { view: "unknown" };
}

function exceptionsOf([franchiseeId, payment, ...rest]: string[]): Route {
  if (franchiseeId === undefined) return { view: "exceptions", open: null };
  const isKnown = ACCOUNT.test(franchiseeId) && payment !== undefined && PAYMENT.test(payment) && rest.length === 0;
  return isKnown ? { view: "exceptions", open: { franchiseeId, payment } } : { view: "unknown" };
}

const ACCOUNT = /^acct_\w{1,250}$/;
const PAYMENT = /^pi_\w{1,250}$/;

export function addressOf(franchiseeId: string, part?: string): string {
  return part === undefined ? `#/${franchiseeId}` : `#/${franchiseeId}/${part}`;
}
