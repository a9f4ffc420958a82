/**
 * What is known of a customer in person, and how a payment is told without it. Pure. Money, the workshop and how the payment stands are
 * not personal: they stay.
 */
import type { Observation } from "./observation.ts";
import type { StripeFacts } from "./stripe-facts.ts";
import type { GoldenRecord, PaymentDetails, Transaction } from "./transaction.ts";

/** The fields that say who pays, wherever they stand. */
export const PERSONAL_FIELDS = ["name", "email", "phone"] as const;

type Personal = Pick<PaymentDetails, (typeof PERSONAL_FIELDS)[number]>;

const NOBODY = { name: null, email: null, phone: null };

/** What stands in a text that people wrote, in the place of what was erased. */
export const ERASED = "[erased]";

/** The same, of nobody. */
export function withoutPerson<T extends Personal>(said: T): T {
  return { ...said, ...NOBODY };
}

/** Stripe's facts, of nobody. */
export function factsWithoutPerson(facts: StripeFacts): StripeFacts {
  return { ...facts, details: withoutPerson(facts.details) };
}

/**
 * An observation, as it is heard by a transaction whose personal data are erased and whose golden record is this one: nothing that is
 * said brings them back. Where the record's correction named the customer, so may any that comes again.
 */
export function withoutPersonalData(seen: Observation, inForce: GoldenRecord | null): Observation {
  if (seen.kind === "facts") return { ...seen, facts: factsWithoutPerson(seen.facts) };
  if (seen.kind !== "golden") return seen;
  const record = withoutPerson(seen.record);
  const isErased = record.correction !== null && inForce?.correction === ERASED;
  return { ...seen, record: isErased ? { ...record, correction: ERASED } : record };
}

/** A transaction, of nobody; `personal` are the texts that are not to stand in what people wrote about it either. */
export function erased(transaction: Transaction, personal: readonly string[]): Transaction {
  const { golden, stripe, resolution } = transaction;
  return {
    ...withoutPerson(transaction),
    golden: golden && { ...withoutPerson(golden), correction: erasedCorrection(golden.correction, personal) },
    stripe: stripe && factsWithoutPerson(stripe),
    resolution: resolution && { ...resolution, reason: redacted(resolution.reason, personal) },
  };
}

/** As a whole: what is left of it could not be told apart from what comes again. The ledger's revision keeps the rest of it. */
function erasedCorrection(correction: string | null, personal: readonly string[]): string | null {
  return correction === null || redacted(correction, personal) === correction ? correction : ERASED;
}

/** Shorter ones stand in every text. */
const MIN_LENGTH = 3;

/** A text without these others, where they stand there in words of their own, whatever their case. */
export function redacted(text: string, personal: readonly string[]): string {
  const wanted = personal
    .map((one) => one.normalize("NFC").trim())
    .filter(({ length }) => length >= MIN_LENGTH)
    // A full name before the first name that it begins with.
    .toSorted((a, b) => b.length - a.length)
    .map((one) => one.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  if (wanted.length === 0) return text;
  const words = new RegExp(`(?<![\\p{L}\\p{N}])(?:${wanted.join("|")})(?![\\p{L}\\p{N}])`, "giu");
  const composed = text.normalize("NFC");
  const left = composed.replaceAll(words, ERASED);
  return left === composed ? text : left;
}

const SEPARATORS = /[\s<>(),;:"[\]]/;
/** What a sentence puts around a word. */
const PUNCTUATION = /^['’*_]+|(?:['’]s)?['’*_.!?…]*$/g;
const ADDRESS = /^[^\s<>(),;:"@]+@[^\s<>(),;:"@]+$/;
const MAX_ADDRESS = 320;

/** An e-mail address, as it is compared: whatever its case, and the blanks around it. Null where this is none. */
export function addressOf(text: string): string | null {
  const address = compared(text).trim();
  return address.length <= MAX_ADDRESS && ADDRESS.test(address) ? address : null;
}

/** Whether this address stands in a text, as in `Ada <ada@example.org>`, or `asked by ada@example.org.` */
export function holdsAddress(text: string, address: string): boolean {
  const words = compared(text).split(SEPARATORS);
  return words.some((word) => word === address || word.replaceAll(PUNCTUATION, "") === address);
}

function compared(text: string): string {
  return text.normalize("NFC").toLowerCase();
}
