import type { StripeBehaviour } from "./behaviour.ts";
import { type StripeApiError, forbidden } from "./api-error.ts";
import type { Kind } from "./expander.ts";

/** https://docs.stripe.com/stripe-apps/reference/permissions. No permission implies another, the stricter reading. */
const READ: Readonly<Record<Kind | "balance", string>> = {
  account: "rak_connected_account_read",
  application_fee: "rak_application_fee_read",
  balance: "rak_balance_read",
  balance_transaction: "rak_balance_transaction_source_read",
  charge: "rak_charge_read",
  dispute: "rak_dispute_read",
  event: "rak_event_read",
  // Of GET /v1/accounts/{id}/external_accounts/{id} (https://docs.stripe.com/keys/permissions-reference).
  external_account: "rak_connected_account_read",
  payment_intent: "rak_payment_intent_read",
  payout: "rak_payout_read",
  // The dashboard has one row for charges and refunds.
  refund: "rak_charge_read",
  transfer: "rak_transfer_read",
  webhook_endpoint: "rak_webhook_read",
};

/** The permissions of a restricted key, for the platform and for connected accounts ("Connect permissions"). */
export interface KeyPermissions {
  platform: Iterable<string>;
  account: Iterable<string>;
}

/** The permissions of one request. */
export class Grant {
  readonly #format: StripeBehaviour["permissionError"];
  readonly #key: string;
  readonly #account: string | null;
  readonly #names: ReadonlySet<string> | null;

  /** Without `permissions`, everything is allowed. */
  constructor(
    key: string,
    account: string | null,
    permissions: KeyPermissions | undefined,
    format: StripeBehaviour["permissionError"],
  ) {
    this.#format = format;
    this.#key = key;
    this.#account = account;
    this.#names = permissions ? new Set(account === null ? permissions.platform : permissions.account) : null;
  }

  allows(kind: Kind | "balance"): boolean {
    return this.#names?.has(READ[kind]) ?? true;
  }

  /** Throws Stripe's error if the key may not read this kind. */
  require(kind: Kind | "balance"): void {
    if (!this.allows(kind)) throw this.#denial(kind);
  }

  /** Reported since 2026; before, in stripe/stripe-node#2246 and stripe/stripe-mirakl-connector#33 on GitHub. */
  #denial(kind: Kind | "balance"): StripeApiError {
    if (this.#account !== null && this.#names?.size === 0) {
      return forbidden(
        "You passed a restricted API key with the Stripe-Account header, but the restricted API key does not have any Connect permissions.",
      );
    }
    const key = `${this.#key.slice(0, "rk_test_".length)}${"*".repeat(20)}${this.#key.slice(-6)}`;
    if (this.#format === "more_permissions_required") {
      const name = READ[kind].replace("rak_", "");
      return forbidden(
        `Permission denied. The provided key '${key}' does not have the required permissions for this endpoint on account '${this.#account ?? PLATFORM}'. Enabling "Read" ('${name}') permissions on this key would allow this request to continue.`,
        this.#format,
      );
    }
    return forbidden(
      `The provided key '${key}' does not have the required permissions for this endpoint on account '${this.#account ?? PLATFORM}'. Having the '${READ[kind]}' permission would allow this request to continue.`,
    );
  }
}

const PLATFORM = "acct_platform";
