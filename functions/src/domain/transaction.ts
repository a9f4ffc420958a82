/**
 * A **transaction** is one payment; its id is the id of the Stripe PaymentIntent. A field that a golden record omits,
 * or sends as null, is **unset**: it shows Stripe's value, else a default (0 for an amount, null for a text). A
 * provided value is never overwritten by the other source.
 */
import type { Amounts } from "./money.ts";
import { type PaymentDetails, DESCRIPTIVE_FIELDS } from "./payment-details.ts";
import type { ExceptionState, Resolution } from "./reconciliation-exception.ts";
import type { Reconciliation, Statements } from "./reconciliation.ts";

/** Fields whose erased text may be sent again. */
export const REDACTABLE_FIELDS = [...DESCRIPTIVE_FIELDS, "correction"] as const;

/**
 * The erased texts of a payment, as redacted, by field. Other texts may contain `[erased]` because a sender typed it.
 */
export type Redactions = Partial<Record<(typeof REDACTABLE_FIELDS)[number], readonly string[]>>;

/** The last statement of each source, and operators' resolutions and erasures. */
export interface Registers extends Statements {
  resolution: Resolution | null;
  /** When the customer's personal data were erased, also from later observations; null if never. */
  erasedAt: Date | null;
  redactions: Redactions;
}

export const NO_REGISTERS: Registers = {
  golden: null,
  goldenSentAt: null,
  stripe: null,
  absentAsOf: null,
  onBalance: null,
  resolution: null,
  erasedAt: null,
  redactions: {},
};

/** The defaults for unset fields, and the deployment's settings. */
export interface RecordDefaults {
  currency: string;
  livemode: boolean;
  /** The time zone (IANA) of booking days. */
  timeZone: string;
  /** The platform's own Connect application (`ca_…`), which identifies its direct charges; null if not configured. */
  applicationId: string | null;
}

/** Amounts in minor units of `currency`; null is an unset field. */
export interface Transaction extends Amounts, PaymentDetails, Registers {
  stripePaymentId: string;
  currency: string;
  livemode: boolean;
  status: string | null;
  /** `orchestrator` if there is a golden record. */
  source: "orchestrator" | "stripe";
  /**
   * When the payment was first recorded, or, without a golden record, created at Stripe. Never changes. The sort key.
   */
  createdAt: Date;
  /** The booking day (`YYYY-MM-DD`) of `createdAt`, in the reporting time zone of that time. Never changes. */
  day: string;
  updatedAt: Date;
  /** The number of changes since the first record. */
  revision: number;
  reconciliation: Reconciliation;
  exception: ExceptionState | null;
  /** When the exception opened, or opened again; null unless it is open. Depends on the order of arrival. */
  exceptionOpenedAt: Date | null;
}
