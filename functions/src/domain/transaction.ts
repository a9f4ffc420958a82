/**
 * A **transaction** is one payment as the portal shows it; its id is the id of the Stripe PaymentIntent. A field that a
 * golden record omits, or sends as null, is **unset**: the transaction shows a default in its place (0 for an amount,
 * null for a text), and Stripe may fill it. A provided value is never overwritten by the other source.
 */
import type { Amounts } from "./money.ts";
import { type PaymentDetails, DESCRIPTIVE_FIELDS } from "./payment-details.ts";
import type { ExceptionState, Resolution } from "./reconciliation-exception.ts";
import type { Reconciliation, Statements } from "./reconciliation.ts";

/** Fields whose text may be sent again after an erasure. */
export const REDACTABLE_FIELDS = [...DESCRIPTIVE_FIELDS, "correction"] as const;

/**
 * What erasures left of a payment's texts, by field. Only texts listed here were erased: senders may type `[erased]`
 * too.
 */
export type Redactions = Partial<Record<(typeof REDACTABLE_FIELDS)[number], readonly string[]>>;

/** The registers of a transaction: the last statement of each source, and operators' decisions and erasures. */
export interface Registers extends Statements {
  /** The accepted discrepancy; null if there is none. */
  resolution: Resolution | null;
  /**
   * When the customer's personal data were erased: later observations are applied without them. Null if they never
   * were.
   */
  erasedAt: Date | null;
  /** What erasures left of its texts, which replaces the same texts in later observations. */
  redactions: Redactions;
}

export const NO_REGISTERS: Registers = {
  golden: null,
  goldenSentAt: null,
  stripe: null,
  absentAsOf: null,
  resolution: null,
  erasedAt: null,
  redactions: {},
};

/** The defaults for unset fields, and the deployment's settings. */
export interface RecordDefaults {
  currency: string;
  livemode: boolean;
  /** IANA: the time zone of the days that payments are booked on. */
  timeZone: string;
  /**
   * The platform's own Connect application (`ca_…`), which identifies its direct charges; null where it is not
   * configured.
   */
  applicationId: string | null;
}

/** A payment as the portal shows it. Amounts in minor units of `currency`; null is an unset field. */
export interface Transaction extends Amounts, PaymentDetails, Registers {
  stripePaymentId: string;
  currency: string;
  livemode: boolean;
  status: string | null;
  /** `orchestrator` if there is a golden record. */
  source: "orchestrator" | "stripe";
  /** Set once: when the payment was first recorded, or, without a golden record, created at Stripe. The sort key. */
  createdAt: Date;
  /**
   * The day that it is booked on, `YYYY-MM-DD`: that of `createdAt` in the reporting time zone of that time. Set once.
   */
  day: string;
  updatedAt: Date;
  /** The number of changes since the first record. */
  revision: number;
  reconciliation: Reconciliation;
  /** Null where nothing is wrong, or it is too early to say. */
  exception: ExceptionState | null;
}
