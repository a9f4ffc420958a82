import { currencySchema, majorUnits } from "../../src/domain/money.ts";

test.each<[number, string, string]>([
  [544_500, "cad", "5445.00"],
  [5, "cad", "0.05"],
  [-5, "cad", "-0.05"],
  [-123_456, "usd", "-1234.56"],
  [0, "cad", "0.00"],
  [-0, "cad", "0.00"],
  [999_999_999_999, "cad", "9999999999.99"],
  [500, "jpy", "500"],
  [-1, "krw", "-1"],
  [0, "xpf", "0"],
  [1, "kwd", "0.001"],
  [-1_234_567, "bhd", "-1234.567"],
  // Special cases, which Stripe represents with two decimals: 5 UGX is 500.
  [500, "ugx", "5.00"],
  [100, "isk", "1.00"],
  [1_045, "huf", "10.45"],
  [80_045, "twd", "800.45"],
  [1234.5, "cad", "12.35"],
  [-0.4, "cad", "0.00"],
  // No float represents these exactly: 1.1 * 3, 0.1 + 0.2, 1.005.
  [330, "eur", "3.30"],
  [30, "eur", "0.30"],
  [1005, "tnd", "1.005"],
])("%d in minor units of %s are %s", (amount, currency, expected) => {
  expect(majorUnits(amount, currency)).toBe(expected);
});

/** https://docs.stripe.com/currencies; all others have two. */
const NO_DECIMALS = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(" ");
const THREE_DECIMALS = "bhd jod kwd omr tnd".split(" ");

test("every currency has Stripe's number of decimals", () => {
  const oneMinorUnitOf = (currency: string): string => {
    if (NO_DECIMALS.includes(currency)) return "1";
    return THREE_DECIMALS.includes(currency) ? "0.001" : "0.01";
  };
  const codes = Intl.supportedValuesOf("currency").map((code) => currencySchema.parse(code));
  expect(codes.map((code) => [code, majorUnits(1, code)])).toEqual(codes.map((code) => [code, oneMinorUnitOf(code)]));
  expect(codes).toEqual(expect.arrayContaining([...NO_DECIMALS, ...THREE_DECIMALS]));
});
