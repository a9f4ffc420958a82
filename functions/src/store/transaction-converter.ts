import type { DocumentReference, DocumentSnapshot, QueryDocumentSnapshot } from "firebase-admin/firestore";
import { z } from "zod";
import { recordDefaults } from "../config.ts";
import { inferRedactions } from "../domain/erasure.ts";
import { REDACTABLE_FIELDS, type Transaction } from "../domain/transaction.ts";
import { comparisonSchema } from "../domain/reconciliation.ts";
import { discrepancySchema, EXCEPTION_STATES, publicName } from "../domain/reconciliation-exception.ts";
import { AMOUNT_FIELDS } from "../domain/money.ts";
import { searchTerms } from "../domain/search.ts";
import { isOpen } from "../domain/stripe-snapshot.ts";
import type { GoldenRecord } from "../domain/golden-record.ts";
import { PAYMENT_STATUSES } from "../domain/payment.ts";
import { adoptLegacy, flatFields, legacySchema } from "./legacy/document.ts";
import { storedDetails, storedText, stripeSchema } from "./stripe-document.ts";
import { storedDateSchema as date, unreadable } from "./firestore.ts";

const storedAmount = z.number().nullable();

/** More tolerant than `goldenRecordSchema`: the legacy service stored unchecked values. */
const storedGoldenSchema: z.ZodType<GoldenRecord> = z.object({
  stripePaymentId: z.string(),
  amount_total: z.number(),
  amount_stripe_fee: storedAmount,
  amount_platform_fee: storedAmount,
  amount_franchisee_net: storedAmount,
  currency: storedText,
  livemode: z.boolean().nullable(),
  ...storedDetails(z.number()),
  status: z.enum(PAYMENT_STATUSES).nullable(),
  correction: storedText,
});

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
    ...comparisonSchema.shape,
    notCompared: z.array(z.enum(AMOUNT_FIELDS)),
    checkedAt: date.nullable(),
  }),
  exception: z.enum(EXCEPTION_STATES).nullable(),
  resolution: z
    // Earlier versions stored email addresses here.
    .object({ ...discrepancySchema.shape, reason: z.string(), by: z.string().transform(publicName), at: date })
    .nullable(),
  // Documents of earlier versions lack these.
  onBalance: z
    .object({ kept: z.array(z.object({ currency: z.string(), amount: z.int() })), asOf: date })
    .nullable()
    .default(null),
  exceptionOpenedAt: date.nullable().default(null),
  erasedAt: date.nullable().default(null),
  redactions: z.partialRecord(z.enum(REDACTABLE_FIELDS), z.array(z.string())).optional(),
});

/**
 * Documents of earlier versions have no redactions; an erasure would have made a revision. They have no time of an open
 * exception, either: it opened at their last change, or before.
 */
const transactionSchema = currentSchema.transform(({ redactions, ...fields }): Transaction => {
  const { exception, updatedAt } = fields;
  const exceptionOpenedAt = exception === "open" ? (fields.exceptionOpenedAt ?? updatedAt) : null;
  const transaction = { ...fields, exceptionOpenedAt, redactions: redactions ?? {} };
  if (redactions !== undefined || fields.revision === 0) return transaction;
  return { ...transaction, redactions: inferRedactions(transaction) };
});

/** A document that neither this service nor the legacy service can have written. */
export class UnreadableDocumentError extends Error {
  override readonly name = "UnreadableDocumentError";
  readonly document: { franchiseeId: string | null; stripePaymentId: string };

  constructor(reference: DocumentReference, error: z.ZodError) {
    super(unreadable(reference, error));
    this.document = { franchiseeId: reference.parent.parent?.id ?? null, stripePaymentId: reference.id };
  }
}

/**
 * Reads a document of this service or the legacy service. Throws UnreadableDocumentError, which names the document and
 * the fields.
 */
export function fromFirestore(snapshot: DocumentSnapshot): Transaction {
  return readFields(snapshot.ref, snapshot.data());
}

/** Reads the fields of a document or of one of its revisions. */
export function readFields(reference: DocumentReference, fields: unknown): Transaction {
  const parsed = isCurrent(fields)
    ? transactionSchema.safeParse(fields)
    : legacySchema.transform((legacy) => adoptLegacy(reference.id, legacy, recordDefaults())).safeParse(fields);
  if (!parsed.success) throw new UnreadableDocumentError(reference, parsed.error);
  return parsed.data;
}

export type Entry =
  | { snapshot: QueryDocumentSnapshot; transaction: Transaction }
  | { snapshot: QueryDocumentSnapshot; unreadable: string };

/** Returns an error as `unreadable`, so that it does not hide the other documents of a list. */
export function readEntry(snapshot: QueryDocumentSnapshot): Entry {
  try {
    return { snapshot, transaction: fromFirestore(snapshot) };
  } catch (error) {
    if (!(error instanceof UnreadableDocumentError)) throw error;
    return { snapshot, unreadable: error.message };
  }
}

const currentMarkSchema = z.object({ revision: z.custom<number>((value) => typeof value === "number") });

/** Whether this service wrote the fields: legacy documents have no revision. */
export function isCurrent(fields: unknown): boolean {
  return currentMarkSchema.safeParse(fields).success;
}

/**
 * Whether the sync must fetch the payment from Stripe by its id:
 * - `unknown`: not fetched or listed yet
 * - `absent`: unknown to Stripe
 * - `open`: it may still change at Stripe
 * - `settled`: need not be fetched
 */
export type StripeState = "unknown" | "absent" | "open" | "settled";

function stripeStateOf({ stripe, absentAsOf }: Transaction): StripeState {
  if (stripe) return isOpen(stripe) ? "open" : "settled";
  return absentAsOf ? "absent" : "unknown";
}

/** With fields for the queries of sync and portal. */
export function toFirestore(transaction: Transaction): Record<string, unknown> {
  return { ...transaction, stripeState: stripeStateOf(transaction), search: searchTerms(transaction) };
}
