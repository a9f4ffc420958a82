import { minimumLogLevel, recordDefaults, stripeAccess } from "../../src/config.ts";

const before = { ...process.env };
afterEach(() => {
  process.env = { ...before };
});

test.each([
  ["DEBUG", "DEBUG"],
  ["debug", "DEBUG"],
  ["WARNING", "WARN"],
  ["ERROR", "ERROR"],
  ["", "INFO"],
  ["loud", "INFO"],
])("LOG_LEVEL=%s selects the level %s", (value, level) => {
  process.env["LOG_LEVEL"] = value;
  expect(minimumLogLevel()).toBe(level);
});

test.each([
  ["live", true],
  ["test", false],
])("STRIPE_MODE=%s is parsed", (mode, livemode) => {
  Object.assign(process.env, { STRIPE_MODE: mode, DEFAULT_CURRENCY: "usd", REPORTING_TIME_ZONE: "America/Vancouver" });
  expect(recordDefaults()).toEqual({ currency: "usd", livemode, timeZone: "America/Vancouver", applicationId: null });
});

test.each([
  [{ STRIPE_MODE: "", DEFAULT_CURRENCY: "cad" }, "STRIPE_MODE"],
  [{ STRIPE_MODE: "live", DEFAULT_CURRENCY: "dollars" }, "DEFAULT_CURRENCY"],
  [{ STRIPE_MODE: "live", DEFAULT_CURRENCY: "cad", REPORTING_TIME_ZONE: "Mars/Olympus" }, "REPORTING_TIME_ZONE"],
])("an invalid setting is named: %j", (settings, name) => {
  Object.assign(process.env, settings);
  expect(recordDefaults).toThrow(name);
});

describe("the key for Stripe", () => {
  const settings = { STRIPE_API_BASE: "https://api.stripe.com", STRIPE_API_KEY: "none", STRIPE_TEST_API_KEY: "none" };

  test.each([
    ["live", { STRIPE_API_KEY: "sk_live_1a" }, "sk_live_1a"],
    ["live", { STRIPE_API_KEY: "rk_live_1a\n", STRIPE_TEST_API_KEY: "sk_test_1a" }, "rk_live_1a"],
    ["test", { STRIPE_TEST_API_KEY: "sk_test_1a", STRIPE_API_KEY: "sk_live_1a" }, "sk_test_1a"],
  ])("for the %s mode matches the deployment's mode: %j", (mode, keys, key) => {
    Object.assign(process.env, settings, keys, { STRIPE_MODE: mode });
    expect(stripeAccess()).toMatchObject({ key, base: new URL("https://api.stripe.com") });
  });

  test.each([
    ["live", "", "STRIPE_API_KEY holds no Stripe API key (sk_live_… or rk_live_…)."],
    ["live", "pk_live_1a", "STRIPE_API_KEY holds no Stripe API key (sk_live_… or rk_live_…)."],
    ["live", "sk_test_1a", "STRIPE_API_KEY holds a key of the test mode, and STRIPE_MODE is live."],
    ["test", "sk_live_1a", "STRIPE_TEST_API_KEY holds a key of the live mode, and STRIPE_MODE is test."],
    ["test", "none", "STRIPE_TEST_API_KEY holds no Stripe API key (sk_test_… or rk_test_…)."],
  ])("for the %s mode is never %j, and is not shown", (mode, key, message) => {
    Object.assign(process.env, settings, { STRIPE_MODE: mode, STRIPE_API_KEY: key, STRIPE_TEST_API_KEY: key });
    expect(stripeAccess).toThrow(new Error(message));
  });

  test.each(["http://api.stripe.com", "ftp://127.0.0.1", "stripe"])("is never sent to %s", (base) => {
    Object.assign(process.env, settings, {
      STRIPE_MODE: "test",
      STRIPE_TEST_API_KEY: "sk_test_1a",
      STRIPE_API_BASE: base,
    });
    expect(stripeAccess).toThrow(`The param STRIPE_API_BASE is "${base}"`);
  });
});
