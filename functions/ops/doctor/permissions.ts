import { CliError } from "../../tools/cli/cli-error.ts";
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
import { stripeConnection } from "../command.ts";
import { type Check, type Finding, NotCheckedError } from "./check.ts";

/** Permissions that the key lacks: all of them, or one, where Stripe does not say which. */
export interface Lack {
  caller: Caller;
  permissions: readonly string[];
  /** The call that is refused, or the property that is not expanded. */
  what: string;
  isRefused: boolean;
}

/** Tries each call of the table in docs/webhooks.md. */
export const permissions: Check = {
  title: "key permissions",
  run: async () => {
    const connection = restrictedConnection();
    const account = await firstAccount(connection);
    const lacks = await tryCalls(connection, account);
    const notes = account === null ? ["No connected account can be read: the Connect permissions were not tried."] : [];
    return { findings: findingsOf(lacks), notes };
  },
};

function restrictedConnection(): Connection {
  try {
    const connection = stripeConnection();
    if (stripeAccess().key.startsWith("rk_")) return connection;
  } catch (error) {
    if (error instanceof CliError) throw new NotCheckedError("there is no key for Stripe (see the secrets).");
    throw error;
  }
  throw new NotCheckedError(
    "Stripe's key is a secret key, which may do everything. docs/webhooks.md says what a restricted key needs.",
  );
}

/** An account to try the Connect permissions on; null where there is none, or the key may not list them. */
async function firstAccount({ request }: Connection): Promise<string | null> {
  try {
    const { data } = await request((stripe) => stripe.accounts.list({ limit: 1 }));
    return data[0]?.id ?? null;
  } catch (error) {
    if (missingPermissions(error)) return null;
    throw error;
  }
}

/** Tries each call, for the platform and for this account (null: not). Stripe checks permissions before it looks up. */
export async function tryCalls(connection: Connection, account: string | null): Promise<Lack[]> {
  const lacks: Lack[] = [];
  for (const call of CALLS) {
    for (const caller of call.callers) {
      if (caller === "account" && account === null) continue;
      lacks.push(...(await tryCall(connection, call, caller, caller === "account" ? account : null)));
    }
  }
  return lacks;
}

async function tryCall(
  connection: Connection,
  call: StripeCall,
  caller: Caller,
  account: string | null,
): Promise<Lack[]> {
  const refusedOf = async (expand: readonly string[]): Promise<{ names: string[] | null; answer: unknown }> => {
    try {
      return { names: null, answer: await sendCall(connection, call, account, expand) };
    } catch (error) {
      const names = missingPermissions(error);
      if (names === null && !isMissing(error)) throw error;
      return { names, answer: null };
    }
  };
  const { names, answer } = await refusedOf(call.expand);
  if (names === null) {
    return bareIn(answer, call.expand).map((path) => {
      return {
        caller,
        permissions: permissionsOfPath(path).slice(-1),
        what: `${path} in GET ${call.path}`,
        isRefused: false,
      };
    });
  }
  // Stripe names one permission at a time.
  const all = new Map([[lackOf(names, call).join(), lackOf(names, call)]]);
  for (const path of call.expand) {
    const further = (await refusedOf([path])).names;
    if (further) all.set(lackOf(further, call).join(), lackOf(further, call));
  }
  return [...all.values()].map((lacking) => {
    return { caller, permissions: lacking, what: `GET ${call.path}`, isRefused: true };
  });
}

/** Of several that would do, those that docs/webhooks.md lists for this call. */
function lackOf(names: readonly string[], call: StripeCall): string[] {
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
  "/v1/events/{id}": "evt",
};

const LOOKED_AT = 10;

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
  if (prefix === undefined) query.set("limit", String(expand.length > 0 ? LOOKED_AT : 1));
  const url = `${target}?${query.toString()}`;
  return request((stripe): Promise<unknown> => stripe.rawRequest("GET", url, undefined, onAccount(account)));
}

/** The properties that Stripe did not expand, although they hold an id. */
function bareIn(answer: unknown, paths: readonly string[]): string[] {
  const all = paths.flatMap((path) => {
    const properties = path.split(".");
    return properties.map((_property, index) => properties.slice(0, index + 1));
  });
  const bare = all.filter((properties) => {
    const values = valuesAt(answer, properties).filter((value) => value !== null && value !== undefined);
    return values.length > 0 && values.every((value) => typeof value === "string");
  });
  return [...new Set(bare.map((properties) => properties.join(".")))];
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

/** One for each set of permissions. */
function findingsOf(lacks: readonly Lack[]): Finding[] {
  const byPermission = Map.groupBy(lacks, ({ caller, permissions: names, isRefused }) =>
    [caller, isRefused, ...names].join(),
  );
  return [...byPermission.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const names = first.permissions.map((name) => (isPermission(name) ? `${PERMISSIONS[name]} (${name})` : name));
    const wanted = `${names.join(" or ")} on ${COLUMNS[first.caller]}`;
    const what = group.map((one) => one.what).join(", ");
    return {
      problem: first.isRefused
        ? `Stripe's key lacks ${wanted}: Stripe refuses ${what}.`
        : `Stripe's key seems to lack ${wanted}: Stripe returns only ids for ${what}.`,
      remedy: `Edit the key in Stripe's dashboard (Developers, API keys): choose Read in the column for ${COLUMNS[first.caller]}. docs/webhooks.md lists all permissions that it needs.`,
    };
  });
}
