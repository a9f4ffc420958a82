import { filterTerm, filterTerms } from "../../src/domain/filter-terms.ts";
import { MAX_TERMS, searchTerms } from "../../src/domain/search.ts";
import { searchable } from "../support/records.ts";

const payment = { currency: "cad", status: "succeeded", exception: null, stripe: null };

test("a payment without anything special is found by its currency, with and without its status", () => {
  expect(filterTerms(payment)).toEqual(["%cad succeeded", "%cad"].toReversed());
});

test("each combination of a payment's currency, status and happenings has a term, except for a status alone", () => {
  const terms = filterTerms({ ...payment, exception: "open", stripe: { amountRefunded: 1, disputes: [{}] } });
  const of = (has: string): string[] => [`%${has}`, `%succeeded ${has}`, `%cad ${has}`, `%cad succeeded ${has}`];
  expect(terms.toSorted()).toEqual(
    ["%cad", "%cad succeeded", ...["refund", "dispute", "open_exception"].flatMap(of)].toSorted(),
  );
});

test.each([
  ["nothing refunded", { stripe: { amountRefunded: 0, disputes: [] } }, []],
  ["a refund", { stripe: { amountRefunded: 5, disputes: [] } }, ["%refund"]],
  ["a dispute", { stripe: { amountRefunded: 0, disputes: [{ status: "won" }] } }, ["%dispute"]],
  ["an exception", { exception: "open" }, ["%open_exception"]],
  ["an accepted exception", { exception: "resolved" }, ["%resolved_exception"]],
])("a payment with %s is found by it alone", (_what, fields, found) => {
  const terms = filterTerms({ ...payment, ...fields });
  const alone = new Set(["refund", "dispute", "open_exception", "resolved_exception"].map((has) => `%${has}`));
  expect(terms.filter((term) => alone.has(term))).toEqual(found);
});

test.each([
  [{}, null],
  [{ status: "failed" }, null],
  [{ currency: "usd" }, "%usd"],
  [{ has: "refund" as const }, "%refund"],
  [{ currency: "usd", status: "failed", has: "dispute" as const }, "%usd failed dispute"],
])("the filter %j has the term %s", (filter, term) => {
  expect(filterTerm(filter)).toBe(term);
});

test("long texts do not displace the terms of filters", () => {
  const letters = Array.from({ length: 26 }, (_none, index) => String.fromCodePoint(97 + index));
  const name = letters.map((letter) => letter.repeat(12)).join(" ");
  const terms = searchTerms(
    searchable({ name, stripe: { charged: { currency: "usd", amount: 5 }, amountRefunded: 5, disputes: [{}] } }),
  );
  expect(terms.length).toBeLessThanOrEqual(MAX_TERMS);
  expect(terms).toContain("%cad dispute");
});
