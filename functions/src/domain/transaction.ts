/**
 * A **transaction** is one payment as the portal shows it; its id is the id of the Stripe PaymentIntent. A field that a
 * golden record omits, or sends as null, is **unset**: the transaction shows a default in its place (0 for an amount, null
 * for a text), and Stripe may fill it. A provided value is never overwritten by the other source.
 */
import type { Amounts } from "./money.ts";
import { type PaymentDetails, DESCRIPTIVE_FIELDS } from "./payment-details.ts";
import type { ExceptionState, Resolution } from "./reconciliation-exception.ts";
import type { Reconciliation, Statements } from "./reconciliation.ts";

/** The fields whose text may be sent again after something was erased from it. */
export const REDACTABLE_FIELDS = [...DESCRIPTIVE_FIELDS, "correction"] as const;

/** What erasures have left of a payment's texts, by field. A sender can type `[erased]` as well: only what is listed here was erased. */
export type Redactions = Partial<Record<(typeof REDACTABLE_FIELDS)[number], readonly string[]>>;

/** Per source, the last statement about a payment; and what operators decided and erased. */
export interface Registers extends Statements {
  /** What an operator has resolved; null if nobody has. */
  resolution: Resolution | null;
  /** When the customer's personal data were erased: later observations are applied without them. Null if they never were. */
  erasedAt: Date | null;
  /** What erasures have left of its texts; the same texts again are these. Empty if nothing was erased from any. */
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

/** What a golden record that does not say is taken to mean, and what the deployment goes by. */
export interface RecordDefaults {
  currency: string;
  livemode: boolean;
  /** IANA: where the days are that payments are booked on. */
  timeZone: string;
  /** The platform's own Connect application (`ca_…`), by which its direct charges are known from others'; null where it is not configured. */
  applicationId: string | null;
}

/** A payment as the portal shows it. Amounts in minor units of `currency`; null stands for what nobody has said. */
export interface Transaction extends Amounts, PaymentDetails, Registers {
  stripePaymentId: string;
  currency: string;
  livemode: boolean;
  status: string | null;
  /** `orchestrator` once a golden record has arrived. */
  source: "orchestrator" | "stripe";
  /** Set once: when the payment was first recorded, or, if Stripe spoke first, when it was created there. The sort key. */
  createdAt: Date;
  /** The day that it is booked on, `YYYY-MM-DD`: that of `createdAt`, where the deployment kept its books then. Set once. */
  day: string;
  updatedAt: Date;
  /** Number of changes since the first record. */
  revision: number;
  reconciliation: Reconciliation;
  /** Null where nothing is wrong, or it is too early to say. */
  exception: ExceptionState | null;
}
