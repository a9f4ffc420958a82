import { decimalsOf } from "../../functions/src/domain/currencies.ts";

const LOCALE = "en-CA";

const formats = new Map<string, Intl.NumberFormat>();

/** Formats minor units: 544500 cad is $5,445.00. */
export function money(amountMinor: number, currency: string): string {
  const decimals = decimalsOf(currency);
  const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return formatOf(currency, options).format(toMajorUnits(amountMinor, currency));
}

/** Formats minor units with a sign, plus included. */
export function signedMoney(amountMinor: number, currency: string): string {
  return amountMinor > 0 ? `+${money(amountMinor, currency)}` : money(amountMinor, currency);
}

/** Formats major units for the scale of a chart: $5.4K. */
export function shortMoney(amount: number, currency: string): string {
  const options = { notation: "compact", minimumFractionDigits: 0, maximumFractionDigits: 1 } as const;
  return formatOf(currency, options).format(amount);
}

/** Rounds the fractions of a minor unit that the legacy service accepted, as the totals do. */
export function toMajorUnits(amountMinor: number, currency: string): number {
  // `|| 0` turns -0 into 0.
  return (Math.round(amountMinor) || 0) / 10 ** decimalsOf(currency);
}

function formatOf(currency: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${currency} ${JSON.stringify(options)}`;
  const cached = formats.get(key);
  if (cached) return cached;
  const format = new Intl.NumberFormat(LOCALE, {
    // Intl throws for a malformed code, which a document written by hand may contain.
    ...(/^[a-z]{3}$/i.test(currency) && { style: "currency", currency }),
    ...options,
  });
  formats.set(key, format);
  return format;
}
