/** Documents of the legacy service: flat fields of any type. */
import { Timestamp } from "firebase-admin/firestore";
import { z } from "zod";
import { dayOf } from "../../domain/calendar.ts";
import { MAX_AMOUNT_MINOR, SPLIT_FIELDS } from "../../domain/money.ts";
import type { GoldenRecord } from "../../domain/golden-record.ts";
import { mapDetails } from "../../domain/payment-details.ts";
import { PAYMENT_STATUSES } from "../../domain/payment.ts";
import { NO_REGISTERS, type RecordDefaults, type Transaction } from "../../domain/transaction.ts";
import { storedDateSchema as date } from "../firestore.ts";

/** The legacy service checked no types: other values are shown as text. */
const legacyText = z
  .unknown()
  .optional()
  .transform((value) => {
    if (value === null || value === undefined) return null;
    if (value instanceof Timestamp) return value.toDate().toISOString();
    return typeof value === "string" ? value : JSON.stringify(value);
  });

const legacyCount = legacyText.transform((value) =>
  value === null || !/^\d{1,15}$/.test(value) ? null : Number(value),
);

/** A number, or its digits. */
const legacyAmount = z
  .union([
    z.number().min(-MAX_AMOUNT_MINOR).max(MAX_AMOUNT_MINOR),
    z
      .string()
      .regex(/^-?\d{1,12}$/)
      .transform(Number),
  ])
  .nullish()
  .transform((value) => value ?? null);

const shownAmount = legacyAmount.transform((value) => value ?? 0);

/** The fields that legacy documents have, and current ones too. */
export const flatFields = {
  stripePaymentId: legacyText,
  amount_total: shownAmount,
  amount_stripe_fee: shownAmount,
  amount_platform_fee: shownAmount,
  amount_franchisee_net: shownAmount,
  ...mapDetails(
    () => legacyText,
    () => legacyCount,
  ),
  status: legacyText,
  createdAt: date,
};

export const legacySchema = z.object({ ...flatFields, amount_total: legacyAmount });
type LegacyDocument = z.infer<typeof legacySchema>;

/** The transaction of a legacy document: its flat fields are the golden record. */
export function adoptLegacy(id: string, legacy: LegacyDocument, defaults: RecordDefaults): Transaction {
  return {
    ...legacy,
    amount_total: legacy.amount_total ?? 0,
    stripePaymentId: legacy.stripePaymentId ?? id,
    currency: defaults.currency,
    livemode: defaults.livemode,
    source: "orchestrator",
    day: dayOf(legacy.createdAt, defaults.timeZone),
    updatedAt: legacy.createdAt,
    revision: 0,
    ...NO_REGISTERS,
    golden: legacyGolden(id, legacy),
    reconciliation: { status: "expected", differences: [], notCompared: [], checkedAt: null },
    exception: null,
    exceptionOpenedAt: null,
  };
}

/**
 * The legacy service stored null for a missing text and 0 for a missing part of the total. A document without a total
 * has no golden record.
 */
function legacyGolden(id: string, legacy: LegacyDocument): GoldenRecord | null {
  const { createdAt: _, amount_total, ...fields } = legacy;
  if (amount_total === null) return null;
  const hasSplit = SPLIT_FIELDS.some((field) => legacy[field] !== 0);
  return {
    ...fields,
    ...(!hasSplit && { amount_stripe_fee: null, amount_platform_fee: null, amount_franchisee_net: null }),
    stripePaymentId: legacy.stripePaymentId ?? id,
    amount_total,
    status: PAYMENT_STATUSES.find((known) => known === legacy.status) ?? null,
    currency: null,
    livemode: null,
    correction: null,
  };
}
