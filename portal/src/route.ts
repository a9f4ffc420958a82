/** Where the page is. An address holds ids and nothing else, so that nobody's name gets into a history or a log. */
export type Route =
  | { view: "home" }
  | { view: "exceptions" }
  | { view: "franchisee"; franchiseeId: string; payment: string | null }
  | { view: "closes"; franchiseeId: string }
  | { view: "unknown" };

export function routeOf(hash: string): Route {
  const [first = "", second, ...rest] = hash.replace(/^#\/?/, "").split("/");
  if (rest.length > 0) return { view: "unknown" };
  if (first === "") return { view: "home" };
  if (first === "exceptions" && second === undefined) return { view: "exceptions" };
  if (!/^acct_\w{1,250}$/.test(first)) return { view: "unknown" };
  if (second === undefined || second === "") return { view: "franchisee", franchiseeId: first, payment: null };
  if (second === "closes") return { view: "closes", franchiseeId: first };
  return /^pi_\w{1,250}$/.test(second)
    ? { view: "franchisee", franchiseeId: first, payment: second }
    : { view: "unknown" };
}

export function addressOf(franchiseeId: string, part?: string): string {
  return part === undefined ? `#/${franchiseeId}` : `#/${franchiseeId}/${part}`;
}
