import { minimumLogLevel, orchestratorKeys, recordDefaults } from "../../src/config.ts";

const before = { ...process.env };
afterEach(() => {
  process.env = { ...before };
});

const KEY = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;

test.each([
  ["DEBUG", "DEBUG"],
  ["debug", "DEBUG"],
  ["WARNING", "WARN"],
  ["ERROR", "ERROR"],
  ["", "INFO"],
  ["loud", "INFO"],
])("LOG_LEVEL=%s means %s", (value, level) => {
  process.env["LOG_LEVEL"] = value;
  expect(minimumLogLevel()).toBe(level);
});

test.each([
  ["live", true],
  ["test", false],
])("STRIPE_MODE=%s", (mode, livemode) => {
  Object.assign(process.env, { STRIPE_MODE: mode, DEFAULT_CURRENCY: "usd" });
  expect(recordDefaults()).toEqual({ currency: "usd", livemode });
});

test.each([
  [{ STRIPE_MODE: "", DEFAULT_CURRENCY: "cad" }, "STRIPE_MODE"],
  [{ STRIPE_MODE: "live", DEFAULT_CURRENCY: "dollars" }, "DEFAULT_CURRENCY"],
])("a setting that is none of its values is named: %j", (settings, name) => {
  Object.assign(process.env, settings);
  expect(recordDefaults).toThrow(name);
});

test.each([
  [KEY, 1],
  [`${KEY}, ${KEY}`, 2],
])("ORCHESTRATOR_SIGNING_SECRET holds one key or two", (secret, count) => {
  process.env["ORCHESTRATOR_SIGNING_SECRET"] = secret;
  expect(orchestratorKeys()).toHaveLength(count);
});

test.each(["", "secret", "whsec_c2hvcnQ=", `${KEY},`, `${KEY},${KEY},${KEY}`])(
  "it holds no key in %j, and is not shown",
  (secret) => {
    process.env["ORCHESTRATOR_SIGNING_SECRET"] = secret;
    expect(orchestratorKeys).toThrow(/^ORCHESTRATOR_SIGNING_SECRET does not hold one or two whsec_… keys\.$/);
  },
);
