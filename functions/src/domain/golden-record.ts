import { z } from "zod";
import { type Amounts, amountMinorSchema, currencySchema, SPLIT_FIELDS, unallocatedMinor } from "./money.ts";
import { mapDetails } from "./payment-details.ts";
import { PAYMENT_STATUSES, paymentIntentIdSchema } from "./payment.ts";

const DETAILS = mapDetails((_field, maxLength) => textField(maxLength), countField);

/** Refuses ill-formed Unicode, which Firestore cannot store unchanged. */
const text = z
  .string()
  .max(500)
  .refine((value) => value.isWellFormed(), { error: "expected well-formed Unicode" });

/** The platform's amount alone may be negative: it may pay more to Stripe than it keeps. */
const receivedAmount = amountMinorSchema.nonnegative();

/**
 * A golden record as posted, with current and legacy field names (`amount` for `amount_total`). Amounts are in minor
 * units. Other fields are ignored. A bad id, amount or status refuses the record; a bad detail is omitted.
 */
export const goldenRecordSchema = z
  .object({
    stripePaymentId: paymentIntentIdSchema,
    amount_total: receivedAmount.nullable().default(null),
    amount: receivedAmount.nullable().default(null),
    amount_stripe_fee: receivedAmount.nullable().default(null),
    amount_platform_fee: amountMinorSchema.nullable().default(null),
    amount_franchisee_net: receivedAmount.nullable().default(null),
    currency: currencySchema.nullable().default(null),
    livemode: z.boolean().nullable().default(null),
    ...mapDetails(
      (field) => DETAILS[field].schema,
      (field) => DETAILS[field].schema,
    ),
    status: z.enum(PAYMENT_STATUSES).nullable().default(null),
    correction: text.trim().min(1).nullable().default(null),
  })
  .refine((record) => (record.amount_total ?? record.amount ?? null) !== null, {
    path: ["amount_total"],
    error: "required (its legacy name amount is understood)",
    when: ({ value }) => typeof value === "object" && value !== null && !Array.isArray(value),
  })
  .transform(({ amount, amount_total, ...rest }) => ({ ...rest, amount_total: amount_total ?? amount ?? z.NEVER }));

/** Null is an unset field. Amounts in minor units. */
export type GoldenRecord = z.infer<typeof goldenRecordSchema>;

/** The amounts in minor units. An unset part is taken from `defaults`, else 0. */
export function amountsOf(record: GoldenRecord, defaults: Partial<Amounts> = {}): Amounts {
  return {
    amount_total: record.amount_total,
    amount_stripe_fee: record.amount_stripe_fee ?? defaults.amount_stripe_fee ?? 0,
    amount_platform_fee: record.amount_platform_fee ?? defaults.amount_platform_fee ?? 0,
    amount_franchisee_net: record.amount_franchisee_net ?? defaults.amount_franchisee_net ?? 0,
  };
}

export function amountWarnings(golden: GoldenRecord): string[] {
  const warnings: string[] = [];
  const amounts = amountsOf(golden);
  const unallocated = unallocatedOf(golden);
  if (!hasSplit(golden)) {
    warnings.push(
      `No part of amount_total was sent: ${SPLIT_FIELDS.join(", ")} count as 0 until Stripe's figures arrive.`,
    );
  }
  const side = unallocated > 0 ? "more" : unallocated < 0 ? "less" : null;
  if (side !== null) {
    const parts = SPLIT_FIELDS.map((field) => `${field} ${amounts[field]}`).join(" + ");
    warnings.push(
      `The amounts do not add up: amount_total ${amounts.amount_total} is ${Math.abs(unallocated)} ${side} than ${parts} (minor units).`,
    );
  }
  if (amounts.amount_platform_fee < 0) {
    warnings.push(
      `amount_platform_fee is negative: the platform pays ${-amounts.amount_platform_fee} on this payment (minor units).`,
    );
  }
  return warnings;
}

/** The total minus its parts, in minor units; 0 for a record with only a total, as legacy senders send it. */
export function unallocatedOf(golden: GoldenRecord): number {
  return hasSplit(golden) ? unallocatedMinor(amountsOf(golden)) : 0;
}

function hasSplit(golden: GoldenRecord): boolean {
  return SPLIT_FIELDS.some((field) => golden[field] !== null);
}

/** Warns of converted and omitted detail fields. Warnings contain no values, which may be a customer's. */
export function detailWarnings(sent: unknown): string[] {
  const values = new Map<string, unknown>(typeof sent === "object" && sent !== null ? Object.entries(sent) : []);
  return Object.entries(DETAILS).flatMap(([field, { convert, expected }]) => {
    const value = values.get(field) ?? null;
    if (value === null) return [];
    const converted = convert(value);
    if (converted === null) return [`${field} was left out: expected ${expected}, received ${describe(value)}.`];
    if (typeof converted === typeof value) return [];
    return [
      `${field} was sent as a ${typeof value} and recorded as ${typeof converted === "string" ? "text" : "a number"}.`,
    ];
  });
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  if (typeof value === "number")
    return isExact(value) ? "another number" : "a number with more digits than can be read exactly";
  if (typeof value !== "string") return `a ${typeof value}`;
  return value.isWellFormed() ? `a text of ${value.length} characters` : "ill-formed Unicode";
}

interface Field<T extends string | number> {
  schema: z.ZodType<T | null>;
  /** Null if the conversion would lose information. */
  convert: (value: unknown) => T | null;
  expected: string;
}

function textField(max: number): Field<string> {
  const convert = (value: unknown): string | null => {
    // Firestore cannot store ill-formed Unicode unchanged.
    if (typeof value === "string") return value.length <= max && value.isWellFormed() ? value : null;
    if (typeof value === "boolean") return String(value);
    return typeof value === "number" && isExact(value) ? String(value) : null;
  };
  const schema = z.preprocess(convert, z.string().max(max).nullable().default(null));
  return { schema, convert, expected: `well-formed text of at most ${max} characters` };
}

function countField(): Field<number> {
  const convert = (value: unknown): number | null => {
    const isWrittenOut = typeof value === "string" && /^\s*\+?\d{1,15}(\.0*)?\s*$/.test(value);
    const number = isWrittenOut ? Number(value) : value;
    return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? Math.abs(number) : null;
  };
  const schema = z.preprocess(convert, z.int().nonnegative().nullable().default(null));
  return { schema, convert, expected: "a whole number of 0 or more" };
}

/** Whether a double represents the number exactly; `readJson` turns others into Infinity. */
function isExact(value: number): boolean {
  if (Number.isInteger(value)) return Number.isSafeInteger(value);
  const digits = String(value).replace(/e.*/, "").replaceAll(/\D/g, "").replace(/^0+/, "");
  return Number.isFinite(value) && digits.length <= 15;
}
