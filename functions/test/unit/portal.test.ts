import { pagesInRange, rowsInRange, visibleRows } from "../../../portal/src/firestore/paging.ts";
import {
  currenciesOf,
  sortedSumOf,
  toFranchisee,
  toRevenue,
  withFigures,
} from "../../../portal/src/firestore/revenue.ts";
import type { StripeSnapshot } from "../../../portal/src/firestore/transaction.ts";
import { customerText, feeText, lacksStripeFee, remarkText } from "../../../portal/src/messages.ts";
import { money, shortMoney, signedMoney } from "../../../portal/src/money.ts";
import { routeOf } from "../../../portal/src/route.ts";
import { ago, date, dateAndTime, daysOf, monthName, startOfDay, timeZoneName } from "../../../portal/src/time.ts";
import { majorUnits } from "../../src/domain/currencies.ts";
import { portalSnapshot } from "../support/portal-snapshot.ts";

describe("money in the portal", () => {
  test.each([
    [544_500, "cad", "$5,445.00"],
    [-5, "cad", "-$0.05"],
    [-0.4, "cad", "$0.00"],
    [1_234_567, "jpy", "JP¥1,234,567"],
    [1_234, "kwd", "KWD\u00a01.234"],
    [999_999_999_999, "usd", "US$9,999,999,999.99"],
  ])("%d %s is shown as %s", (amount, currency, written) => {
    expect(money(amount, currency)).toBe(written);
  });

  test("has the decimals that the backend uses, in every currency", () => {
    for (const code of Intl.supportedValuesOf("currency")) {
      const currency = code.toLowerCase();
      // Everything except digits, sign and point is the currency's name.
      const number = money(-1_234_567, currency)
        .replace(code, "")
        .replaceAll(/[^\d.-]/g, "");
      expect([currency, number.replace(/^\.+/, "")]).toEqual([currency, majorUnits(-1_234_567, currency)]);
    }
  });

  test("has a plus sign where needed, and fits on the scale of a chart", () => {
    expect([signedMoney(12, "cad"), signedMoney(-12, "cad"), signedMoney(0, "cad")]).toEqual([
      "+$0.12",
      "-$0.12",
      "$0.00",
    ]);
    expect(shortMoney(5_445, "cad")).toBe("$5.4K");
  });
});

test.each([
  ["Ada", null, "Ada"],
  [null, null, "Name not given"],
  [null, new Date(0), "Name erased"],
])("a customer named %j and erased %j is shown as %j", (name, erasedAt, shown) => {
  expect(customerText({ name, erasedAt })).toBe(shown);
});

describe("times in the portal", () => {
  const now = new Date("2026-03-01T12:00:00Z");

  test.each([
    [-5, "just now"],
    [59, "just now"],
    [60, "1 minute ago"],
    [4 * 60 + 59, "4 minutes ago"],
    [3_600, "1 hour ago"],
    [86_399, "23 hours ago"],
    [3 * 86_400, "3 days ago"],
  ])("that are %d seconds ago are shown as %s", (seconds, words) => {
    expect(ago(new Date(now.getTime() - 1000 * seconds), now)).toBe(words);
  });

  test("are in the reporting time zone", () => {
    expect(dateAndTime(new Date("2025-11-15T07:05:00Z"), "America/Vancouver")).toBe("14 Nov 2025, 23:05");
    expect([date("2026-02-03"), monthName("2026-02")]).toEqual(["3 Feb 2026", "February 2026"]);
    expect(["America/Vancouver", "America/St_Johns"].map(timeZoneName)).toEqual(["Pacific Time", "Newfoundland Time"]);
    expect([daysOf("2024-02").length, daysOf("2026-02").at(-1)]).toEqual([29, "2026-02-28"]);
  });
});

test.each([
  ["2025-11-14", "America/Vancouver", "2025-11-14T08:00:00Z"],
  ["2025-03-10", "America/Vancouver", "2025-03-10T07:00:00Z"],
  // Clocks go from 23:59 to 01:00.
  ["2025-09-07", "America/Santiago", "2025-09-07T04:00:00Z"],
])("the day %s in %s begins at %s", (day, timeZone, instant) => {
  expect(startOfDay(day, timeZone)).toEqual(new Date(instant));
});

describe("a list that is too long to draw", () => {
  test.each([
    ["further down than its first window", { top: -300, height: 900, rowHeight: 60 }, { from: 0, to: 23 }],
    ["at its top", { top: 0, height: 900, rowHeight: 60 }, { from: 0, to: 23 }],
    ["in the middle", { top: 6_000, height: 900, rowHeight: 60 }, { from: 92, to: 123 }],
  ])("%s draws the rows in and near the window", (_where, view, rows) => {
    expect(visibleRows(view)).toEqual(rows);
  });

  test.each([
    [[], { from: 0, to: 0 }, { from: 0, to: 0 }],
    [[0], { from: 0, to: 0 }, { from: 0, to: 1 }],
    [[40, 40, 40], { from: 0, to: 18 }, { from: 0, to: 1 }],
    [[40, 40, 40], { from: 39, to: 41 }, { from: 0, to: 2 }],
    [[40, 40, 40], { from: 40, to: 80 }, { from: 1, to: 2 }],
    [[41, 40, 7], { from: 80, to: 88 }, { from: 1, to: 3 }],
    [[40, 40, 40], { from: 120, to: 120 }, { from: 2, to: 3 }],
  ])("with pages of %j has the rows %j on %j", (sizes, rows, pages) => {
    expect(pagesInRange(sizes, rows)).toEqual(pages);
  });

  test("has rows across pages", () => {
    const pages = [["a", "b"], [], ["c", "d", "e"], ["f"]];
    expect(rowsInRange(pages, { from: 1, to: 4 })).toEqual(["b", "c", "d"]);
    expect(rowsInRange(pages, { from: 0, to: 99 })).toEqual(["a", "b", "c", "d", "e", "f"]);
  });
});

test.each([
  ["", { view: "home" }],
  ["#/", { view: "home" }],
  ["#/overview?month=2025-11", { view: "overview" }],
  ["#/overview/x", { view: "unknown" }],
  ["#/exceptions", { view: "exceptions", open: null }],
  ["#/exceptions/acct_1/pi_2", { view: "exceptions", open: { franchiseeId: "acct_1", stripePaymentId: "pi_2" } }],
  ["#/exceptions/acct_1", { view: "unknown" }],
  ["#/acct_1", { view: "franchisee", franchiseeId: "acct_1", stripePaymentId: null }],
  ["#/acct_1/pi_2", { view: "franchisee", franchiseeId: "acct_1", stripePaymentId: "pi_2" }],
  ["#/acct_1/closes", { view: "closes", franchiseeId: "acct_1" }],
  ["#/acct_1/deposits", { view: "deposits", franchiseeId: "acct_1" }],
  ["#/acct_1/deposits/po_2", { view: "deposit", franchiseeId: "acct_1", payoutId: "po_2", stripePaymentId: null }],
  [
    "#/acct_1/deposits/po_2/pi_3",
    { view: "deposit", franchiseeId: "acct_1", payoutId: "po_2", stripePaymentId: "pi_3" },
  ],
  ["#/acct_1/deposits/pi_3", { view: "unknown" }],
  ["#/acct_1/deposits/po_2/po_3", { view: "unknown" }],
  ["#/acct_1/deposits/po_2/pi_3/x", { view: "unknown" }],
  ["#/acct_1/statement", { view: "statement", franchiseeId: "acct_1", month: null }],
  ["#/acct_1/statement/2025-11", { view: "statement", franchiseeId: "acct_1", month: "2025-11" }],
  ["#/acct_1/statement/2025-13", { view: "unknown" }],
  ["#/acct_1/statement/2025-11/x", { view: "unknown" }],
  ["#/acct_1/pi_2/x", { view: "unknown" }],
  ["#/acct_../pi_2", { view: "unknown" }],
  ["#/acct_1/pi_%2e", { view: "unknown" }],
])("the address %s is %j", (hash, route) => {
  expect(routeOf(hash)).toEqual(route);
});

describe("documents", () => {
  test("contain revenue by currency, sorted by number of payments, without empty ones", () => {
    const revenue = toRevenue({
      usd: { count: 1, gross: 5 },
      cad: { count: 2, gross: 7 },
      eur: { count: 0, gross: 0 },
    });
    expect([...revenue.keys()]).toEqual(["cad", "usd"]);
    expect(revenue.get("cad")).toMatchObject({ count: 2, gross: 7, net: 0 });
    expect(currenciesOf([revenue, toRevenue({ usd: { count: 9 } })])).toEqual(["usd", "cad"]);
  });

  test("show no figures in a currency that customers paid in, if all of it was converted", () => {
    const cad = { count: 1, gross: 1_370, net: 1_300, refundsDeducted: 1_370, netAdjustment: -1_370 };
    const revenue = toRevenue({ cad, usd: { refunded: 1_000 }, eur: { disputed: 500 }, gbp: { netAdjustment: -5 } });
    expect([...revenue.keys()]).toEqual(["cad", "eur", "gbp", "usd"]);
    expect([...withFigures(revenue).keys()]).toEqual(["cad", "gbp"]);
    expect(currenciesOf([revenue])).toEqual(["cad", "gbp"]);
    // What customers got back is stated beside the figures.
    expect(sortedSumOf([revenue, revenue]).get("usd")).toMatchObject({ refunded: 2_000, gross: 0 });
  });

  test("are as current as the older sync, and empty if malformed", () => {
    const until = (instant: string) => ({ completeUntil: { toDate: () => new Date(instant) }, error: null });
    const sync = { platform: until("2026-01-02T00:00:00Z"), account: until("2026-01-01T00:00:00Z") };
    expect(toFranchisee("acct_1", { sync, exceptions: { open: 3 } })).toMatchObject({
      exceptions: { open: 3 },
      freshness: { completeUntil: new Date("2026-01-01T00:00:00Z"), error: null },
    });
    for (const fields of [undefined, null, { sync: "soon", totals: [1], exceptions: 7 }]) {
      expect(toFranchisee("acct_1", fields)).toMatchObject({ totals: new Map(), exceptions: { open: 0 } });
    }
  });
});

describe("a payment in the portal", () => {
  const stripe = (fields: Partial<StripeSnapshot> = {}) => portalSnapshot(4_000, fields);
  const reconciliation = { status: "matched", differences: [], checkedAt: null };
  const dispute = (status: string) => ({
    id: `dp_${status}`,
    currency: "cad",
    amount: 4_000,
    status,
    reason: null,
    createdAt: null,
    respondBy: null,
  });
  const settled = (type: string) => ({ currency: "cad", amount: 4_000, net: 3_180, fees: [{ type, amount: 820 }] });

  test.each([
    [true, "neither a golden record nor Stripe states it", 0, stripe({ settled: settled("application_fee") })],
    [false, "a golden record states it", 320, stripe({ settled: settled("application_fee") })],
    [false, "Stripe states it", 0, stripe({ settled: settled("stripe_fee") })],
    [
      false,
      "the platform pays it, and Stripe states it",
      0,
      stripe({ settled: settled("application_fee"), platformPaidFee: { currency: "cad", amount: 320 } }),
    ],
    [false, "nothing has settled", 0, stripe()],
  ])("has no Stripe fee (%j) if %s", (expected, _what, amount_stripe_fee, side) => {
    expect(lacksStripeFee({ amount_stripe_fee, stripe: side })).toBe(expected);
  });

  test("names fees by type, including unknown ones", () => {
    expect(["stripe_fee", "withheld_tax", "brand_new_fee"].map(feeText)).toEqual([
      "Stripe fee",
      "Tax withheld",
      "Brand new fee",
    ]);
  });

  test.each([
    ["Unrelated sale", { reconciliation: { ...reconciliation, status: "unrelated" } }],
    // 40.00 of 100.00 were captured; the rest was released, not refunded.
    [null, {}],
    ["Partly refunded", { stripe: stripe({ amountRefunded: 1_000 }) }],
    ["Refunded", { stripe: stripe({ amountRefunded: 4_000 }) }],
    ["Disputed", { stripe: stripe({ disputes: [dispute("warning_needs_response"), dispute("appeal_under_review")] }) }],
    ["Inquiry", { stripe: stripe({ disputes: [dispute("warning_needs_response"), dispute("lost")] }) }],
    ["Dispute lost", { stripe: stripe({ disputes: [dispute("won"), dispute("lost")], amountRefunded: 5 }) }],
    [null, { stripe: stripe({ disputes: [dispute("won"), dispute("warning_closed"), dispute("prevented")] }) }],
  ])("is labelled %j", (label, fields) => {
    expect(remarkText({ exception: null, reconciliation, stripe: stripe(), ...fields })).toBe(label);
  });
});
