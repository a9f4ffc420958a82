import { finality, franchiseeIdSchema, paymentIntentIdSchema } from "../../src/domain/payment.ts";

describe.each([
  ["PaymentIntent", paymentIntentIdSchema, "pi"],
  ["account", franchiseeIdSchema, "acct"],
])("a Stripe %s id", (what, schema, prefix) => {
  it("consists of its prefix with letters, digits and underscores", () => {
    expect(schema.safeParse(`${prefix}_3SReGF2ONyiEh5kx0kUS46u7`).success).toBe(true);
    expect(schema.safeParse(`${prefix}_test_123`).success).toBe(true);
  });

  it("begins with its prefix", () => {
    expect(schema.safeParse(`x${prefix}_1`).success).toBe(false);
  });

  test.each(["", "x", "_", "_a/b", "_..", "_a.b", "_ü", "_a b", "_a\n", `_${"a".repeat(251)}`])(
    "is never the prefix with %j",
    (rest) => {
      expect(schema.safeParse(prefix + rest).error?.issues).toMatchObject([
        { message: `expected a Stripe ${what} id: ${prefix}_ and letters, digits or underscores` },
      ]);
    },
  );
});

it("identifies statuses that can still change", () => {
  expect(["processing", "requires_action", null, "something of the legacy service"].map(finality)).toEqual([
    0, 0, 0, 0,
  ]);
  expect(["canceled", "succeeded"].map(finality)).toEqual([1, 2]);
});
