/**
 * What is known of a customer in person, and how a payment is told without it. Pure. Money and how the payment stands are not
 * personal: they stay. So does the workshop, but for what it says of the customer.
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

const NOBODY: Partial<Personal> = Object.fromEntries(PERSONAL_FIELDS.map((field) => [field, null]));

/** The same, of nobody. */
export function redactPersonalData<T extends Personal>(said: T): T {
  return { ...said, ...NOBODY };
}

/** Stripe's facts, of nobody. */
export function redactSnapshot(facts: StripeSnapshot): StripeSnapshot {
  return { ...facts, details: redactPersonalData(facts.details) };
}

/** A workshop's id without these texts: another one, since what were two workshops must not become one. */
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

/** An observation, as it is heard by a transaction whose personal data are erased: nothing that is said brings them back. */
export function withoutPersonalData(seen: Observation): Observation {
  if (seen.kind === "facts") return { ...seen, facts: redactSnapshot(seen.facts) };
  return seen.kind === "golden" ? { ...seen, record: redactPersonalData(seen.record) } : seen;
}

/**
 * An observation, as it is heard by a transaction from whose texts something was erased: the same texts again are what was left of them.
 * Where a correction named the customer, so may any that comes again.
 */
export function withErasedTexts(seen: Observation, { golden, stripe, ...shown }: Transaction): Observation {
  if (seen.kind === "golden") {
    const record = asLeft(seen.record, golden, shown);
    const isErased = record.correction !== null && shown.redactions.correction !== undefined;
    return { ...seen, record: isErased ? { ...record, correction: ERASED } : record };
  }
  if (seen.kind !== "facts") return seen;
  return { ...seen, facts: { ...seen.facts, details: asLeft(seen.facts.details, stripe?.details, shown) } };
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
    // What is in force first: a text may be what several of them were.
    const texts = erasedTo.toSorted((a, b) => Number(b === known) - Number(a === known));
    // Nothing of an id is left that another could be compared with.
    const isAnyErased = field === "workshopId" && (known === null || erasedTo.includes(known));
    const found = isAnyErased ? texts[0] : texts.find((one) => isErasedFrom(one, text));
    if (found !== undefined) left[field] = found;
  }
  return { ...said, ...left };
}

/** A transaction, of nobody, unless somebody else paid; and without these texts in what people wrote about it, and in its workshop. */
export function erased(
  transaction: Transaction,
  personal: readonly string[],
  { isMention = false, salt = "" }: Omit<ErasedTexts, "personal"> = {},
): Transaction {
  const { golden, stripe, resolution } = transaction;
  const clean = <T extends Personal & Descriptive>(said: T): T => {
    const told = withoutTexts(said, { personal, salt });
    return isMention ? told : redactPersonalData(told);
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

/** Of a transaction that was stored before `redactions` were: every text that says so may have been erased. */
export function assumedRedactions(transaction: Transaction): Redactions {
  const said = redactablesOf(transaction);
  return byField((field) => said.map((one) => (one[field]?.includes(ERASED) ? one[field] : null)));
}

/** Everywhere that a transaction says such texts. */
function redactablesOf({ golden, stripe, ...shown }: Transaction): Redactable[] {
  return [shown, golden ?? {}, stripe?.details ?? {}];
}

function byField(textsOf: (field: keyof Redactions) => (string | null)[]): Redactions {
  const fields = REDACTABLE_FIELDS.map((field) => {
    return [field, [...new Set(textsOf(field))].filter((text) => text !== null)] as const;
  });
  return Object.fromEntries(fields.filter(([, texts]) => texts.length > 0));
}

/** As a whole: what is left of it could not be told apart from what comes again. The ledger's revision keeps the rest of it. */
function erasedCorrection(correction: string | null, personal: readonly string[]): string | null {
  return correction === null || redacted(correction, personal) === correction ? correction : ERASED;
}
