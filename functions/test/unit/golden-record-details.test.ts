import { DESCRIPTIVE_FIELDS, PERSONAL_FIELDS } from "../../src/domain/payment-details.ts";
import { detailWarnings, goldenRecordSchema } from "../../src/domain/golden-record.ts";

const minimal = { stripePaymentId: "pi_1", amount_total: 1000 };
const TEXTS = [...PERSONAL_FIELDS, ...DESCRIPTIVE_FIELDS];

/** A JSON value in this field. */
function parsed(field: string, json: string): { value: unknown; warnings: string[] } {
  const sent: unknown = JSON.parse(
    `{"stripePaymentId": "pi_1", "amount_total": 1000, ${JSON.stringify(field)}: ${json}}`,
  );
  const record = new Map<string, unknown>(Object.entries(goldenRecordSchema.parse(sent)));
  return { value: record.get(field), warnings: detailWarnings(sent) };
}

describe.each(TEXTS)("the text %s", (field) => {
  test.each([
    ["null", null],
    ['""', ""],
    ['"  Ada  "', "  Ada  "],
    ['"2025-11-14T13:30:00.123456+00:00"', "2025-11-14T13:30:00.123456+00:00"],
    ['"2025-11-14 13:30:00"', "2025-11-14 13:30:00"],
    ['"Zo\\u00eb \\u540d\\u524d \\ud83c\\udf19"', "Zoë 名前 🌙"],
    [JSON.stringify("x".repeat(320)), "x".repeat(320)],
  ])("accepts %s unchanged", (json, value) => {
    expect(parsed(field, json)).toEqual({ value, warnings: [] });
  });

  test.each([
    ["6045550199", "6045550199", "number"],
    ["6.045550199e9", "6045550199", "number"],
    ["280.0", "280", "number"],
    ["-7", "-7", "number"],
    ["0", "0", "number"],
    ["-0.0", "0", "number"],
    ["9007199254740991", "9007199254740991", "number"],
    ["280.5", "280.5", "number"],
    ["1.5e-5", "0.000015", "number"],
    ["1e-07", "1e-7", "number"],
    ["123456789.012345", "123456789.012345", "number"],
    ["0.00123456789012345", "0.00123456789012345", "number"],
    ["1.23456789012345e-7", "1.23456789012345e-7", "number"],
    ["true", "true", "boolean"],
    ["false", "false", "boolean"],
  ])("accepts %s as text, with a warning", (json, value, type) => {
    expect(parsed(field, json)).toEqual({ value, warnings: [`${field} was sent as a ${type} and recorded as text.`] });
  });

  const max = field === "email" ? 320 : 500;
  const expected = `expected well-formed text of at most ${max} characters`;
  test.each([
    ["9007199254740992", "a number with more digits than can be read exactly"],
    ["12345678901234567890", "a number with more digits than can be read exactly"],
    ["-12345678901234567890", "a number with more digits than can be read exactly"],
    ["1e21", "a number with more digits than can be read exactly"],
    ["1e400", "a number with more digits than can be read exactly"],
    ["-1e400", "a number with more digits than can be read exactly"],
    ["1.000000000000005", "a number with more digits than can be read exactly"],
    ["0.1234567890123456789", "a number with more digits than can be read exactly"],
    ["{}", "an object"],
    ['{"first": "Ada"}', "an object"],
    ["[]", "a list"],
    ['["Ada"]', "a list"],
    ['"\\ud800"', "ill-formed Unicode"],
    ['"a\\udc00b"', "ill-formed Unicode"],
    [JSON.stringify("x".repeat(max + 1)), `a text of ${max + 1} characters`],
    [JSON.stringify("x".repeat(1_000_000)), "a text of 1000000 characters"],
  ])("omits %.40s, with a warning", (json, received) => {
    expect(parsed(field, json)).toEqual({
      value: null,
      warnings: [`${field} was left out: ${expected}, received ${received}.`],
    });
  });
});

describe("the number of participants", () => {
  test.each([
    ["null", null],
    ["0", 0],
    ["280", 280],
    ["280.0", 280],
    ["2.8e2", 280],
    ["-0.0", 0],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
  ])("accepts %s unchanged", (json, value) => {
    const { value: count, warnings } = parsed("participantCount", json);
    expect([count, warnings]).toEqual([value, []]);
    expect(Object.is(count, -0)).toBe(false);
  });

  test.each([
    ['"280"', 280],
    ['" 280\\n"', 280],
    ['"+280"', 280],
    ['"0280"', 280],
    ['"280.0"', 280],
    ['"280."', 280],
    ['"0"', 0],
  ])("accepts %s as a number, with a warning", (json, value) => {
    expect(parsed("participantCount", json)).toEqual({
      value,
      warnings: ["participantCount was sent as a string and recorded as a number."],
    });
  });

  test.each([
    ["280.5", "another number"],
    ["-1", "another number"],
    ["9007199254740992", "a number with more digits than can be read exactly"],
    ["1e400", "a number with more digits than can be read exactly"],
    ['"280.5"', "a text of 5 characters"],
    ['"-1"', "a text of 2 characters"],
    ['"about 20"', "a text of 8 characters"],
    ['"x20"', "a text of 3 characters"],
    ['"20x"', "a text of 3 characters"],
    ['"1,000"', "a text of 5 characters"],
    ['"2.8E+2"', "a text of 6 characters"],
    ['"0x10"', "a text of 4 characters"],
    ['"12345678901234567890"', "a text of 20 characters"],
    ['"NaN"', "a text of 3 characters"],
    ['""', "a text of 0 characters"],
    ["true", "a boolean"],
    ["[280]", "a list"],
    ['{"adults": 280}', "an object"],
  ])("omits %s, with a warning", (json, received) => {
    expect(parsed("participantCount", json)).toEqual({
      value: null,
      warnings: [`participantCount was left out: expected a whole number of 0 or more, received ${received}.`],
    });
  });
});

test("a warning never contains a value", () => {
  const sent = { ...minimal, name: ["Ada Lovelace"], email: { at: "ada@example.com" }, phone: 6045550199 };
  const warnings = detailWarnings(sent);
  expect(warnings).toHaveLength(3);
  expect(warnings.join(" ")).not.toMatch(/Ada|example|604/);
});

test("only descriptive fields have warnings", () => {
  expect(detailWarnings({ ...minimal, items: [{}], toString: 7, createdAt: 1 })).toEqual([]);
  for (const nothing of [null, [], "text", 7]) expect(detailWarnings(nothing)).toEqual([]);
});
