/**
 * How Stripe represents amounts of each currency (https://docs.stripe.com/currencies, "Zero-decimal currencies", "Three-decimal
 * currencies" and "Special cases"). The only such table: the API, the CSV export, the fake Stripe and the portal's page use it. Pure, and
 * without imports, since the page bundles it.
 */

/** Charged and paid out in whole units: 500 jpy is ¥500. */
const ZERO_DECIMAL = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf";

/** Charged and paid out in thousandths: 1000 kwd is KD 1.000. Stripe wants the last digit to be 0. */
const THREE_DECIMAL = "bhd jod kwd omr tnd";

/**
 * Represented with two decimals, like all others, although there are no smaller coins: 500 isk is 5 kr, 500 ugx is USh 5. Stripe takes
 * charges in whole units of ISK and UGX, and pays HUF and TWD out in whole units; the amounts on its objects still count hundredths.
 */
export const WHOLE_UNIT_CHARGES: ReadonlySet<string> = new Set(["isk", "ugx"]);
export const WHOLE_UNIT_PAYOUTS: ReadonlySet<string> = new Set(["huf", "isk", "twd", "ugx"]);

const DECIMALS: ReadonlyMap<string, number> = new Map([
  ...ZERO_DECIMAL.split(" ").map((code) => [code, 0] as const),
  ...THREE_DECIMAL.split(" ").map((code) => [code, 3] as const),
]);

/** How many decimals of the major unit an amount of this currency counts, for charges and payouts alike. */
export function decimalsOf(currency: string): number {
  return DECIMALS.get(currency) ?? 2;
}
