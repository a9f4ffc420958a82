/**
 * Search while typing, by prefixes of words, regardless of case and accents. Documents store the prefixes, because
 * Firestore finds only whole values. The portal uses this module too.
 */

/** The searchable fields of a payment. */
interface Searched {
  name: string | null;
  email: string | null;
  workshopName: string | null;
  workshopId: string | null;
}

const MIN_LENGTH = 2;
const MAX_LENGTH = 12;
/** Per document: each prefix is an index entry. */
const MAX_WORDS = 24;

/** The search term for a typed text: a prefix of its longest word; null if that is too short. */
export function searchTerm(typed: string): string | null {
  const [longest = ""] = wordsOf(typed).toSorted((a, b) => b.length - a.length);
  const letters = Array.from(longest);
  return letters.length < MIN_LENGTH ? null : letters.slice(0, MAX_LENGTH).join("");
}

/** The prefixes of a payment's words. */
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
      // Also before: sorting marks takes quadratic time.
      .replaceAll(/\p{M}/gu, "")
      .normalize("NFKD")
      .replaceAll(/\p{M}/gu, "")
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}
