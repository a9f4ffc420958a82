/**
 * How payments are searched for as somebody types: by the beginning of a word, whatever its case and accents. A document keeps the
 * beginnings of its words, since Firestore looks for nothing but whole values. The portal's page uses this module too. Pure.
 */

/** What a payment says of who pays, and for which workshop. */
interface Searched {
  name: string | null;
  email: string | null;
  workshopName: string | null;
  workshopId: string | null;
}

const MIN_LENGTH = 2;
const MAX_LENGTH = 12;
/** Of one document: each beginning is an entry of its index. */
const MAX_WORDS = 24;

/** What is looked for where this has been typed, which is the beginning of its longest word; null where that is too short. */
export function searchTerm(typed: string): string | null {
  const [longest = ""] = wordsOf(typed).toSorted((a, b) => b.length - a.length);
  const letters = Array.from(longest);
  return letters.length < MIN_LENGTH ? null : letters.slice(0, MAX_LENGTH).join("");
}

/** What a payment is found by: the beginnings of the words that say who pays, and for which workshop. */
export function searchTerms({ name, email, workshopName, workshopId }: Searched): string[] {
  const words = [name, email, workshopName, workshopId].flatMap((text) => wordsOf(text ?? ""));
  const terms = [...new Set(words)].slice(0, MAX_WORDS).flatMap((word) => {
    const letters = Array.from(word).slice(0, MAX_LENGTH);
    return letters.map((_letter, index) => letters.slice(0, index + 1).join("")).slice(MIN_LENGTH - 1);
  });
  return [...new Set(terms)];
}

/** Letters and digits of any script, lower case, without accents. */
export function wordsOf(text: string): string[] {
  return (
    text
      // Also before: sorting marks takes the square of their number.
      .replaceAll(/\p{M}/gu, "")
      .normalize("NFKD")
      .replaceAll(/\p{M}/gu, "")
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}
