/**
 * How Stripe represents amounts of each currency (https://docs.stripe.com/currencies, "Zero-decimal currencies", "Three-decimal
 * currencies" and "Special cases"). The only such table: the API, the CSV export, the fake Stripe and the portal's page use it. Pure, and
 * without imports, since the page bundles it.
 */

/** Charged and paid out in whole units: 500 jpy is ¥500. */
const ZERO_DECIMAL = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf";

/** Charged and paid out in thousandths: 1000 kwd is KD 1.000. Stripe wants the last digit to be 0. */
const THREE_DECIMAL = "bhd jod kwd omr tnd";

// All others have two, and so do the special cases: ISK and UGX, which have no smaller coins (500 ugx is USh 5, and charges end in 00), and HUF and
// TWD, which are paid out in whole units (of 10.45 HUF, 1000 are paid out). Amounts on their objects count hundredths all the same.

const DECIMALS: ReadonlyMap<string, number> = new Map([
  ...ZERO_DECIMAL.split(" ").map((code) => [code, 0] as const),
  ...THREE_DECIMAL.split(" ").map((code) => [code, 3] as const),
]);

/** How many decimals of the major unit an amount of this currency counts, for charges and payouts alike. */
export function decimalsOf(currency: string): number {
  return DECIMALS.get(currency) ?? 2;
}
