/**
 * Finds texts that may refer to a customer without naming them exactly. An operator decides about them; nothing erases
 * them.
 */
import { addressOf, formsOf, isNamedIn } from "./personal-text.ts";
import { wordsOf } from "./words.ts";

/** Matches only at the start of a candidate, so that the time is linear. */
const CANDIDATE = /(?<![^\s<>(),;:"'|{}[\]=/@])[^\s<>(),;:"'|{}[\]=/@]+@[^\s<>(),;:"'|{}[\]=/@]+/gu;

/** Shorter texts without spaces occur by chance. */
const MIN_SQUASHED = 8;
const MIN_DIGITS = 7;
/** The longest national number, without prefixes. */
const MAX_DIGITS = 9;

/**
 * Finds a text that resembles this address (from `addressOf`), or one of these names and phone numbers; else null:
 * - an address with one edit, with the same mailbox at a similar domain, or different in dots or a `+tag`
 * - the address or a name with or without spaces, or in words ("at", "dot"); a name in another order
 * - a phone number in other groups
 */
export function nearMissFinder(address: string, personal: readonly string[]): (text: string) => string | null {
  const variants = [address, ...personal].flatMap(variantsOf);
  const numbers = personal.filter((text) => !/\p{L}/u.test(text)).map(digitsOf);
  const searched = numbers.filter((number) => number.length >= MIN_DIGITS);
  return (text) => {
    const { forms, mayHideAddress } = formsOf(text);
    for (const form of forms) {
      const addresses = form.toLowerCase().match(CANDIDATE);
      const similar = addresses?.find((found) => found.includes(address) || isSimilar(found, address));
      if (similar !== undefined) return similar;
      const letters = squashed(form);
      const digits = form.replaceAll(/[\s().+/-]/g, "");
      const isVariant =
        variants.some((variant) => letters.includes(variant)) || searched.some((number) => digits.includes(number));
      if (isVariant || isNamedIn(form, personal)) return form;
    }
    return mayHideAddress ? text : null;
  };
}

/** Parts of names that identify no person. */
const COMMON = new Set("and of for the de la le van von der den mr mrs ms dr inc ltd co erased".split(" "));
const UNSPACED = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Thai}]/u;
/** The fewest letters of a word that is also found at the start of another word, and within one. */
const MIN_BEGINNING = 3;
const MIN_WITHIN = 4;

/**
 * Finds a part of one of these names in a workshop's name; else null. For the customer's own payments alone: elsewhere
 * a first name may be another person's.
 */
export function namePartFinder(personal: readonly string[]): (label: string) => string | null {
  const names = personal.filter((text) => addressOf(text) === null);
  const words = names.flatMap((name) => formsOf(name).forms).flatMap(spellings);
  const parts = new Set(words.flatMap((word) => (UNSPACED.test(word) ? pairsOf(word) : [word])));
  const searched = [...parts].filter((part) => (UNSPACED.test(part) || /\p{L}{2}/u.test(part)) && !COMMON.has(part));
  return (label) => {
    const labelWords = formsOf(label).forms.flatMap(spellings);
    return searched.some((part) => labelWords.some((word) => hasPart(word, part))) ? label : null;
  };
}

function hasPart(word: string, part: string): boolean {
  if (part.length >= MIN_WITHIN || UNSPACED.test(part)) return word.includes(part);
  return part.length >= MIN_BEGINNING ? word.startsWith(part) : word === part;
}

/** The words of a text without accents, in each spelling of umlauts, with and without apostrophes. */
function spellings(text: string): string[] {
  const plain = text.toLowerCase();
  const spelled = plain.replaceAll(/[\u00e4\u00f6\u00fc]/g, (letter) => UMLAUTS[letter] ?? letter);
  const variants = [plain, spelled].flatMap((form) => [form, form.replaceAll(/['\u2018\u2019\u02bc]/g, "")]);
  return [...new Set(variants.flatMap(wordsOf))];
}

const UMLAUTS: Readonly<Record<string, string>> = { ä: "ae", ö: "oe", ü: "ue" };

/** All pairs of adjacent letters: in scripts without spaces, the boundaries of names are unknown. */
function pairsOf(word: string): string[] {
  const letters = Array.from(word);
  if (letters.length === 1) return letters;
  return letters.slice(1).map((_letter, index) => letters.slice(index, index + 2).join(""));
}

/** Only letters and digits, in capitals, among which `ß` is `SS`. */
function squashed(text: string): string {
  return text.toUpperCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
}

/** An address or a name without signs, as it may be written. */
function variantsOf(text: string): string[] {
  const reversed = text.split(/\s/).toReversed().join("");
  const spelled = text.replace("@", "at");
  const variants = [text, reversed, spelled, spelled.replaceAll(".", "dot")].map(squashed);
  return variants.filter((variant) => variant.length >= MIN_SQUASHED && !/^\p{N}+$/u.test(variant));
}

/** The end of a phone number. */
function digitsOf(number: string): string {
  return number.replaceAll(/\D/g, "").slice(-MAX_DIGITS);
}

function isSimilar(candidate: string, address: string): boolean {
  if (isWithinEdits(candidate, address, 1)) return true;
  const [a, b] = [partsOf(candidate), partsOf(address)];
  if (a.mailbox !== b.mailbox) return false;
  const isNested = a.domain.endsWith(`.${b.domain}`) || b.domain.endsWith(`.${a.domain}`);
  return isNested || a.company === b.company || isWithinEdits(a.domain, b.domain, 2);
}

/** Without the parts that many mail services ignore. */
function partsOf(address: string) {
  const at = address.lastIndexOf("@");
  const domain = address.slice(at + 1).replace(/^googlemail\.com$/, "gmail.com");
  const mailbox = address.slice(0, at).replace(/\+.*/, "").replaceAll(".", "");
  return { mailbox, domain, company: domain.split(".")[0] ?? domain };
}

/** Whether so many insertions, deletions, replacements and swaps of neighbours turn one text into the other. */
function isWithinEdits(a: string, b: string, edits: number): boolean {
  if (a === b) return true;
  if (edits === 0) return false;
  let start = 0;
  while (a[start] === b[start]) start += 1;
  const [restA, restB] = [a.slice(start), b.slice(start)];
  return (
    isWithinEdits(restA.slice(1), restB.slice(1), edits - 1) ||
    isWithinEdits(restA.slice(1), restB, edits - 1) ||
    isWithinEdits(restA, restB.slice(1), edits - 1) ||
    isWithinEdits(restA.replace(/^(.)(.)/s, "$2$1"), restB, edits - 1)
  );
}
