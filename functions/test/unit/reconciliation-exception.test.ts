import {
  type Discrepancy,
  discrepancyOf,
  discrepancySchema,
  exceptionOf,
} from "../../src/domain/reconciliation-exception.ts";
import { RECONCILIATION_STATUSES } from "../../src/domain/reconciliation.ts";
import { recorded } from "../support/records.ts";

/** A cent is left over. */
const transaction = recorded({ amount_franchisee_net: 899 });
const disagreement: Discrepancy = {
  status: "mismatched",
  differences: [{ field: "unallocated", recorded: 1, stripe: 0 }],
  amounts: { amount_total: 1000, amount_stripe_fee: 59, amount_platform_fee: 41, amount_franchisee_net: 899 },
  currency: "cad",
};
const decided = { reason: "known", by: "ada@example.org", at: new Date(0) };

test("a disagreement is what differs, and the money that it is about", () => {
  expect(discrepancyOf(transaction)).toEqual(disagreement);
});

test.each([
  ["expected", null],
  ["matched", null],
  ["mismatched", "open"],
  ["missing_in_portal", "open"],
  ["missing_in_stripe", "open"],
])("%s: the exception is %s", (status, state) => {
  const found = RECONCILIATION_STATUSES.find((one) => one === status);
  if (!found) throw new Error(status);
  expect(exceptionOf({ ...transaction, reconciliation: { status: found, differences: [] } }, null)).toBe(state);
});

describe("what an operator has let stand", () => {
  it("is resolved, whoever decided it, and why", () => {
    expect(exceptionOf(transaction, { ...disagreement, ...decided })).toBe("resolved");
  });

  test.each<[string, Partial<Discrepancy>]>([
    ["how it stands", { status: "missing_in_portal" }],
    ["a difference more", { differences: [] }],
    ["another difference", { differences: [{ field: "unallocated", recorded: 2, stripe: 0 }] }],
    ["other money", { amounts: { ...disagreement.amounts, amount_total: 1001 } }],
    ["another currency", { currency: "usd" }],
  ])("is open again with %s", (_what, seen) => {
    expect(exceptionOf(transaction, { ...disagreement, ...seen, ...decided })).toBe("open");
  });
});

describe("what an admin says to have seen", () => {
  it("is the disagreement as the ledger tells it", () => {
    expect(discrepancySchema.parse({ ...disagreement, notCompared: [] })).toEqual(disagreement);
  });

  test.each([false, "usd", 1])("can differ in a %j", (value) => {
    const differences = [{ field: "livemode" as const, recorded: value, stripe: value }];
    expect(discrepancySchema.parse({ ...disagreement, differences })).toEqual({ ...disagreement, differences });
  });

  test.each<[string, object]>([
    ["a status of another kind", { status: "lost" }],
    ["a field of another kind", { differences: [{ field: "name", recorded: 1, stripe: 0 }] }],
    ["a difference in nothing", { differences: [{ field: "currency", recorded: null, stripe: "cad" }] }],
    ["only one side of a difference", { differences: [{ field: "currency", recorded: "cad" }] }],
    ["an amount left out", { amounts: { amount_total: 1000 } }],
    ["an amount as text", { amounts: { ...disagreement.amounts, amount_total: "1000" } }],
    ["no currency", { currency: undefined }],
  ])("is refused with %s", (_what, fields) => {
    expect(discrepancySchema.safeParse({ ...disagreement, ...fields }).success).toBe(false);
  });
});
