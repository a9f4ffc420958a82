import {
  type Discrepancy,
  discrepancyOf,
  discrepancySchema,
  exceptionOf,
} from "../../src/domain/reconciliation-exception.ts";
import { RECONCILIATION_STATUSES } from "../../src/domain/reconciliation.ts";
import { recorded } from "../support/records.ts";

/** The parts add up to a cent less than the total. */
const transaction = recorded({ amount_franchisee_net: 899 });
const discrepancy: Discrepancy = {
  status: "mismatched",
  differences: [{ field: "unallocated", recorded: 1, stripe: 0 }],
  amounts: { amount_total: 1000, amount_stripe_fee: 59, amount_platform_fee: 41, amount_franchisee_net: 899 },
  currency: "cad",
};
const decided = { reason: "known", by: "ada@example.org", at: new Date(0) };

test("a discrepancy consists of the differences and the amounts", () => {
  expect(discrepancyOf(transaction)).toEqual(discrepancy);
});

test.each([
  ["expected", null],
  ["matched", null],
  ["mismatched", "open"],
  ["missing_in_portal", "open"],
  ["missing_in_stripe", "open"],
  ["unrelated", null],
])("with the status %s, the exception is %s", (status, state) => {
  const found = RECONCILIATION_STATUSES.find((one) => one === status);
  if (!found) throw new Error(status);
  expect(exceptionOf({ ...transaction, reconciliation: { status: found, differences: [] } }, null)).toBe(state);
});

describe("a resolution", () => {
  it("resolves its discrepancy", () => {
    expect(exceptionOf(transaction, { ...discrepancy, ...decided })).toBe("resolved");
  });

  test.each<[string, Partial<Discrepancy>]>([
    ["another status", { status: "missing_in_portal" }],
    ["a missing difference", { differences: [] }],
    ["another difference", { differences: [{ field: "unallocated", recorded: 2, stripe: 0 }] }],
    ["other amounts", { amounts: { ...discrepancy.amounts, amount_total: 1001 } }],
    ["another currency", { currency: "usd" }],
  ])("does not resolve %s", (_what, seen) => {
    expect(exceptionOf(transaction, { ...discrepancy, ...seen, ...decided })).toBe("open");
  });
});

describe("the discrepancy that an admin has seen", () => {
  it("is parsed as the ledger stores it", () => {
    expect(discrepancySchema.parse({ ...discrepancy, notCompared: [] })).toEqual(discrepancy);
  });

  test.each([false, "usd", 1])("can contain a %j", (value) => {
    const differences = [{ field: "livemode" as const, recorded: value, stripe: value }];
    expect(discrepancySchema.parse({ ...discrepancy, differences })).toEqual({ ...discrepancy, differences });
  });

  test.each<[string, object]>([
    ["an unknown status", { status: "lost" }],
    ["an unknown field", { differences: [{ field: "name", recorded: 1, stripe: 0 }] }],
    ["a null difference", { differences: [{ field: "currency", recorded: null, stripe: "cad" }] }],
    ["only one side of a difference", { differences: [{ field: "currency", recorded: "cad" }] }],
    ["a missing amount", { amounts: { amount_total: 1000 } }],
    ["an amount as text", { amounts: { ...discrepancy.amounts, amount_total: "1000" } }],
    ["no currency", { currency: undefined }],
  ])("is refused with %s", (_what, fields) => {
    expect(discrepancySchema.safeParse({ ...discrepancy, ...fields }).success).toBe(false);
  });
});
