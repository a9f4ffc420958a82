/** References between Stripe's objects: an id, or the object where Stripe expanded it. */

/** Stripe's objects contradict each other, are unknown, or are only ids: this payment cannot be read. */
export class UnreadablePaymentError extends Error {
  override readonly name = "UnreadablePaymentError";
}

export function isExpanded<T extends { id: string }>(reference: string | T | null | undefined): reference is T {
  return typeof reference === "object" && reference !== null;
}

/**
 * An expanded object; null where Stripe does not have it yet. Throws UnreadablePaymentError where Stripe returns only
 * its id, as for a closed account or a key that lacks a permission.
 */
export function expanded<T extends { id: string }>(reference: string | T | null | undefined): T | null {
  if (typeof reference !== "string") return reference ?? null;
  throw new UnreadablePaymentError(
    `Stripe shows only the id of ${reference}: the key may lack the permission to read it.`,
  );
}

/** Removes duplicates; the first position of an id counts. */
export function uniqueById<T extends { id: string }>(objects: readonly T[]): T[] {
  return [...new Map(objects.map((object) => [object.id, object])).values()];
}

export function idOf(reference: string | { id: string }): string {
  return typeof reference === "string" ? reference : reference.id;
}
