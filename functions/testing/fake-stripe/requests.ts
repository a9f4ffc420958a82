import { balanceOf } from "./balances.ts";
import type { FakeBooks } from "./books.ts";
import { Expander, type Kind } from "./expander.ts";
import { invalid, StripeApiError } from "./api-error.ts";
import { Grant, type KeyPermissions } from "./permissions.ts";
import type { AccountObjects } from "./object-store.ts";

interface Resource {
  kind: Kind;
  /** The word in "No such …", and the parameter that errors name for a wrong id. */
  noun: string;
  idParam: string;
  filters: readonly string[];
  /** Filters of the list by a range of times; default: `created`. */
  ranges?: readonly string[];
}

const CREATED = ["created"];

export function rangesOf({ ranges = CREATED }: Resource): readonly string[] {
  return ranges;
}

export const RESOURCES: Readonly<Record<string, Resource>> = {
  accounts: { kind: "account", noun: "account", idParam: "account", filters: [] },
  charges: { kind: "charge", noun: "charge", idParam: "id", filters: ["customer", "payment_intent", "transfer_group"] },
  payment_intents: { kind: "payment_intent", noun: "payment_intent", idParam: "intent", filters: ["customer"] },
  balance_transactions: {
    kind: "balance_transaction",
    noun: "balance_transaction",
    idParam: "id",
    filters: ["currency", "payout", "source", "type"],
  },
  transfers: { kind: "transfer", noun: "transfer", idParam: "id", filters: ["destination", "transfer_group"] },
  application_fees: { kind: "application_fee", noun: "application_fee", idParam: "id", filters: ["charge"] },
  refunds: { kind: "refund", noun: "refund", idParam: "id", filters: ["charge", "payment_intent"] },
  disputes: { kind: "dispute", noun: "dispute", idParam: "dispute", filters: ["charge", "payment_intent"] },
  payouts: {
    kind: "payout",
    noun: "payout",
    idParam: "payout",
    filters: ["destination", "status"],
    ranges: ["created", "arrival_date"],
  },
  events: { kind: "event", noun: "event", idParam: "id", filters: ["type", "delivery_success"] },
  webhook_endpoints: {
    kind: "webhook_endpoint",
    noun: "webhook endpoint",
    idParam: "webhook_endpoint",
    filters: [],
    ranges: [],
  },
};

const MAX_EXPANSION = 4;

/** `account` is null for the platform. Without permissions, the key may read everything. */
export interface RequestContext {
  key: string;
  account: string | null;
  permissions: KeyPermissions | undefined;
}

/** Returns the response to a GET. Throws a StripeApiError. */
export function handleRequest(
  books: FakeBooks,
  { key, account, permissions }: RequestContext,
  path: string,
  query: URLSearchParams,
): object {
  const seen = books.objectsOf(account);
  if (!seen) {
    const message = `The provided key does not have access to account '${account}' (or that account does not exist). Application access may have been revoked.`;
    throw new StripeApiError(403, { type: "invalid_request_error", code: "account_invalid", message });
  }
  books.releaseFunds();
  if (path === "/v1/balance") {
    new Grant(key, account, permissions, books.behaviour.permissionError).require("balance");
    readParams(query, [], []);
    return balanceOf(books, account);
  }
  const [, version, name = "", id, ...rest] = path.split("/");
  const resource = RESOURCES[name];
  if (version !== "v1" || !resource || rest.length > 0) {
    throw invalid(404, `Unrecognized request URL (GET: ${path}).`);
  }
  const grant = new Grant(key, account, permissions, books.behaviour.permissionError);
  // Before the lookup of the object, like Stripe.
  grant.require(resource.kind);
  const params =
    id === undefined
      ? readParams(query, ["limit", "starting_after", ...resource.filters], rangesOf(resource))
      : readParams(query, [], []);
  const expander = new Expander(books, account, grant);
  expander.requirePermissions(
    resource.kind,
    params.expand.map((expanded) => (id === undefined ? expanded.replace(/^data\./, "") : expanded)),
  );
  if (id === undefined) {
    const { unlisted } = books;
    return list(seen, resource, path, params, expander, { within: payoutContent(books, seen, params), unlisted });
  }
  const object = seen[resource.kind].get(id);
  if (!object) throw missing(404, resource, id, resource.idParam);
  return expander.expand(object, resource.kind, requireDepth(params.expand));
}

interface Params {
  values: ReadonlyMap<string, string>;
  /** The bounds of each range, by `gt`, `gte`, `lt` and `lte`. */
  ranges: ReadonlyMap<string, ReadonlyMap<string, number>>;
  expand: readonly string[];
}

function readParams(query: URLSearchParams, known: readonly string[], ranged: readonly string[]): Params {
  const values = new Map<string, string>();
  const ranges = new Map(ranged.map((name) => [name, new Map<string, number>()]));
  const expand: string[] = [];
  for (const [name, value] of query) {
    const [, of = "", bound = ""] = /^(\w+)\[(gte?|lte?)\]$/.exec(name) ?? [];
    const range = ranges.get(of);
    if (/^expand\[\d*\]$/.test(name)) expand.push(value);
    else if (range) range.set(bound, integer(of, value));
    else if (known.includes(name)) values.set(name, value);
    else throw invalid(400, `Received unknown parameter: ${name}`, "parameter_unknown", name);
  }
  return { values, ranges, expand };
}

function list(
  seen: AccountObjects,
  resource: Resource,
  url: string,
  { values, ranges, expand }: Params,
  expander: Expander,
  { within, unlisted }: { within: ReadonlySet<string> | null; unlisted: ReadonlySet<string> },
): object {
  const { kind, filters } = resource;
  const limit = integer("limit", values.get("limit") ?? "10");
  if (limit < 1 || limit > 100) {
    throw invalid(400, "This value must be between 1 and 100.", "parameter_invalid_integer", "limit");
  }
  const paths = expand.map((path) => {
    if (!path.startsWith("data.")) throw invalid(400, `This property cannot be expanded (${path}).`);
    return path;
  });
  const below = requireDepth(paths).map((path) => path.slice("data.".length));

  const after = values.get("starting_after");
  if (after !== undefined && !seen[kind].get(after)) throw missing(400, resource, after, "starting_after");
  const all: readonly { id: string; created?: number }[] = seen[kind].newestFirst();
  const { from, to } = rangeOf(ranges.get("created") ?? new Map());
  const found: object[] = [];
  let hasMore = false;
  for (let index = after === undefined ? 0 : indexOf(all, after) + 1; index < all.length; index += 1) {
    const object = all[index];
    if (!object || (object.created ?? 0) < from) break;
    if ((object.created ?? 0) > to || !matches(object, filters, values) || !isWithin(object, ranges)) continue;
    if ((within && !within.has(object.id)) || unlisted.has(object.id)) continue;
    if (found.length === limit) {
      hasMore = true;
      break;
    }
    found.push(expander.expand(object, kind, below));
  }
  return { object: "list", url, has_more: hasMore, data: found };
}

const indexes = new WeakMap<readonly { id: string }[], Map<string, number>>();

function indexOf(all: readonly { id: string }[], id: string): number {
  let known = indexes.get(all);
  if (!known) {
    known = new Map(all.map((object, index) => [object.id, index]));
    indexes.set(all, known);
  }
  return known.get(id) ?? -1;
}

/** In seconds, both inclusive. */
function rangeOf(bounds: ReadonlyMap<string, number>): { from: number; to: number } {
  const [gt = -Infinity, gte = -Infinity] = [bounds.get("gt"), bounds.get("gte")];
  const [lt = Infinity, lte = Infinity] = [bounds.get("lt"), bounds.get("lte")];
  return { from: Math.max(gte, gt + 1), to: Math.min(lte, lt - 1) };
}

/** The balance transactions of the requested payout, with its own; null without that filter. */
function payoutContent(books: FakeBooks, seen: AccountObjects, { values }: Params): ReadonlySet<string> | null {
  const id = values.get("payout");
  if (id === undefined) return null;
  const payout = seen.payout.get(id);
  if (!payout) throw invalid(400, `No such payout: '${id}'`, "resource_missing", "payout");
  if (!payout.automatic) {
    throw invalid(400, "Balance transaction history can only be filtered on automatic transfers, not manual.");
  }
  const own = typeof payout.balance_transaction === "string" ? [payout.balance_transaction] : [];
  return new Set([...(books.paidOut.get(id) ?? []), ...own]);
}

function isWithin(object: object, ranges: Params["ranges"]): boolean {
  const fields = new Map<string, unknown>(Object.entries(object));
  return [...ranges].every(([name, bounds]) => {
    const { from, to } = rangeOf(bounds);
    const time = Number(fields.get(name) ?? 0);
    return time >= from && time <= to;
  });
}

function matches(object: object, filters: readonly string[], values: ReadonlyMap<string, string>): boolean {
  const fields = new Map<string, unknown>(Object.entries(object));
  return filters.every((filter) => {
    const wanted = values.get(filter);
    if (wanted === undefined || filter === "payout") return true;
    if (filter === "delivery_success") return (fields.get("pending_webhooks") === 0) === (wanted === "true");
    return fields.get(filter) === wanted;
  });
}

function requireDepth(paths: readonly string[]): readonly string[] {
  for (const path of paths) {
    if (path.split(".").length > MAX_EXPANSION) {
      throw invalid(400, `You cannot expand more than ${MAX_EXPANSION} levels of a property. Property: ${path}`);
    }
  }
  return paths;
}

function integer(name: string, value: string): number {
  if (!/^-?\d+$/.test(value)) throw invalid(400, `Invalid integer: ${value}`, "parameter_invalid_integer", name);
  return Number(value);
}

function missing(status: number, { noun }: Resource, id: string, param: string): StripeApiError {
  return invalid(status, `No such ${noun}: '${id}'`, "resource_missing", param);
}
