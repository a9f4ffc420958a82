/**
 * The search terms of a payment. Documents store them, because Firestore finds only whole values
 * (docs/decisions/0029-search.md). The portal bundles this module.
 */
import { majorUnits } from "./currencies.ts";
import { type Filterable, filterTerms } from "./filter-terms.ts";
import type { Money } from "./money.ts";
import { UNSPACED, withAsciiDigits, wordsOf } from "./words.ts";

/** What is searched and filtered of a payment. Amounts in minor units. */
export interface Searchable extends Filterable {
  name: string | null;
  email: string | null;
  phone: string | null;
  workshopName: string | null;
  workshopId: string | null;
  amount_total: number;
  amount_franchisee_net: number;
  stripe: ({ charged: Money } & NonNullable<Filterable["stripe"]>) | null;
}

/** Per document: each term is an entry in two indexes. */
export const MAX_TERMS = 300;

/** In letters, of a term that is the beginning of a word. */
const MIN_BEGINNING = 2;
const MAX_WORD = 12;

/** Per document, so that each kind of term has room. */
const MAX_WORDS = 24;
const MAX_ADDRESSES = 2;
const MAX_NUMBERS = 3;

/** In characters; the longest address of a golden record. */
const MAX_ADDRESS = 320;

/**
 * - a beginning of a word, two to twelve letters long; for a script without spaces, each letter and pair of letters
 * - `=` and an email address
 * - `#` and the last four digits of a phone number
 * - `$` and an amount, with and without its decimals
 * - `%` and what the payment is filtered by
 *
 * A word has no such sign, so that the kinds differ.
 */
export function searchTerms(payment: Searchable): string[] {
  const words = searchedWords(payment).slice(0, MAX_WORDS);
  const terms = [
    ...filterTerms(payment),
    ...addressesOf(payment.email ?? "").map(addressTerm),
    ...phoneNumbersOf(payment.phone ?? "").map(phoneTerm),
    ...amountsOf(payment).flatMap((amount) => [amountTerm(amount), amountTerm(wholeOf(amount))]),
    ...words.flatMap(termsOfWord),
  ];
  return [...new Set(terms)].slice(0, MAX_TERMS);
}

/** The words that are searched, each once, each of one kind of script. */
export function searchedWords({ name, email, workshopName, workshopId }: Searchable): string[] {
  return [...new Set([name, email, workshopName, workshopId].flatMap((text) => partsOf(text ?? "")))];
}

const SAME_KIND = new RegExp(`[${UNSPACED}]+|[^${UNSPACED}]+`, "gu");
const IS_UNSPACED = new RegExp(`[${UNSPACED}]`, "u");

/** The words of a text. A change between a script without spaces and another separates two words. */
export function partsOf(text: string): string[] {
  return wordsOf(text).flatMap((word) => word.match(SAME_KIND) ?? []);
}

function termsOfWord(word: string): string[] {
  const letters = Array.from(word).slice(0, MAX_WORD);
  if (isUnspaced(word)) {
    return letters.flatMap((letter, index) => (index === 0 ? [letter] : [letter, `${letters[index - 1]}${letter}`]));
  }
  return letters.map((_letter, index) => letters.slice(0, index + 1).join("")).slice(MIN_BEGINNING - 1);
}

/** Names in these scripts are found by any part, because their words have no boundaries. */
export function isUnspaced(word: string): boolean {
  return IS_UNSPACED.test(word);
}

/** The term of every payment that has a word which begins with this, or contains it; null if it is too short. */
export function wordTerm(word: string): string | null {
  const letters = Array.from(word);
  if (isUnspaced(word)) return letters.slice(0, 2).join("");
  return letters.length < MIN_BEGINNING ? null : letters.slice(0, MAX_WORD).join("");
}

export function addressTerm(address: string): string {
  return `=${address}`;
}

/** `digits` are at least `MIN_DIGITS`. */
export function phoneTerm(digits: string): string {
  return `#${digits.slice(-MIN_DIGITS)}`;
}

/** `decimal` is of the form of `decimalOf`. */
export function amountTerm(decimal: string): string {
  return `$${decimal}`;
}

/** Without signs around it, as in `Ada <ada@example.org>`. Matches only at its start, so that the time is linear. */
const ADDRESS = /(?<![^\s<>(),;:"@])[^\s<>(),;:"@]+@[^\s<>(),;:"@]+/gu;

/** The email addresses in a text, as typed except for case and invisible characters. */
export function addressesOf(text: string): string[] {
  const found = text.match(ADDRESS) ?? [];
  const addresses = found
    .filter((address) => address.length <= MAX_ADDRESS)
    .map((address) =>
      address
        .normalize("NFKC")
        .replaceAll(/\p{Cf}/gu, "")
        .toLowerCase(),
    );
  return addresses.slice(0, MAX_ADDRESSES);
}

/** Shorter numbers are extensions. */
export const MIN_DIGITS = 4;

const PHONE_NUMBER = /\d(?:[\s().+\-\u2010-\u2015]*\d)+/g;

/** The digits of the phone numbers in a text, without a trunk prefix in brackets: `+44 (0)20` is 4420. */
export function phoneNumbersOf(text: string): string[] {
  const numbers = withAsciiDigits(text).replaceAll("(0)", "").match(PHONE_NUMBER) ?? [];
  const digits = numbers.map((number) => number.replaceAll(/\D/g, ""));
  return digits.filter((number) => number.length >= MIN_DIGITS).slice(0, MAX_NUMBERS);
}

/** What the customer paid, also in another currency that they saw, and what the franchisee gets: as decimals. */
export function amountsOf({ currency, amount_total, amount_franchisee_net, stripe }: Searchable): string[] {
  const amounts = [
    { currency, amount: amount_total },
    { currency, amount: amount_franchisee_net },
    ...(stripe && stripe.charged.currency !== currency ? [stripe.charged] : []),
  ];
  // 0 is an unset amount.
  return [...new Set(amounts.map(decimalOf).filter((decimal) => decimal !== "0"))];
}

/** In major units, without sign and final zeros: 189890 cad is `1898.9`, 500000 cad is `5000`. */
function decimalOf({ amount, currency }: Money): string {
  return withoutFinalZeros(majorUnits(Math.abs(amount), currency));
}

export function withoutFinalZeros(decimal: string): string {
  return decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal;
}

/** The units of an amount, without decimals. */
export function wholeOf(decimal: string): string {
  return decimal.replace(/\..*/, "");
}
