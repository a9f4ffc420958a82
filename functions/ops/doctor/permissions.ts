import { stripeAccess } from "../../src/config.ts";
import { type Connection, isMissing, missingPermissions, onAccount } from "../../src/stripe/client.ts";
import {
  type Caller,
  CALLS,
  isPermission,
  PERMISSIONS,
  permissionsOf,
  permissionsOfPath,
  type StripeCall,
} from "../../src/stripe/permissions.ts";
import { type Check, checkedConnection, type Finding, NotCheckedError } from "./check.ts";

/** The permissions that a call or expansion lacks: all of them, or one if Stripe does not state which. */
export interface MissingPermission {
  caller: Caller;
  permissions: readonly string[];
  /** The denied call, or the property that is not expanded. */
  what: string;
  isDenied: boolean;
}

/** The key permits each call of the table in docs/webhooks.md. */
export const permissions: Check = {
  title: "key permissions",
  run: async () => {
    const connection = restrictedConnection();
    const account = await firstAccount(connection);
    const missing = await tryCalls(connection, account);
    const notes =
      account === null ? ["No connected account can be read: the Connect permissions were not checked."] : [];
    return { findings: findingsOf(missing), notes };
  },
};

function restrictedConnection(): Connection {
  const connection = checkedConnection();
  if (stripeAccess().key.startsWith("rk_")) return connection;
  throw new NotCheckedError(
    "the Stripe key is a secret key, which has every permission. docs/webhooks.md lists those that a restricted key needs.",
  );
}

/** An account for the Connect permissions; null if there is none, or the key may not list them. */
async function firstAccount({ request }: Connection): Promise<string | null> {
  try {
    const { data } = await request((stripe) => stripe.accounts.list({ limit: 1 }));
    return data[0]?.id ?? null;
  } catch (error) {
    if (missingPermissions(error)) return null;
    throw error;
  }
}

/** Tries each call for the platform and this account, if any. Stripe checks permissions before the id. */
export async function tryCalls(connection: Connection, account: string | null): Promise<MissingPermission[]> {
  const missing: MissingPermission[] = [];
  for (const call of CALLS) {
    for (const caller of call.callers) {
      if (caller === "account" && account === null) continue;
      missing.push(...(await tryCall(connection, call, caller, caller === "account" ? account : null)));
    }
  }
  return missing;
}

async function tryCall(
  connection: Connection,
  call: StripeCall,
  caller: Caller,
  account: string | null,
): Promise<MissingPermission[]> {
  const denialOf = async (expand: readonly string[]): Promise<{ names: string[] | null; response: unknown }> => {
    try {
      return { names: null, response: await sendCall(connection, call, account, expand) };
    } catch (error) {
      const names = missingPermissions(error);
      if (names === null && !isMissing(error)) throw error;
      return { names, response: null };
    }
  };
  const { names, response } = await denialOf(call.expand);
  if (names === null) {
    return unexpandedIn(response, call.expand).map((path) => {
      return {
        caller,
        permissions: permissionsOfPath(path).slice(-1),
        what: `${path} in GET ${call.path}`,
        isDenied: false,
      };
    });
  }
  // Stripe names one permission at a time.
  const all = new Map([[missingOf(names, call).join(), missingOf(names, call)]]);
  for (const path of call.expand) {
    const further = (await denialOf([path])).names;
    if (further) all.set(missingOf(further, call).join(), missingOf(further, call));
  }
  return [...all.values()].map((lacking) => {
    return { caller, permissions: lacking, what: `GET ${call.path}`, isDenied: true };
  });
}

/** Of several sufficient permissions, those that docs/webhooks.md lists for this call. */
function missingOf(names: readonly string[], call: StripeCall): string[] {
  const needed = permissionsOf(call);
  const listed = needed.filter((name) => names.includes(name));
  if (listed.length > 0) return listed;
  return names.length > 0 ? [...names] : needed;
}

const PREFIXES: Readonly<Record<string, string>> = {
  "/v1/charges/{id}": "ch",
  "/v1/payment_intents/{id}": "pi",
  "/v1/transfers/{id}": "tr",
  "/v1/payouts/{id}": "po",
  "/v1/balance_transactions/{id}": "txn",
  "/v1/events/{id}": "evt",
};

const EXPANDED_ITEMS = 10;

function sendCall(
  { request }: Connection,
  { path }: StripeCall,
  account: string | null,
  expand: readonly string[],
): Promise<unknown> {
  const prefix = PREFIXES[path];
  const target = path.replace("{id}", `${prefix ?? ""}_doctor`);
  const query = new URLSearchParams();
  for (const property of expand) query.append("expand[]", property);
  if (prefix === undefined && path !== "/v1/balance")
    query.set("limit", String(expand.length > 0 ? EXPANDED_ITEMS : 1));
  const url = `${target}?${query.toString()}`;
  return request((stripe): Promise<unknown> => stripe.rawRequest("GET", url, undefined, onAccount(account)));
}

/** The properties that Stripe returned as ids instead of expanding them. */
function unexpandedIn(response: unknown, paths: readonly string[]): string[] {
  const all = paths.flatMap((path) => {
    const properties = path.split(".");
    return properties.map((_property, index) => properties.slice(0, index + 1));
  });
  const unexpanded = all.filter((properties) => {
    const values = valuesAt(response, properties).filter((value) => value !== null && value !== undefined);
    return values.length > 0 && values.every((value) => typeof value === "string");
  });
  return [...new Set(unexpanded.map((properties) => properties.join(".")))];
}

function valuesAt(value: unknown, [property, ...below]: readonly string[]): unknown[] {
  if (property === undefined) return Array.isArray(value) ? value : [value];
  const objects: unknown[] = Array.isArray(value) ? value : [value];
  return objects.flatMap((object) => {
    if (typeof object !== "object" || object === null) return [];
    return valuesAt(Object.entries(object).find(([name]) => name === property)?.[1], below);
  });
}

const COLUMNS = { platform: "the platform's own account", account: "connected accounts" };

/** One finding per set of permissions. */
function findingsOf(missing: readonly MissingPermission[]): Finding[] {
  const byPermission = Map.groupBy(missing, ({ caller, permissions: names, isDenied }) =>
    [caller, isDenied, ...names].join(),
  );
  return [...byPermission.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const names = first.permissions.map((name) => (isPermission(name) ? `${PERMISSIONS[name]} (${name})` : name));
    const wanted = `${names.join(" or ")} on ${COLUMNS[first.caller]}`;
    const what = group.map((one) => one.what).join(", ");
    return {
      problem: first.isDenied
        ? `Stripe's key lacks ${wanted}: Stripe refuses ${what}.`
        : `Stripe's key seems to lack ${wanted}: Stripe returns only ids for ${what}.`,
      remedy: `Edit the key in Stripe's dashboard (Developers, API keys): choose Read in the column for ${COLUMNS[first.caller]}. docs/webhooks.md lists all permissions that it needs.`,
    };
  });
}
