import type { DocumentReference, DocumentSnapshot, QueryDocumentSnapshot } from "firebase-admin/firestore";
import { z } from "zod";
import { recordDefaults } from "../config.ts";
import { assumedRedactions, REDACTABLE_FIELDS } from "../domain/erasure.ts";
import {
  comparisonSchema,
  discrepancySchema,
  EXCEPTION_STATES,
  publicName,
} from "../domain/reconciliation-exception.ts";
import { AMOUNT_FIELDS } from "../domain/money.ts";
import { searchTerms } from "../domain/search.ts";
import { isOpen } from "../domain/stripe-snapshot.ts";
import { type GoldenRecord, PAYMENT_STATUSES, type Transaction } from "../domain/transaction.ts";
import { adoptLegacy, flatFields, legacySchema } from "./legacy/document.ts";
import { storedDetails, storedText, stripeSchema } from "./stripe-document.ts";
import { storedDateSchema as date } from "./firestore.ts";

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
    // Earlier versions stored who decided, address and all.
    .object({ ...discrepancySchema.shape, reason: z.string(), by: z.string().transform(publicName), at: date })
    .nullable(),
  // What was written before there was one has none.
  erasedAt: date.nullable().default(null),
  redactions: z.partialRecord(z.enum(REDACTABLE_FIELDS), z.array(z.string())).optional(),
});

/** What was written before there were redactions has none; a document that was never changed has had no erasure. */
const transactionSchema = currentSchema.transform(({ redactions, ...fields }): Transaction => {
  const transaction = { ...fields, redactions: redactions ?? {} };
  if (redactions !== undefined || fields.revision === 0) return transaction;
  return { ...transaction, redactions: assumedRedactions(transaction) };
});

/** A document that neither this service nor the legacy one can have written. */
export class UnreadableDocumentError extends Error {
  override readonly name = "UnreadableDocumentError";
  readonly document: { franchiseeId: string | null; stripePaymentId: string };

  constructor({ path, parent, id }: DocumentReference, fields: string) {
    super(`The document ${path} cannot be read: ${fields}`);
    this.document = { franchiseeId: parent.parent?.id ?? null, stripePaymentId: id };
  }
}

/**
 * Reads a transaction document, of this service or of the legacy one.
 * Throws UnreadableDocumentError, which names the document and the fields.
 */
export function fromFirestore(snapshot: DocumentSnapshot): Transaction {
  return readFields(snapshot.ref, snapshot.data());
}

/** The same, of fields that this document has now, or had once. */
export function readFields(reference: DocumentReference, fields: unknown): Transaction {
  const parsed = isCurrent(fields)
    ? transactionSchema.safeParse(fields)
    : legacySchema.transform((legacy) => adoptLegacy(reference.id, legacy, recordDefaults())).safeParse(fields);
  if (!parsed.success) {
    const wrong = [...new Set(parsed.error.issues.map(({ path }) => path.join(".")))].join(", ");
    throw new UnreadableDocumentError(reference, wrong);
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
    return { snapshot, transaction: fromFirestore(snapshot) };
  } catch (error) {
    if (!(error instanceof UnreadableDocumentError)) throw error;
    return { snapshot, unreadable: error.message };
  }
}

const currentMarkSchema = z.object({ revision: z.custom<number>((value) => typeof value === "number") });

/** Whether this service wrote these fields: what the legacy one wrote has no revision. */
export function isCurrent(fields: unknown): boolean {
  return currentMarkSchema.safeParse(fields).success;
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

/** The fields of a document that a transaction is stored as: its own, and those that the sync's and the portal's queries go by. */
export function toFirestore(transaction: Transaction): Record<string, unknown> {
  return { ...transaction, stripeState: stripeStateOf(transaction), search: searchTerms(transaction) };
}
