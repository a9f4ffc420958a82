import type Stripe from "stripe";
import { newCharge } from "./objects.ts";

/** A payment to make. Amounts in minor units, times in seconds since 1970. */
export interface PaymentSpec {
  /** The connected account that it is for. */
  account: string;
  /** `direct`, `destination` (by application fee, or by `transferAmount`), or `transfer`, to be made by `addTransfer`. */
  mode: "direct" | "destination" | "transfer";
  amount: number;
  currency?: string;
  /** What the platform keeps by an application fee. */
  applicationFee?: number;
  /** What the platform passes on (`transfer_data.amount`), instead of a fee. */
  transferAmount?: number;
  onBehalfOf?: boolean;
  /** The Connect application that makes the charge; the platform's own for a direct charge, none for the platform's own charges. */
  application?: string | null;
  /** What Stripe takes; 2.9 % and 30 if it is not said. */
  stripeFee?: number;
  /** Fees of other types. */
  otherFees?: { type: string; amount: number }[];
  /** The currency in which it settles where it is charged, and what one unit of `currency` is worth in it. */
  settlement?: { currency: string; rate: number };
  /** The same for what arrives at the franchisee of a destination charge. */
  arrival?: { currency: string; rate: number };
  metadata?: Record<string, string>;
  billing?: { name?: string; email?: string; phone?: string };
  transferGroup?: string;
  /** When the PaymentIntent was created, and when it was charged; the clock's time if not said. */
  createdAt?: number;
  chargedAt?: number;
  /** `late`: Stripe writes balance transaction, transfer and fee on `settle`. */
  settles?: "at once" | "late";
  /** Its events are stored, and not delivered: they stay pending. */
  silent?: boolean | undefined;
}

/** The charge of a new attempt to pay. */
export function chargeFor(intent: Stripe.PaymentIntent, spec: PaymentSpec, now: number): Stripe.Charge {
  const { billing = {}, chargedAt, mode } = spec;
  const { transfer_data: data } = intent;
  return newCharge({
    amount: intent.amount,
    currency: intent.currency,
    created: chargedAt ?? now,
    payment_intent: intent.id,
    application: intent.application,
    application_fee_amount: intent.application_fee_amount,
    on_behalf_of: intent.on_behalf_of,
    metadata: { ...intent.metadata },
    transfer_data: data ? { destination: data.destination, amount: data.amount ?? null } : null,
    // Stripe puts the charge of a destination in a group of its own.
    transfer_group: intent.transfer_group ?? (mode === "destination" ? `group_${intent.id}` : null),
    billing_details: {
      address: null,
      tax_id: null,
      name: billing.name ?? null,
      email: billing.email ?? null,
      phone: billing.phone ?? null,
    },
  });
}
