import type Stripe from "stripe";
import { newCharge } from "./objects.ts";

/** A payment to create. Amounts in minor units, times in Unix seconds. */
export interface PaymentSpec {
  account: string;
  /** `destination` transfers by application fee or `transferAmount`; `transfer` needs `addTransfer`. */
  mode: "direct" | "destination" | "transfer";
  amount: number;
  currency?: string;
  applicationFee?: number;
  /** `transfer_data.amount`, instead of a fee. */
  transferAmount?: number;
  onBehalfOf?: boolean;
  /** The Connect application of the charge; default: the platform's for a direct charge, else none. */
  application?: string | null;
  /** Default: 2.9 % and 30. */
  stripeFee?: number;
  otherFees?: { type: string; amount: number }[];
  /** The settlement currency, and the exchange rate from `currency`. */
  settlement?: { currency: string; rate: number };
  /** The same for the franchisee's part of a destination charge. */
  arrival?: { currency: string; rate: number };
  metadata?: Record<string, string>;
  billing?: { name?: string; email?: string; phone?: string };
  transferGroup?: string;
  /** Default: now. */
  createdAt?: number;
  chargedAt?: number;
  /** `late`: `settle` creates balance transaction, transfer and fee. */
  settles?: "at once" | "late";
  /** Stores its events as pending. */
  silent?: boolean | undefined;
}

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
