import type { ZodType } from "zod";
import { franchiseeIdSchema, paymentIntentIdSchema } from "../../src/domain/payment.ts";
import { goldenRecordSchema } from "../../src/domain/golden-record.ts";
import { legacyExample } from "../support/records.ts";

const minimal = { stripePaymentId: "pi_1", amount_total: 1000 };
const problems = (value: unknown): string[] =>
  goldenRecordSchema.safeParse(value).error?.issues.map(({ path }) => path.join(".")) ?? [];

describe("a golden record", () => {
  it("accepts the legacy README's example", () => {
    expect(goldenRecordSchema.parse(legacyExample)).toEqual({
      ...legacyExample,
      currency: null,
      livemode: null,
      correction: null,
    });
  });

  it("accepts the legacy name of the total, and prefers the new one", () => {
    expect(goldenRecordSchema.parse({ stripePaymentId: "pi_1", amount: 5 }).amount_total).toBe(5);
    expect(goldenRecordSchema.parse({ ...minimal, amount: 5 }).amount_total).toBe(1000);
  });

  it("treats null as unset, and ignores unknown fields", () => {
    const record = goldenRecordSchema.parse({ ...minimal, name: null, workshop: { id: 1 }, createdAt: "yesterday" });
    expect(record).toEqual(goldenRecordSchema.parse(minimal));
  });

  it("accepts a negative platform fee, which a platform that pays Stripe's fee has", () => {
    expect(problems({ ...minimal, amount_platform_fee: -59 })).toEqual([]);
  });

  it("turns negative zero into zero", () => {
    expect(Object.is(goldenRecordSchema.parse({ ...minimal, amount_stripe_fee: -0 }).amount_stripe_fee, 0)).toBe(true);
  });

  it("converts a currency to lower case", () => {
    expect(goldenRecordSchema.parse({ ...minimal, currency: "USD" }).currency).toBe("usd");
  });

  test.each<[string, unknown, string[]]>([
    ["null", null, [""]],
    ["an array", [minimal], [""]],
    ["a string", "pi_1", [""]],
    ["an empty object", {}, ["stripePaymentId", "amount_total"]],
    ["no amount", { stripePaymentId: "pi_1", amount_stripe_fee: 1 }, ["amount_total"]],
    ["a float", { ...minimal, amount_total: 10.5 }, ["amount_total"]],
    ["a negative total", { ...minimal, amount_total: -1 }, ["amount_total"]],
    ["a negative legacy total", { stripePaymentId: "pi_1", amount: -1 }, ["amount"]],
    ["a negative fee", { ...minimal, amount_stripe_fee: -1 }, ["amount_stripe_fee"]],
    ["a negative net", { ...minimal, amount_franchisee_net: -1 }, ["amount_franchisee_net"]],
    ["an amount as text", { ...minimal, amount_total: "1000" }, ["amount_total"]],
    ["NaN as text", { ...minimal, amount_total: "NaN" }, ["amount_total"]],
    ["an amount beyond 2^53", { ...minimal, amount_total: 2 ** 53 }, ["amount_total"]],
    ["an amount beyond every number", { ...minimal, amount_total: Infinity }, ["amount_total"]],
    ["half a surrogate pair in a correction", { ...minimal, correction: "\ud83d" }, ["correction"]],
    ["a megabyte of correction", { ...minimal, correction: "x".repeat(1_000_000) }, ["correction"]],
    ["a number for a correction", { ...minimal, correction: 7 }, ["correction"]],
    ["a number for a status", { ...minimal, status: 200 }, ["status"]],
    ["a number for an id", { stripePaymentId: 1, amount_total: 1 }, ["stripePaymentId"]],
    ["an amount as true", { ...minimal, amount_total: true }, ["amount_total"]],
    ["an unknown status", { ...minimal, status: "paid" }, ["status"]],
    ["an unknown currency", { ...minimal, currency: "zzz" }, ["currency"]],
    ["a mode that is not a boolean", { ...minimal, livemode: "true" }, ["livemode"]],
    ["a correction without a reason", { ...minimal, correction: "  " }, ["correction"]],
    [
      "several errors",
      { stripePaymentId: "ch_1", amount_total: -1, status: 7, email: 7 },
      ["stripePaymentId", "amount_total", "status"],
    ],
  ])("with %s is refused, and every invalid field is named", (_what, value, fields) => {
    expect(problems(value).toSorted()).toEqual(fields.toSorted());
  });
});

test.each<[string, schema: ZodType, value: unknown, message: string]>([
  ["an account", franchiseeIdSchema, "acc", "expected a Stripe account id: acct_ and letters, digits or underscores"],
  [
    "a payment",
    paymentIntentIdSchema,
    "p",
    "expected a Stripe PaymentIntent id: pi_ and letters, digits or underscores",
  ],
  [
    "a currency",
    goldenRecordSchema,
    { ...minimal, currency: "zz" },
    'expected an ISO 4217 currency code such as "cad"',
  ],
  ["a text", goldenRecordSchema, { ...minimal, correction: "\ud83d" }, "expected well-formed Unicode"],
  ["a total", goldenRecordSchema, { stripePaymentId: "pi_1" }, "required (its legacy name amount is understood)"],
])("the error for %s states what is expected", (_what, schema, value, message) => {
  expect(schema.safeParse(value).error?.issues.map((issue) => issue.message)).toEqual([message]);
});
