import { lines } from "../support/captured-log.ts";
import { Webhook } from "standardwebhooks";
import { orchestratorKeys, requireKeys, stripeWebhookKeys } from "../../src/http/signing-keys.ts";

// cspell:ignore hvcn

const before = { ...process.env };
afterEach(() => {
  process.env = { ...before };
});

const keyOf = (bytes: number): string => `whsec_${Buffer.alloc(bytes, 1).toString("base64")}`;
const KEY = keyOf(32);

test.each([
  [KEY, 1],
  [keyOf(24), 1],
  [keyOf(33), 1],
  [keyOf(34), 1],
  [keyOf(34).replace("==", ""), 1],
  [keyOf(35).replace("=", ""), 1],
  [`${KEY}, ${KEY}\n`, 2],
])("ORCHESTRATOR_SIGNING_SECRET contains one key or two", (secret, count) => {
  process.env["ORCHESTRATOR_SIGNING_SECRET"] = secret;
  const keys = orchestratorKeys();
  expect(keys).toEqual(Array.from({ length: count }, (): unknown => expect.any(Webhook)));
  expect(orchestratorKeys()).toBe(keys);
});

test.each(["", "secret", "whsec_c2hvcnQ=", keyOf(23), `x${KEY}`, `${KEY}x`, `${KEY},`, `${KEY},${KEY},${KEY}`])(
  "a key is never %j, and is not shown",
  (secret) => {
    process.env["ORCHESTRATOR_SIGNING_SECRET"] = secret;
    expect(orchestratorKeys).toThrow(new Error("ORCHESTRATOR_SIGNING_SECRET does not hold one or two whsec_… keys."));
  },
);

const [PLATFORM, ROLLED, CONNECT] = ["whsec_platform", "whsec_rolled_0", "whsec_connect_"];

test.each<[string, string, string[]]>([
  [PLATFORM, CONNECT, [PLATFORM, CONNECT]],
  [`${PLATFORM} ,  ${ROLLED}\n`, " none\n", [PLATFORM, ROLLED]],
  ["none", CONNECT, [CONNECT]],
])("Stripe's webhooks are signed with the keys of both endpoints: %j, %j", (platform, connect, keys) => {
  Object.assign(process.env, { STRIPE_WEBHOOK_SECRET: platform, STRIPE_CONNECT_WEBHOOK_SECRET: connect });
  expect(stripeWebhookKeys()).toEqual(keys);
});

test.each([
  "",
  "secret",
  "whsec_short",
  `x${PLATFORM}`,
  `${PLATFORM}.`,
  `${PLATFORM},`,
  `${PLATFORM},none`,
  `${PLATFORM},${ROLLED},${CONNECT}`,
])("a key of Stripe's webhooks is never in %j, and is not shown", (secret) => {
  Object.assign(process.env, { STRIPE_WEBHOOK_SECRET: PLATFORM, STRIPE_CONNECT_WEBHOOK_SECRET: secret });
  expect(stripeWebhookKeys).toThrow(
    new Error('STRIPE_CONNECT_WEBHOOK_SECRET holds neither one or two whsec_… keys nor "none".'),
  );
});

test("before Stripe's endpoints are set up there is no key, which the start logs", () => {
  Object.assign(process.env, { STRIPE_WEBHOOK_SECRET: "none", STRIPE_CONNECT_WEBHOOK_SECRET: "none" });
  expect(stripeWebhookKeys()).toEqual([]);
  lines.length = 0;
  requireKeys("stripeWebhook");
  expect(lines).toEqual([expect.stringContaining("no signing keys: every request is rejected")]);
  expect(lines[0]).toContain("stripeWebhook");
});

test.each(["recordTransaction", "listTransactions", "api", "stripeWebhook"])(
  "%s does not start with an invalid key",
  (name) => {
    Object.assign(process.env, { ORCHESTRATOR_SIGNING_SECRET: "hunter2", STRIPE_WEBHOOK_SECRET: "hunter2" });
    lines.length = 0;
    expect(() => requireKeys(name)).toThrow(/_SECRET (does not hold|holds neither)/);
    expect(lines).toEqual([expect.stringContaining("signing keys are invalid")]);
    expect(lines[0]).toContain(`"functionName":"${name}"`);
    expect(lines[0]).not.toContain("hunter2");
  },
);

test.each(["health", "syncStripe", ""])("the function %j has no keys to check", (name) => {
  Object.assign(process.env, { ORCHESTRATOR_SIGNING_SECRET: "hunter2", STRIPE_WEBHOOK_SECRET: "hunter2" });
  expect(() => requireKeys(name)).not.toThrow();
});
