/**
 * What payments are filtered by. A document stores a term for each combination that it matches, among its search
 * terms: Firestore would need an index for each combination of fields. The portal bundles this module.
 */

/** Of a payment: a refund of captured money, any dispute, an exception that is open, or that head office accepted. */
export const HAPPENINGS = ["refund", "dispute", "open_exception", "resolved_exception"] as const;

export type Happening = (typeof HAPPENINGS)[number];

/** What is filtered of a payment. */
export interface Filterable {
  currency: string;
  status: string | null;
  exception: string | null;
  stripe: { amountRefunded: number; disputes: readonly unknown[] } | null;
}

/** Undefined means no restriction. */
export interface PaymentFilter {
  status?: string | undefined;
  currency?: string | undefined;
  has?: Happening | undefined;
}

export function happeningsOf({ exception, stripe }: Filterable): Happening[] {
  const happened: Record<Happening, boolean> = {
    refund: stripe !== null && stripe.amountRefunded > 0,
    dispute: stripe !== null && stripe.disputes.length > 0,
    open_exception: exception === "open",
    resolved_exception: exception === "resolved",
  };
  return HAPPENINGS.filter((happening) => happened[happening]);
}

/** The terms of all filters that the payment matches: 2 for most, 18 at most. */
export function filterTerms(payment: Filterable): string[] {
  const { currency, status } = payment;
  const options = {
    // Documents of the legacy service may lack one.
    currency: currency === "" ? [undefined] : [undefined, currency],
    status: status === null ? [undefined] : [undefined, status],
    has: [undefined, ...happeningsOf(payment)],
  };
  return options.has.flatMap((has) =>
    options.currency.flatMap((inCurrency) =>
      options.status.flatMap((withStatus) => filterTerm({ currency: inCurrency, status: withStatus, has }) ?? []),
    ),
  );
}

/** The term of a filter; null if it needs none: without a restriction, or for a status alone, which is a field. */
export function filterTerm({ currency, status, has }: PaymentFilter): string | null {
  if (currency === undefined && has === undefined) return null;
  return `%${[currency, status, has].filter((part) => part !== undefined).join(" ")}`;
}
