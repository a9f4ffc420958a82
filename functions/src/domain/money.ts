import { z } from "zod";
import { decimalsOf } from "./currencies.ts";

/** Stripe takes amounts of up to twelve digits; sums of thousands of them are whole numbers that a double holds exactly. */
export const MAX_AMOUNT_MINOR = 999_999_999_999;

/** An amount in the currency's minor unit (cents of a dollar, yen of a yen): a whole number, -0 not among them. */
export const amountMinorSchema = z
  .int({ abort: true })
  .min(-MAX_AMOUNT_MINOR)
  .max(MAX_AMOUNT_MINOR)
  .overwrite((amount) => (amount === 0 ? 0 : amount));

/** ISO 4217, lower case, as Stripe writes it. Upper case is understood. */
export const currencySchema = z
  .string()
  .toLowerCase()
  .refine((code) => ISO_4217.has(code), { error: 'expected an ISO 4217 currency code such as "cad"' });

const ISO_4217: ReadonlySet<string> = new Set(Intl.supportedValuesOf("currency").map((code) => code.toLowerCase()));

/**
 * An amount in the currency's major unit, with all of its decimals: -5 cents of a dollar are `-0.05`. The fractions of a
 * minor unit that the legacy service took are rounded, as they are in totals.
 */
export function majorUnits(amountMinor: number, currency: string): string {
  const decimals = decimalsOf(currency);
  const whole = Math.round(amountMinor);
  const digits = String(Math.abs(whole)).padStart(decimals + 1, "0");
  const point = digits.length - decimals;
  const sign = whole < 0 ? "-" : "";
  return sign + digits.slice(0, point) + (decimals > 0 ? `.${digits.slice(point)}` : "");
}

/** An amount with its currency, in minor units. Amounts of different currencies are never added. */
export interface Money {
  readonly currency: string;
  readonly amount: number;
}

/** Amounts of different currencies were to be added: a fault of the code, since no sum of them means anything. */
export class CurrencyMismatchError extends Error {
  override readonly name = "CurrencyMismatchError";
}

/** The sum of amounts in one currency. Throws CurrencyMismatchError for an amount in any other. */
export function sumMoney(currency: string, amounts: readonly Money[]): Money {
  let sum = 0;
  for (const { currency: other, amount } of amounts) {
    if (other !== currency)
      throw new CurrencyMismatchError(`An amount in ${other} cannot be added to one in ${currency}.`);
    sum += amount;
  }
  return { currency, amount: sum };
}

/** One sum for each currency, by its code, without those that come to nothing. */
export function sumByCurrency(amounts: readonly Money[]): Money[] {
  return [...Map.groupBy(amounts, ({ currency }) => currency)]
    .map(([currency, ofIt]) => sumMoney(currency, ofIt))
    .filter(({ amount }) => amount !== 0)
    .toSorted((a, b) => (a.currency < b.currency ? -1 : 1));
}

/** The parts that a payment's total is split into. */
export const SPLIT_FIELDS = ["amount_stripe_fee", "amount_platform_fee", "amount_franchisee_net"] as const;

/** A payment's total and its parts, as the legacy contract names them. */
export const AMOUNT_FIELDS = ["amount_total", ...SPLIT_FIELDS] as const;

/** Minor units. */
export type Amounts = Record<(typeof AMOUNT_FIELDS)[number], number>;

export const NO_AMOUNTS: Amounts = {
  amount_total: 0,
  amount_stripe_fee: 0,
  amount_platform_fee: 0,
  amount_franchisee_net: 0,
};

/** What the parts leave of the total, in minor units: 0 when the split adds up, negative when it gives away too much. */
export function unallocatedMinor(amounts: Amounts): number {
  return SPLIT_FIELDS.reduce((rest, field) => rest - amounts[field], amounts.amount_total);
}
