/**
 * The permissions that a restricted key needs: every call of the product to Stripe, with sources. Tests compare it with
 * the table of docs/webhooks.md, and fail on an unlisted call; `npm run ops -- doctor` tries each call with the
 * deployment's own key.
 */

/** Permissions by the names in Stripe's error messages, with the names in the dashboard. All are needed as Read. */
export const PERMISSIONS = {
  rak_charge_read: "Charges and Refunds",
  rak_payment_intent_read: "PaymentIntents",
  rak_dispute_read: "Disputes",
  rak_balance_transaction_source_read: "Balance Transaction Sources",
  rak_balance_read: "Balance",
  rak_payout_read: "Payouts",
  rak_event_read: "Events",
  rak_transfer_read: "Transfers",
  rak_application_fee_read: "Application Fees",
  rak_connected_account_read: "Connected Accounts",
  rak_webhook_read: "Webhook Endpoints",
} as const;

export type Permission = keyof typeof PERMISSIONS;

/** Who makes a call: the platform, or a connected account (by the `Stripe-Account` header). */
export type Caller = "platform" | "account";

/** The sources for a call's permission, with the date that was read. */
export const SOURCES = {
  reference:
    "[Stripe, API permissions reference](https://docs.stripe.com/keys/permissions-reference) (undated copy, read in November 2026; only its first rows could be read)",
  apps: "[Stripe, Permissions reference](https://docs.stripe.com/stripe-apps/reference/permissions) (of 2025-03-13; written for Stripe Apps, whose names are these without `rak_`)",
  cli: "[stripe-cli #1604](https://github.com/stripe/stripe-cli/pull/1604) (2026-05-22)",
  posthog:
    "[PostHog, settings.py](https://github.com/PostHog/posthog/blob/master/products/warehouse_sources/backend/temporal/data_imports/sources/stripe/settings.py) (`ENDPOINT_REQUIRED_PERMISSIONS`, undated copy, read in November 2026), which reads these lists with restricted keys",
  refunds:
    '[PostHog #12057](https://github.com/PostHog/posthog.com/pull/12057) (2025-07-02): "Refunds fall under Charges"',
  airbyte:
    "[airbyte #21394](https://github.com/airbytehq/airbyte/issues/21394) (2023-01-13), which quotes Stripe's 403 for an account",
} as const;

export type Source = keyof typeof SOURCES;

/** A GET request. A path that ends in `{id}` retrieves an object; any other lists objects. */
export interface StripeCall {
  path: string;
  callers: readonly Caller[];
  /** All properties that are ever expanded. */
  expand: readonly string[];
  /** Properties that are expanded if Stripe does; no permission is known to allow it. */
  optional?: readonly string[];
  /** The endpoint's own; `permissionsOf` adds those of the expansions. */
  permission: Permission;
  sources: readonly Source[];
}

const BOTH = ["platform", "account"] as const;

const OF_CHARGE = [
  "balance_transaction",
  "application_fee",
  "application_fee.balance_transaction",
  "refunds.data.balance_transaction",
  "refunds.data.failure_balance_transaction",
  "transfer.destination_payment.balance_transaction",
];

const OF_MOVEMENT = [
  "source",
  "source.source_transfer",
  "source.source_transfer.source_transaction",
  "source.charge",
  "source.charge.source_transfer",
];

export const CALLS: readonly StripeCall[] = [
  {
    path: "/v1/charges",
    callers: BOTH,
    expand: ["payment_intent", ...OF_CHARGE].map((path) => `data.${path}`),
    permission: "rak_charge_read",
    sources: ["apps", "posthog"],
  },
  { path: "/v1/charges/{id}", callers: BOTH, expand: [], permission: "rak_charge_read", sources: ["cli", "apps"] },
  {
    path: "/v1/payment_intents/{id}",
    callers: BOTH,
    expand: OF_CHARGE.map((path) => `latest_charge.${path}`),
    permission: "rak_payment_intent_read",
    sources: ["apps", "posthog"],
  },
  {
    path: "/v1/refunds",
    callers: BOTH,
    expand: ["data.charge", "data.balance_transaction", "data.failure_balance_transaction"],
    permission: "rak_charge_read",
    sources: ["posthog", "refunds"],
  },
  {
    path: "/v1/disputes",
    callers: BOTH,
    expand: ["data.charge"],
    permission: "rak_dispute_read",
    sources: ["apps", "posthog"],
  },
  {
    path: "/v1/transfers",
    callers: ["platform"],
    expand: ["data.destination_payment.balance_transaction"],
    permission: "rak_transfer_read",
    sources: ["apps", "posthog"],
  },
  { path: "/v1/transfers/{id}", callers: ["platform"], expand: [], permission: "rak_transfer_read", sources: ["apps"] },
  {
    path: "/v1/balance_transactions",
    callers: ["platform"],
    expand: [],
    permission: "rak_balance_transaction_source_read",
    sources: ["posthog"],
  },
  {
    path: "/v1/balance_transactions",
    callers: ["account"],
    expand: OF_MOVEMENT.map((path) => `data.${path}`),
    permission: "rak_balance_transaction_source_read",
    sources: ["posthog", "apps"],
  },
  {
    path: "/v1/balance_transactions/{id}",
    callers: ["account"],
    expand: OF_MOVEMENT,
    permission: "rak_balance_transaction_source_read",
    sources: ["apps"],
  },
  { path: "/v1/balance", callers: ["account"], expand: [], permission: "rak_balance_read", sources: ["apps"] },
  {
    path: "/v1/payouts",
    callers: ["account"],
    expand: [],
    permission: "rak_payout_read",
    sources: ["apps", "posthog"],
  },
  {
    path: "/v1/payouts/{id}",
    callers: ["account"],
    expand: [],
    optional: ["destination"],
    permission: "rak_payout_read",
    sources: ["apps", "posthog"],
  },
  { path: "/v1/events", callers: BOTH, expand: [], permission: "rak_event_read", sources: ["apps", "posthog"] },
  { path: "/v1/events/{id}", callers: BOTH, expand: [], permission: "rak_event_read", sources: ["apps"] },
  {
    path: "/v1/accounts",
    callers: ["platform"],
    expand: [],
    permission: "rak_connected_account_read",
    sources: ["reference", "airbyte"],
  },
  // Called only by the doctor.
  {
    path: "/v1/webhook_endpoints",
    callers: ["platform"],
    expand: [],
    permission: "rak_webhook_read",
    sources: ["apps"],
  },
];

/**
 * The permissions of an expanded property. Stripe documents for Stripe Apps: "you must also request at least one
 * corresponding permission for each API object you expand". The source of a balance transaction can be of any of these
 * kinds.
 */
const EXPANSIONS: Readonly<Record<string, readonly Permission[]>> = {
  payment_intent: ["rak_payment_intent_read"],
  latest_charge: ["rak_charge_read"],
  charge: ["rak_charge_read"],
  refunds: ["rak_charge_read"],
  destination_payment: ["rak_charge_read"],
  source_transaction: ["rak_charge_read"],
  balance_transaction: ["rak_balance_transaction_source_read"],
  failure_balance_transaction: ["rak_balance_transaction_source_read"],
  application_fee: ["rak_application_fee_read"],
  transfer: ["rak_transfer_read"],
  source_transfer: ["rak_transfer_read"],
  source: [
    "rak_charge_read",
    "rak_dispute_read",
    "rak_payout_read",
    "rak_transfer_read",
    "rak_application_fee_read",
    "rak_balance_transaction_source_read",
  ],
};

/** The permissions that an expanded path needs, such as `data.charge`. */
export function permissionsOfPath(path: string): Permission[] {
  return path.split(".").flatMap((property) => EXPANSIONS[property] ?? []);
}

/** In the order of `PERMISSIONS`. */
export function permissionsOf({ permission, expand }: StripeCall): Permission[] {
  return inOrder([permission, ...expand.flatMap(permissionsOfPath)]);
}

/** The permissions that the product's key needs, and no others. */
export function requiredPermissions(): Record<Caller, Permission[]> {
  const needed = (caller: Caller): Permission[] =>
    inOrder(CALLS.filter(({ callers }) => callers.includes(caller)).flatMap(permissionsOf));
  return { platform: needed("platform"), account: needed("account") };
}

export function isPermission(name: string): name is Permission {
  return Object.hasOwn(PERMISSIONS, name);
}

function inOrder(permissions: readonly Permission[]): Permission[] {
  return Object.keys(PERMISSIONS)
    .filter(isPermission)
    .filter((name) => permissions.includes(name));
}
