/** JSON with sorted fields (RFC 8785): equal contents have equal texts. */
export function canonicalJson(value: object): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => compareTexts(a, b)));
  });
}

/** Negative if `a` comes first by UTF-16 code units, the same on every machine. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
