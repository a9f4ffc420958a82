import {
  type DocumentReference,
  type DocumentSnapshot,
  type QueryDocumentSnapshot,
  Timestamp,
} from "firebase-admin/firestore";
import { z } from "zod";
import { recordDefaults } from "../config.ts";
import { dayOf } from "../domain/calendar.ts";
import { EXCEPTION_STATES } from "../domain/exception.ts";
import { AMOUNT_FIELDS, MAX_AMOUNT_MINOR, SPLIT_FIELDS } from "../domain/money.ts";
import { RECONCILIATION_STATUSES } from "../domain/reconciliation.ts";
import { isOpen } from "../domain/stripe-facts.ts";
import { type GoldenRecord, PAYMENT_STATUSES, type RecordDefaults, type Transaction } from "../domain/transaction.ts";
import { storedDetails, storedText, stripeSchema } from "./stripe-document.ts";
import { storedDateSchema as date } from "./timestamp.ts";

/** The legacy service checked no types: whatever stands where a text should be is shown as text. */
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

/** A number, or one written as text. Anything else is no amount, and nobody guesses at money. */
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

/** The fields of every transaction document, those of the legacy service included, which has no others. */
const flatFields = {
  stripePaymentId: legacyText,
  amount_total: shownAmount,
  amount_stripe_fee: shownAmount,
  amount_platform_fee: shownAmount,
  amount_franchisee_net: shownAmount,
  name: legacyText,
  email: legacyText,
  phone: legacyText,
  workshopId: legacyText,
  workshopName: legacyText,
  workshopDate: legacyText,
  workshopTime: legacyText,
  participantCount: legacyCount,
  organizationType: legacyText,
  status: legacyText,
  createdAt: date,
};

const legacySchema = z.object({ ...flatFields, amount_total: legacyAmount });
type LegacyDocument = z.infer<typeof legacySchema>;

const storedAmount = z.number().nullable();

/**
 * A golden record as it is stored. What is taken from outside is checked by `goldenRecordSchema`; what the legacy service
 * took was not, and is kept as it is.
 */
const storedGoldenSchema: z.ZodType<GoldenRecord> = z.object({
  stripePaymentId: z.string(),
  amount_total: z.number(),
  amount_stripe_fee: storedAmount,
  amount_platform_fee: storedAmount,
  amount_franchisee_net: storedAmount,
  currency: storedText,
  livemode: z.boolean().nullable(),
  ...storedDetails,
  participantCount: z.number().nullable(),
  status: z.enum(PAYMENT_STATUSES).nullable(),
  correction: storedText,
});

const differenceValue = z.union([z.number(), z.string(), z.boolean()]);

const disagreement = {
  status: z.enum(RECONCILIATION_STATUSES),
  differences: z.array(
    z.object({
      field: z.enum([...AMOUNT_FIELDS, "unallocated", "currency", "livemode", "status"]),
      recorded: differenceValue,
      stripe: differenceValue,
    }),
  ),
};

const currentSchema = z.object({
  ...flatFields,
  stripePaymentId: z.string(),
  currency: z.string(),
  livemode: z.boolean(),
  source: z.enum(["orchestrator", "stripe"]),
  day: z.iso.date(),
  updatedAt: date,
  revision: z.int(),
  golden: storedGoldenSchema.nullable(),
  goldenSentAt: date.nullable(),
  stripe: stripeSchema.nullable(),
  absentAsOf: date.nullable(),
  reconciliation: z.object({
    ...disagreement,
    notCompared: z.array(z.enum(AMOUNT_FIELDS)),
    checkedAt: date.nullable(),
  }),
  exception: z.enum(EXCEPTION_STATES).nullable(),
  resolution: z.object({ ...disagreement, reason: z.string(), by: z.string(), at: date }).nullable(),
});

/** A document that neither this service nor the legacy one can have written. */
export class UnreadableDocument extends Error {
  override readonly name = "UnreadableDocument";
  readonly document: { franchiseeId: string | null; stripePaymentId: string };

  constructor({ path, parent, id }: DocumentReference, fields: string) {
    super(`The document ${path} cannot be read: ${fields}`);
    this.document = { franchiseeId: parent.parent?.id ?? null, stripePaymentId: id };
  }
}

/**
 * Reads a transaction document, of this service or of the legacy one.
 * Throws UnreadableDocument, which names the document and the fields.
 */
export function readTransaction(snapshot: DocumentSnapshot): Transaction {
  return readFields(snapshot.ref, snapshot.data());
}

/** The same, of fields that this document has now, or had once. */
export function readFields(reference: DocumentReference, fields: unknown): Transaction {
  const parsed = isCurrent(fields)
    ? currentSchema.safeParse(fields)
    : legacySchema.transform((legacy) => adoptLegacy(reference.id, legacy, recordDefaults())).safeParse(fields);
  if (!parsed.success) {
    const wrong = [...new Set(parsed.error.issues.map(({ path }) => path.join(".")))].join(", ");
    throw new UnreadableDocument(reference, wrong);
  }
  return parsed.data;
}

/** A document of a list, read; or why it cannot be, as one message. */
export type Entry =
  | { snapshot: QueryDocumentSnapshot; transaction: Transaction }
  | { snapshot: QueryDocumentSnapshot; unreadable: string };

/** One document that cannot be read hides itself, not the others. */
export function readEntry(snapshot: QueryDocumentSnapshot): Entry {
  try {
    return { snapshot, transaction: readTransaction(snapshot) };
  } catch (error) {
    if (!(error instanceof UnreadableDocument)) throw error;
    return { snapshot, unreadable: error.message };
  }
}

const currentMarkSchema = z.object({ revision: z.custom<number>((value) => typeof value === "number") });

/** Whether this service wrote these fields: what the legacy one wrote has no revision. */
export function isCurrent(fields: unknown): boolean {
  return currentMarkSchema.safeParse(fields).success;
}

/** What the legacy service stored, as if this service had: the golden record is what the flat fields say. */
function adoptLegacy(id: string, legacy: LegacyDocument, defaults: RecordDefaults): Transaction {
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
    golden: legacyGolden(id, legacy),
    goldenSentAt: null,
    stripe: null,
    absentAsOf: null,
    resolution: null,
    reconciliation: { status: "expected", differences: [], notCompared: [], checkedAt: null },
    exception: null,
  };
}

/**
 * The legacy service wrote null for a text and 0 for a part of the total that its sender left unsaid. A document without
 * a total is no golden record: the next one to arrive takes its place.
 */
function legacyGolden(id: string, legacy: LegacyDocument): GoldenRecord | null {
  const { createdAt: _, amount_total, ...fields } = legacy;
  if (amount_total === null) return null;
  const saysSplit = SPLIT_FIELDS.some((field) => legacy[field] !== 0);
  return {
    ...fields,
    ...(!saysSplit && { amount_stripe_fee: null, amount_platform_fee: null, amount_franchisee_net: null }),
    stripePaymentId: legacy.stripePaymentId ?? id,
    amount_total,
    status: PAYMENT_STATUSES.find((known) => known === legacy.status) ?? null,
    currency: null,
    livemode: null,
    correction: null,
  };
}

/**
 * Whether the sync has to look the payment up in Stripe by its id:
 * - `unknown`: it never was, and no list of Stripe's has shown it yet
 * - `absent`: Stripe did not know it
 * - `open`: Stripe has yet to say its last word
 * - `settled`: there is no need
 */
export const STRIPE_STATES = ["unknown", "absent", "open", "settled"] as const;
export type StripeState = (typeof STRIPE_STATES)[number];

function stripeStateOf({ stripe, absentAsOf }: Transaction): StripeState {
  if (stripe) return isOpen(stripe) ? "open" : "settled";
  return absentAsOf ? "absent" : "unknown";
}

/** The fields of a document that a transaction is stored as: its own, and the one that the sync's queries go by. */
export function writeTransaction(transaction: Transaction): Record<string, unknown> {
  return { ...transaction, stripeState: stripeStateOf(transaction) };
}
