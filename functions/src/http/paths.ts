import type { IncomingMessage } from "node:http";

/**
 * The path that clients use. Hosting passes it on unchanged; under a function's own URL the platform strips the
 * function's name, so `…/api/franchisees/…` arrives as `/franchisees/…`.
 */
export function publicPath(path: string): string {
  return path.startsWith("/api/") ? path : `/api${path}`;
}

/** Matches the public paths of a template. Each `{name}` in it becomes a named group. */
export function pathPattern(template: string): RegExp {
  return new RegExp(`^${publicPath(template).replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`);
}

/** The target of a request in origin form (RFC 9112, 3.2.1): a server must accept the absolute form, too. */
export function targetOf({ url = "" }: Pick<IncomingMessage, "url">): string {
  return url.replace(/^https?:\/\/[^/?]*\/?/i, "/");
}

/** The path of a request, without its query. */
export function pathOf(request: Pick<IncomingMessage, "url">): string {
  return targetOf(request).split("?", 1)[0] ?? "";
}
