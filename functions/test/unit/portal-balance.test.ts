import { isOfPayout } from "../../src/domain/balance-transaction.ts";
import {
  bankText,
  categoryText,
  depositKindText,
  depositStatusText,
  explanationText,
  movementText,
  restText,
  returnText,
  unexplainedText,
} from "../../../portal/src/balance-messages.ts";
import {
  type Deposit,
  explanationOf,
  isPaidByHand,
  toBalance,
  toDeposit,
  toMovement,
} from "../../../portal/src/firestore/balance.ts";
import { arrivalDate } from "../../../portal/src/time.ts";
import { REPORTING_CATEGORIES } from "../../src/stripe/reporting-categories.ts";

const timestamp = (instant: string) => ({ toDate: () => new Date(instant) });

function deposit(fields: Partial<Deposit> = {}): Deposit {
  const base = toDeposit("po_1", { amount: 1_000, currency: "cad", status: "paid", kind: "automatic" });
  return { ...base, composition: [], ...fields };
}

const contentOf = (net: number) => [{ reportingCategory: "charge", count: 1, amount: net, fee: 0, net }];

describe("a deposit", () => {
  test.each<[string, Partial<Deposit>, string, string]>([
    ["of exactly its content", { composition: contentOf(1_000) }, "explained", "Explained to the cent"],
    ["of less than its content", { composition: contentOf(1_001) }, "differs", "Differs by +$0.01"],
    ["of more than its content", { composition: contentOf(999) }, "differs", "Differs by -$0.01"],
    [
      "that leaves less than a unit",
      { amount: 1_000, currency: "twd", composition: contentOf(1_099) },
      "remainder",
      "Explained; NT$0.99 is too small to pay out and stays on the balance",
    ],
    [
      "that contains what an earlier one left",
      { amount: 1_000, currency: "kwd", composition: contentOf(991) },
      "remainder",
      "Explained; includes KWD 0.009 that was left on the balance before",
    ],
    ["that leaves a whole unit", { currency: "huf", composition: contentOf(1_100) }, "differs", "Differs by +HUF 1.00"],
    ["without content yet", { composition: null }, "composing", "Stripe is preparing it"],
    ["made by hand", { composition: null, kind: "manual" }, "running balance", "See balance statement"],
    ["made within minutes", { composition: null, kind: "instant" }, "running balance", "See balance statement"],
    ["that debits the bank", { amount: -500, composition: contentOf(-500) }, "explained", "Explained to the cent"],
  ])("%s", (_name, fields, state, text) => {
    expect(explanationOf(deposit(fields)).state).toBe(state);
    expect(explanationText(deposit(fields)).replaceAll("\u00A0", " ")).toBe(text);
  });

  test("says what its content does not state", () => {
    expect(restText(deposit({ composition: contentOf(1_001) }))).toBe("not explained");
    expect(restText(deposit({ currency: "huf", composition: contentOf(1_001) }))).toMatch(/stays on the balance/);
    expect(restText(deposit({ currency: "huf", composition: contentOf(999) }))).toMatch(/on the balance before/);
  });

  test.each<[Partial<Deposit>, string, string | null]>([
    [{ status: "pending" }, "Scheduled", null],
    [{ status: "in_transit" }, "On its way", null],
    [{ status: "paid" }, "Paid out", null],
    [
      { status: "canceled" },
      "Cancelled",
      "It was cancelled before it was sent. The money was returned to the balance.",
    ],
    [
      { status: "failed", failure: { code: "account_closed", message: null } },
      "Failed",
      "Account closed. The money was returned to the balance.",
    ],
    [
      { status: "failed", failure: { code: "account_closed", message: "The account has been closed." } },
      "Failed",
      "The account has been closed. The money was returned to the balance.",
    ],
    [{ status: "failed" }, "Failed", "The bank gave no reason. The money was returned to the balance."],
    [
      { status: "failed", amount: -500 },
      "Failed",
      "The bank gave no reason. The bank account wasn’t debited, so the balance owes the amount again.",
    ],
    [
      { reversedByPayoutId: "po_2" },
      "Reversed",
      "It was sent and then reversed. The money was returned to the balance.",
    ],
    [{ status: "new_at_stripe" }, "New at stripe", null],
  ])("%j is %s, and tells what came back", (fields, status, returned) => {
    expect(depositStatusText(deposit(fields))).toBe(status);
    expect(returnText(deposit(fields))).toBe(returned);
  });

  test("names its kind, and the last four digits of its bank account at most", () => {
    expect(["automatic", "manual", "instant", "new_kind"].map(depositKindText)).toEqual([
      "Automatic",
      "Manual",
      "Instant",
      "New kind",
    ]);
    const bankOf = (bank: object | null) => bankText(toDeposit("po_1", { bank }).bank);
    expect(bankOf({ name: "Royal Bank", last4: "123456789" })).toBe("Royal Bank ending in 6789");
    expect(bankOf({ name: null, last4: "6789" })).toBe("Account ending in 6789");
    expect(bankOf({ name: "Royal Bank", last4: null })).toBe("Royal Bank");
    expect([bankOf({ name: null, last4: null }), bankOf(null)]).toEqual(Array(2).fill("Not reported by Stripe"));
  });

  test("arrives on a day of UTC", () => {
    expect(arrivalDate(new Date("2025-11-18T00:00:00Z"))).toBe("18 Nov 2025");
  });

  test.each([
    [["manual"], true],
    [["automatic", "manual"], false],
    [["instant", "manual", "automatic"], true],
    [["instant", "automatic"], false],
    [["instant"], false],
    [[], false],
  ])("the kinds %j, newest first, are of an account that is paid out by hand: %j", (kinds, isByHand) => {
    expect(isPaidByHand(kinds.map((kind) => ({ kind })))).toBe(isByHand);
  });
});

describe("movements", () => {
  const movement = (fields: object) => toMovement("txn_1", { net: -1, currency: "cad", ...fields });

  test.each([
    [{ reportingCategory: "charge" }, "Payment"],
    [{ reportingCategory: "fee", description: "Card Dispute Countered Fee (2026-07-13)" }, "Dispute fee"],
    [{ reportingCategory: "fee", source: "dp_1", net: 1 }, "Dispute fee returned"],
    [{ reportingCategory: "fee", net: 1 }, "Fee returned"],
    [{ reportingCategory: "fee" }, "Fee"],
    [{ reportingCategory: "new_at_stripe" }, "New at stripe"],
    [{ type: "stripe_fx_fee" }, "Stripe fx fee"],
  ])("%j is called %s", (fields, text) => {
    expect(movementText(movement(fields))).toBe(text);
  });

  test("of every category that Stripe has are named in plain words", () => {
    const unnamed = Object.keys(REPORTING_CATEGORIES).filter((category) => category.includes("_"));
    expect(
      unnamed.filter((category) => categoryText(category).toLowerCase() === category.replaceAll("_", " ")),
    ).toEqual([]);
    expect(categoryText("new_at_stripe")).toBe("New at stripe");
  });

  test("of deposits are distinguished from others", () => {
    const categories = ["payout", "payout_reversal", "charge", "payout_minimum_balance_hold"];
    expect(categories.filter((reportingCategory) => isOfPayout({ reportingCategory }))).toEqual([
      "payout",
      "payout_reversal",
    ]);
  });
});

describe("a balance", () => {
  test("has its currencies in order, and is unknown before the first comparison", () => {
    const cad = { available: 5, pending: 7, recorded: 13, difference: 1 };
    const usd = { available: 1, pending: 0, recorded: 1, difference: 0 };
    const since = new Date("2025-11-21T12:00:00Z");
    const fields = {
      checkedAt: timestamp("2025-11-22T12:00:00Z"),
      currencies: { usd, cad },
      isExplained: false,
      unexplainedSince: timestamp(since.toISOString()),
    };
    expect(toBalance(fields)).toEqual({
      checkedAt: new Date("2025-11-22T12:00:00Z"),
      currencies: [
        { currency: "cad", ...cad },
        { currency: "usd", ...usd },
      ],
      isExplained: false,
      unexplainedSince: since,
    });
    expect(unexplainedText({ currency: "cad", ...cad })).toBe(
      "Stripe’s balance is $0.12; the recorded movements add up to $0.13; difference +$0.01.",
    );
    for (const unknown of [undefined, null, {}, { isExplained: "yes" }]) expect(toBalance(unknown)).toBeNull();
  });
});
