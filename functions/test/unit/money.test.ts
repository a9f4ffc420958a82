import {
  amountMinorSchema,
  CurrencyMismatchError,
  currencySchema,
  sumByCurrency,
  sumMoney,
  unallocatedMinor,
} from "../../src/domain/money.ts";
import { majorUnits, payoutUnitOf } from "../../src/domain/currencies.ts";
import { thrownBy } from "../support/thrown.ts";

test.each([0, 1, -1, 999_999_999_999, -999_999_999_999])("%d is an amount in minor units", (amount) => {
  expect(amountMinorSchema.parse(amount)).toBe(amount);
});

test("the amount -0 is 0", () => {
  expect(amountMinorSchema.parse(-0)).toBe(0);
});

test.each([1_000_000_000_000, -1_000_000_000_000, 0.5, 1e21, -1e21, Number.NaN, "1", null])(
  "%j is no amount in minor units, for one reason",
  (amount) => {
    expect(amountMinorSchema.safeParse(amount).error?.issues).toHaveLength(1);
  },
);

test.each(["xyz", "", "ca"])("%j is no currency", (code) => {
  expect(currencySchema.safeParse(code).error?.issues).toMatchObject([
    { message: 'expected an ISO 4217 currency code such as "cad"' },
  ]);
});

test("amounts in one currency are added", () => {
  const amounts = [5, 7].map((amount) => ({ currency: "cad", amount }));
  expect(sumMoney("cad", [])).toEqual({ currency: "cad", amount: 0 });
  expect(sumMoney("cad", amounts)).toEqual({ currency: "cad", amount: 12 });
});

test("amounts in another currency are not added", () => {
  const error = thrownBy(() => sumMoney("cad", [{ currency: "usd", amount: 5 }]));
  expect(error).toBeInstanceOf(CurrencyMismatchError);
  expect(String(error)).toBe("CurrencyMismatchError: An amount in usd cannot be added to one in cad.");
});

test("sums are ordered by currency, and those of 0 are left out", () => {
  const amounts: [string, number][] = [
    ["usd", 5],
    ["jpy", 1],
    ["cad", 7],
    ["eur", -3],
    ["jpy", -1],
    ["usd", 2],
  ];
  expect(sumByCurrency(amounts.map(([currency, amount]) => ({ currency, amount })))).toEqual([
    { currency: "cad", amount: 7 },
    { currency: "eur", amount: -3 },
    { currency: "usd", amount: 7 },
  ]);
});

test.each([
  [900, 0],
  [899, 1],
  [901, -1],
])("of 1000, 59 and 41 and %d leave %d", (net, rest) => {
  const fees = { amount_stripe_fee: 59, amount_platform_fee: 41 };
  expect(unallocatedMinor({ amount_total: 1000, ...fees, amount_franchisee_net: net })).toBe(rest);
});

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

/** https://docs.stripe.com/currencies, "Special cases" and "Three-decimal currencies". */
test.each([
  ["huf", 100],
  ["isk", 100],
  ["twd", 100],
  ["ugx", 100],
  ["bhd", 10],
  ["jod", 10],
  ["kwd", 10],
  ["omr", 10],
  ["tnd", 10],
  ["cad", 1],
  ["jpy", 1],
  ["clp", 1],
])("payouts in %s are multiples of %d", (currency, unit) => {
  expect(payoutUnitOf(currency)).toBe(unit);
});
