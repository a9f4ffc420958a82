/**
 * Search by prefixes of words, regardless of case and accents. Documents store the prefixes, because Firestore finds
 * only whole values. The portal bundles this module.
 */
import { wordsOf } from "./words.ts";

interface Searchable {
  name: string | null;
  email: string | null;
  workshopName: string | null;
  workshopId: string | null;
}

const MIN_LENGTH = 2;
const MAX_LENGTH = 12;
/** Per document: each prefix is an index entry. */
const MAX_WORDS = 24;

/** A prefix of the longest word; null if that is too short. */
export function searchTerm(typed: string): string | null {
  const [longest = ""] = wordsOf(typed).toSorted((a, b) => b.length - a.length);
  const letters = Array.from(longest);
  return letters.length < MIN_LENGTH ? null : letters.slice(0, MAX_LENGTH).join("");
}

export function searchTerms({ name, email, workshopName, workshopId }: Searchable): string[] {
  const words = [name, email, workshopName, workshopId].flatMap((text) => wordsOf(text ?? ""));
  const terms = [...new Set(words)].slice(0, MAX_WORDS).flatMap((word) => {
    const letters = Array.from(word).slice(0, MAX_LENGTH);
    return letters.map((_letter, index) => letters.slice(0, index + 1).join("")).slice(MIN_LENGTH - 1);
  });
  return [...new Set(terms)];
}
