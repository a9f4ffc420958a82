/** References of Stripe's objects to each other: an id, or the object itself where Stripe was asked to expand it. */

/** Stripe's objects contradict each other, are none that we know, or are no more than an id: this one payment cannot be read. */
export class UnreadablePaymentError extends Error {
  override readonly name = "UnreadablePaymentError";
}

export function isExpanded<T extends { id: string }>(reference: string | T | null | undefined): reference is T {
  return typeof reference === "object" && reference !== null;
}

/**
 * An object that Stripe was asked to expand; null where Stripe does not have it yet. Throws UnreadablePaymentError where Stripe shows no more
 * than its id, as of an account that was closed, or for a key that lacks a permission.
 */
export function expanded<T extends { id: string }>(reference: string | T | null | undefined): T | null {
  if (typeof reference !== "string") return reference ?? null;
  throw new UnreadablePaymentError(
    `Stripe shows no more of ${reference} than its id: the key may lack the permission to read it.`,
  );
}

/** Each object once, where the first of those with its id is. */
export function uniqueById<T extends { id: string }>(objects: readonly T[]): T[] {
  return [...new Map(objects.map((object) => [object.id, object])).values()];
}

export function idOf(reference: string | { id: string }): string {
  return typeof reference === "string" ? reference : reference.id;
}
