import { z } from "zod";

/** Stripe's limit is twelve digits; a double represents sums of thousands of them exactly. */
export const MAX_AMOUNT_MINOR = 999_999_999_999;

/** An integer in the currency's minor unit; not -0. */
export const amountMinorSchema = z
  .int({ abort: true })
  .min(-MAX_AMOUNT_MINOR)
  .max(MAX_AMOUNT_MINOR)
  .overwrite((amount) => (amount === 0 ? 0 : amount));

/** ISO 4217, lower case as at Stripe. Upper case is accepted. */
export const currencySchema = z
  .string()
  .toLowerCase()
  .refine((code) => ISO_4217.has(code), { error: 'expected an ISO 4217 currency code such as "cad"' });

const ISO_4217: ReadonlySet<string> = new Set(Intl.supportedValuesOf("currency").map((code) => code.toLowerCase()));

/** An amount in minor units of its currency. */
export interface Money {
  readonly currency: string;
  readonly amount: number;
}

/** A bug: amounts in different currencies were added. */
export class CurrencyMismatchError extends Error {
  override readonly name = "CurrencyMismatchError";
}

/** Throws CurrencyMismatchError. */
export function sumMoney(currency: string, amounts: readonly Money[]): Money {
  let sum = 0;
  for (const { currency: other, amount } of amounts) {
    if (other !== currency)
      throw new CurrencyMismatchError(`An amount in ${other} cannot be added to one in ${currency}.`);
    sum += amount;
  }
  return { currency, amount: sum };
}

/** One sum per currency, ordered by code, without zeros. */
export function sumByCurrency(amounts: readonly Money[]): Money[] {
  return [...Map.groupBy(amounts, ({ currency }) => currency)]
    .map(([currency, same]) => sumMoney(currency, same))
    .filter(({ amount }) => amount !== 0)
    .toSorted((a, b) => (a.currency < b.currency ? -1 : 1));
}

export const SPLIT_FIELDS = ["amount_stripe_fee", "amount_platform_fee", "amount_franchisee_net"] as const;

export const AMOUNT_FIELDS = ["amount_total", ...SPLIT_FIELDS] as const;

/** In minor units. */
export type Amounts = Record<(typeof AMOUNT_FIELDS)[number], number>;

export const NO_AMOUNTS: Amounts = {
  amount_total: 0,
  amount_stripe_fee: 0,
  amount_platform_fee: 0,
  amount_franchisee_net: 0,
};

/** The total minus its parts, in minor units: 0 when the split adds up, negative when it exceeds the total. */
export function unallocatedMinor(amounts: Amounts): number {
  return SPLIT_FIELDS.reduce((rest, field) => rest - amounts[field], amounts.amount_total);
}
