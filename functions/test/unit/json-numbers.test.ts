import { readJson } from "../../src/http/validation.ts";

function read(json: string): unknown {
  const message = { method: "POST", target: "/", headers: {}, rawBody: Buffer.from(`{"value":${json}}`) };
  const request = { message, contentType: "application/json" };
  return readJson({
    ...request,
    caller: { kind: "unsigned" },
    params: {},
    query: new URLSearchParams(),
    receivedAt: new Date(),
  });
}

test.each([
  ["0", 0],
  ["-0", -0],
  ["-0.0", -0],
  ["0e400", 0],
  ["544500", 544500],
  ["544500.000000000000000000", 544500],
  ["5445e2", 544500],
  ["54450000000000000000e-14", 544500],
  ["0.0005445E+9", 544500],
  ["9007199254740991", 9007199254740991],
  ["9007199254740994", 9007199254740994],
  ["0.1", 0.1],
  ["1e21", 1e21],
  ["1.7976931348623157e308", Number.MAX_VALUE],
  ["5e-324", Number.MIN_VALUE],
  ['"4503599627370497.5"', "4503599627370497.5"],
])("%s is parsed exactly", (json, value) => {
  expect(read(json)).toEqual({ value });
});

test.each([
  "4503599627370497.5",
  "1.00000000000000001",
  "9007199254740993",
  "-9007199254740993",
  "12345678901234567890",
  "0.1234567890123456789",
  "1e400",
  "-1e400",
  "1e-400",
  `1${"0".repeat(1_000_000)}1`,
])("%.40s, which would be rounded, is not a number", (json) => {
  expect(read(json)).toEqual({ value: json.startsWith("-") ? -Infinity : Infinity });
});

test("deep nesting and unclosed strings do not delay the parsing or refusal of a body", () => {
  const depth = 500_000;
  const nested = `{"deep":${"[".repeat(depth)}1e400${"]".repeat(depth)},"value":1e-400}`;
  expect(read(nested)).toMatchObject({ value: { value: Infinity } });
  for (const open of ['"', '\\"', '"\\"', "\\"]) {
    expect(() => read(`[1e5,"${open.repeat(700_000)}`)).toThrow("The body is not valid");
  }
});

test.each(["01e400", "-01e400", "1e400.5", "1.e400", "--1e400", "1e4001e400,"])("%s is not JSON", (json) => {
  expect(() => read(json)).toThrow("The body is not valid");
});
