/**
 * The word that a search goes by, as the server writes the prefixes of names and workshops to a payment's `search`: the first
 * word, in lower case and without accents, 12 letters of it at the most. Null where that is too short to look for.
 */
export function searchWord(text: string): string | null {
  const plain = text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  const word = (/[\p{L}\p{N}]+/u.exec(plain)?.[0] ?? "").slice(0, 12);
  return word.length < 2 ? null : word;
}
