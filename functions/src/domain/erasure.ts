/**
 * Redacts a customer's personal data. Amounts and reconciliation are not personal; nor is the workshop, except for
 * texts that name the customer.
 */
import { createHmac } from "node:crypto";
import type { ErasedTexts, Observation } from "./observation.ts";
import { ERASED, isErasedFrom, redacted } from "./personal-text.ts";
import type { StripeSnapshot } from "./stripe-snapshot.ts";
import { REDACTABLE_FIELDS, type Redactions, type Transaction } from "./transaction.ts";
import { type PaymentDetails, PERSONAL_FIELDS, DESCRIPTIVE_FIELDS } from "./payment-details.ts";

type Redactable = Partial<Record<(typeof REDACTABLE_FIELDS)[number], string | null>>;

type Personal = Pick<PaymentDetails, (typeof PERSONAL_FIELDS)[number]>;
type Descriptive = Pick<PaymentDetails, (typeof DESCRIPTIVE_FIELDS)[number]>;

const NO_PERSONAL_DATA: Partial<Personal> = Object.fromEntries(PERSONAL_FIELDS.map((field) => [field, null]));

export function redactPersonalData<T extends Personal>(details: T): T {
  return { ...details, ...NO_PERSONAL_DATA };
}

export function redactSnapshot(snapshot: StripeSnapshot): StripeSnapshot {
  return { ...snapshot, details: redactPersonalData(snapshot.details) };
}

/** A workshop's id without these texts. It contains a hash, because two workshops must not become one. */
export function redactedId(id: string, { personal, salt = "" }: ErasedTexts): string {
  if (redacted(id, personal) === id) return id;
  return `${ERASED} ${createHmac("sha256", salt).update(id).digest("hex").slice(0, ID_LENGTH)}`;
}

const ID_LENGTH = 12;

function redactTexts<T extends Descriptive>(details: T, erasure: ErasedTexts): T {
  const texts: Partial<Descriptive> = {};
  for (const field of DESCRIPTIVE_FIELDS) texts[field] = details[field] && redacted(details[field], erasure.personal);
  return { ...details, ...texts, workshopId: details.workshopId && redactedId(details.workshopId, erasure) };
}

/** An observation without personal data, for a transaction whose personal data are erased. */
export function redactObservation(input: Observation): Observation {
  if (input.kind === "snapshot") return { ...input, snapshot: redactSnapshot(input.snapshot) };
  return input.kind === "golden" ? { ...input, record: redactPersonalData(input.record) } : input;
}

/**
 * An observation in which texts that were erased from the transaction are redacted again. If a correction was erased,
 * any new one is too, because it may name the customer.
 */
export function applyRedactions(input: Observation, { golden, stripe, ...shown }: Transaction): Observation {
  if (input.kind === "golden") {
    const record = redactAgain(input.record, golden, shown);
    const isErased = record.correction !== null && shown.redactions.correction !== undefined;
    return { ...input, record: isErased ? { ...record, correction: ERASED } : record };
  }
  if (input.kind !== "snapshot") return input;
  const { snapshot } = input;
  return { ...input, snapshot: { ...snapshot, details: redactAgain(snapshot.details, stripe?.details, shown) } };
}

function redactAgain<T extends Descriptive>(
  details: T,
  inForce: Descriptive | null | undefined,
  { redactions, ...shown }: Descriptive & { redactions: Redactions },
): T {
  const texts: Partial<Descriptive> = {};
  for (const field of DESCRIPTIVE_FIELDS) {
    const [text, known] = [details[field], inForce?.[field] ?? shown[field]];
    if (text === null) continue;
    const erasedTo = redactions[field] ?? [];
    // The current text first: several erased texts may have the same original.
    const candidates = erasedTo.toSorted((a, b) => Number(b === known) - Number(a === known));
    // An erased id is a hash, which cannot be compared.
    const isAnyErased = field === "workshopId" && (known === null || erasedTo.includes(known));
    const found = isAnyErased ? candidates[0] : candidates.find((candidate) => isErasedFrom(candidate, text));
    if (found !== undefined) texts[field] = found;
  }
  return { ...details, ...texts };
}

/**
 * Redacts these texts in corrections, resolutions and workshop fields, and, unless somebody else paid, all personal
 * data.
 */
export function redactTransaction(transaction: Transaction, erasure: ErasedTexts): Transaction {
  const { personal, isMention = false } = erasure;
  const { golden, stripe, resolution } = transaction;
  const clean = <T extends Personal & Descriptive>(details: T): T => {
    const redactedTexts = redactTexts(details, erasure);
    return isMention ? redactedTexts : redactPersonalData(redactedTexts);
  };
  const next = {
    ...clean(transaction),
    golden: golden && { ...clean(golden), correction: erasedCorrection(golden.correction, personal) },
    stripe: stripe && { ...stripe, details: clean(stripe.details) },
    resolution: resolution && { ...resolution, reason: redacted(resolution.reason, personal) },
  };
  return { ...next, redactions: redactionsOf(transaction, next, personal) };
}

function redactionsOf(before: Transaction, after: Transaction, personal: readonly string[]): Redactions {
  const [previous, next] = [redactablesOf(before), redactablesOf(after)];
  return byField((field) => [
    ...(before.redactions[field] ?? []).map((text) => redacted(text, personal)),
    ...next.flatMap((texts, index) => (texts[field] === previous[index]?.[field] ? [] : [texts[field] ?? null])),
  ]);
}

/** For transactions stored before `redactions` existed: every text that contains the mark may have been erased. */
export function inferRedactions(transaction: Transaction): Redactions {
  const redactables = redactablesOf(transaction);
  return byField((field) => redactables.map((texts) => (texts[field]?.includes(ERASED) ? texts[field] : null)));
}

/** The parts of a transaction that contain redactable texts. */
function redactablesOf({ golden, stripe, ...shown }: Transaction): Redactable[] {
  return [shown, golden ?? {}, stripe?.details ?? {}];
}

function byField(textsOf: (field: keyof Redactions) => (string | null)[]): Redactions {
  const fields = REDACTABLE_FIELDS.map((field) => {
    return [field, [...new Set(textsOf(field))].filter((text) => text !== null)] as const;
  });
  return Object.fromEntries(fields.filter(([, texts]) => texts.length > 0));
}

/** Erases the whole correction: its rest could not be distinguished from a new one. The revision keeps the rest. */
function erasedCorrection(correction: string | null, personal: readonly string[]): string | null {
  return correction === null || redacted(correction, personal) === correction ? correction : ERASED;
}
