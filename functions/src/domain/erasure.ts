/**
 * A customer's personal data, and how a transaction is stored without them. Amounts and reconciliation are not
 * personal; nor is the workshop, except for texts that name the customer.
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

export function redactPersonalData<T extends Personal>(said: T): T {
  return { ...said, ...NO_PERSONAL_DATA };
}

export function redactSnapshot(snapshot: StripeSnapshot): StripeSnapshot {
  return { ...snapshot, details: redactPersonalData(snapshot.details) };
}

/** A workshop's id without these texts: a new id, because two workshops must not become one. */
export function redactedId(id: string, { personal, salt = "" }: ErasedTexts): string {
  if (redacted(id, personal) === id) return id;
  return `${ERASED} ${createHmac("sha256", salt).update(id).digest("hex").slice(0, ID_LENGTH)}`;
}

const ID_LENGTH = 12;

function withoutTexts<T extends Descriptive>(said: T, erasure: ErasedTexts): T {
  const left: Partial<Descriptive> = {};
  for (const field of DESCRIPTIVE_FIELDS) left[field] = said[field] && redacted(said[field], erasure.personal);
  return { ...said, ...left, workshopId: said.workshopId && redactedId(said.workshopId, erasure) };
}

/** An observation for a transaction whose personal data are erased: nothing brings them back. */
export function redactObservation(seen: Observation): Observation {
  if (seen.kind === "snapshot") return { ...seen, snapshot: redactSnapshot(seen.snapshot) };
  return seen.kind === "golden" ? { ...seen, record: redactPersonalData(seen.record) } : seen;
}

/**
 * An observation for a transaction with erased texts: the same texts are replaced by what was left of them. If a
 * correction named the customer, so may any new one.
 */
export function applyRedactions(seen: Observation, { golden, stripe, ...shown }: Transaction): Observation {
  if (seen.kind === "golden") {
    const record = asLeft(seen.record, golden, shown);
    const isErased = record.correction !== null && shown.redactions.correction !== undefined;
    return { ...seen, record: isErased ? { ...record, correction: ERASED } : record };
  }
  if (seen.kind !== "snapshot") return seen;
  return { ...seen, snapshot: { ...seen.snapshot, details: asLeft(seen.snapshot.details, stripe?.details, shown) } };
}

function asLeft<T extends Descriptive>(
  said: T,
  inForce: Descriptive | null | undefined,
  { redactions, ...shown }: Descriptive & { redactions: Redactions },
): T {
  const left: Partial<Descriptive> = {};
  for (const field of DESCRIPTIVE_FIELDS) {
    const [text, known] = [said[field], inForce?.[field] ?? shown[field]];
    const erasedTo = redactions[field] ?? [];
    if (text === null || erasedTo.length === 0) continue;
    // The current text first: several erased texts may have the same original.
    const texts = erasedTo.toSorted((a, b) => Number(b === known) - Number(a === known));
    // An erased id has nothing left to compare.
    const isAnyErased = field === "workshopId" && (known === null || erasedTo.includes(known));
    const found = isAnyErased ? texts[0] : texts.find((one) => isErasedFrom(one, text));
    if (found !== undefined) left[field] = found;
  }
  return { ...said, ...left };
}

/**
 * A transaction without the customer's personal data, unless somebody else paid, and without these texts in
 * corrections, resolutions and workshop fields.
 */
export function redactTransaction(
  transaction: Transaction,
  personal: readonly string[],
  { isMention = false, salt = "" }: Omit<ErasedTexts, "personal"> = {},
): Transaction {
  const { golden, stripe, resolution } = transaction;
  const clean = <T extends Personal & Descriptive>(said: T): T => {
    const left = withoutTexts(said, { personal, salt });
    return isMention ? left : redactPersonalData(left);
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
  const [were, are] = [redactablesOf(before), redactablesOf(after)];
  return byField((field) => [
    ...(before.redactions[field] ?? []).map((text) => redacted(text, personal)),
    ...are.flatMap((said, index) => (said[field] === were[index]?.[field] ? [] : [said[field] ?? null])),
  ]);
}

/** For transactions stored before `redactions` existed: every text that contains the mark may have been erased. */
export function inferRedactions(transaction: Transaction): Redactions {
  const said = redactablesOf(transaction);
  return byField((field) => said.map((one) => (one[field]?.includes(ERASED) ? one[field] : null)));
}

/** Every place of such texts in a transaction. */
function redactablesOf({ golden, stripe, ...shown }: Transaction): Redactable[] {
  return [shown, golden ?? {}, stripe?.details ?? {}];
}

function byField(textsOf: (field: keyof Redactions) => (string | null)[]): Redactions {
  const fields = REDACTABLE_FIELDS.map((field) => {
    return [field, [...new Set(textsOf(field))].filter((text) => text !== null)] as const;
  });
  return Object.fromEntries(fields.filter(([, texts]) => texts.length > 0));
}

/**
 * A correction is erased as a whole: its rest could not be distinguished from a new one. The revision keeps the rest.
 */
function erasedCorrection(correction: string | null, personal: readonly string[]): string | null {
  return correction === null || redacted(correction, personal) === correction ? correction : ERASED;
}
