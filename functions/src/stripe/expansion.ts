/** References between Stripe's objects: an id, or the expanded object. */

/** A payment whose objects at Stripe contradict each other, are unknown, or are only ids. */
export class UnreadablePaymentError extends Error {
  override readonly name = "UnreadablePaymentError";
}

export function isExpanded<T extends { id: string }>(reference: string | T | null | undefined): reference is T {
  return typeof reference === "object" && reference !== null;
}

/**
 * An expanded object; null if Stripe does not have it yet. Throws UnreadablePaymentError if Stripe returns only its id,
 * as for a closed account or a key that lacks a permission.
 */
export function expanded<T extends { id: string }>(reference: string | T | null | undefined): T | null {
  if (typeof reference !== "string") return reference ?? null;
  throw new UnreadablePaymentError(
    `Stripe shows only the id of ${reference}: the key may lack the permission to read it.`,
  );
}

/** Removes duplicates; an id keeps its first position. */
export function uniqueById<T extends { id: string }>(objects: readonly T[]): T[] {
  return [...new Map(objects.map((object) => [object.id, object])).values()];
}

export function idOf(reference: string | { id: string }): string {
  return typeof reference === "string" ? reference : reference.id;
}
