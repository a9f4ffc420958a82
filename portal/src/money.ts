import { decimalsOf } from "../../functions/src/domain/currencies.ts";

const LOCALE = "en-CA";

const formats = new Map<string, Intl.NumberFormat>();

/** An amount in minor units as people write it: 544500 cad is $5,445.00. */
export function money(amountMinor: number, currency: string): string {
  const decimals = decimalsOf(currency);
  return formatOf(currency, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(
    majorOf(amountMinor, currency),
  );
}

/** The same with its sign, also where it is more. */
export function change(amountMinor: number, currency: string): string {
  return amountMinor > 0 ? `+${money(amountMinor, currency)}` : money(amountMinor, currency);
}

/** An amount in the major unit in a few letters, for the scale of a chart: $5.4K. */
export function shortMoney(amount: number, currency: string): string {
  const options = { notation: "compact", minimumFractionDigits: 0, maximumFractionDigits: 1 } as const;
  return formatOf(currency, options).format(amount);
}

/** In the major unit. The fractions of a minor unit that the legacy service took are rounded, as they are in totals. */
export function majorOf(amountMinor: number, currency: string): number {
  // No sum shows as minus nothing.
  return (Math.round(amountMinor) || 0) / 10 ** decimalsOf(currency);
}

function formatOf(currency: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${currency} ${JSON.stringify(options)}`;
  const known = formats.get(key);
  if (known) return known;
  const format = new Intl.NumberFormat(LOCALE, {
    // A document that somebody has written by hand may name anything.
    ...(/^[a-z]{3}$/i.test(currency) && { style: "currency", currency }),
    ...options,
  });
  formats.set(key, format);
  return format;
}
