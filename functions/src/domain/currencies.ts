/**
 * The decimals of each currency at Stripe (https://docs.stripe.com/currencies, "Zero-decimal currencies",
 * "Three-decimal currencies" and "Special cases"). Without imports: the portal bundles this module.
 */

/** Charged and paid out in whole units: 500 jpy is ¥500. */
const ZERO_DECIMAL = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf";

/** Charged and paid out in thousandths: 1000 kwd is KD 1.000. The last digit must be 0. */
const THREE_DECIMAL = "bhd jod kwd omr tnd";

// All others have two, including the special cases: ISK and UGX have no smaller coins (500 ugx is USh 5, and charges
// end in 00); HUF and TWD are paid out in whole units (1000 of 10.45 HUF).

const DECIMALS: ReadonlyMap<string, number> = new Map([
  ...ZERO_DECIMAL.split(" ").map((code) => [code, 0] as const),
  ...THREE_DECIMAL.split(" ").map((code) => [code, 3] as const),
]);

/** Paid out in hundreds of the minor unit only. */
const WHOLE_PAYOUTS = "huf isk twd ugx";

const PAYOUT_UNITS: ReadonlyMap<string, number> = new Map([
  ...WHOLE_PAYOUTS.split(" ").map((code) => [code, 100] as const),
  ...THREE_DECIMAL.split(" ").map((code) => [code, 10] as const),
]);

/** The smallest amount that can be paid out, in minor units. What is left over stays on the balance. */
export function payoutUnitOf(currency: string): number {
  return PAYOUT_UNITS.get(currency) ?? 1;
}

/** The decimals of the major unit, for charges and payouts alike. */
export function decimalsOf(currency: string): number {
  return DECIMALS.get(currency) ?? 2;
}

/**
 * An amount in the currency's major unit, with all decimals: -5 cents of a dollar are `-0.05`. Fractions of a minor
 * unit, which the legacy service accepted, are rounded as in totals.
 */
export function majorUnits(amountMinor: number, currency: string): string {
  const decimals = decimalsOf(currency);
  const whole = Math.round(amountMinor);
  const digits = String(Math.abs(whole)).padStart(decimals + 1, "0");
  const point = digits.length - decimals;
  const sign = whole < 0 ? "-" : "";
  return sign + digits.slice(0, point) + (decimals > 0 ? `.${digits.slice(point)}` : "");
}
