import { lines } from "../support/captured-log.ts";
import Stripe from "stripe";
import { verifyStripeSignature } from "../../src/http/stripe-signature.ts";
import { thrownBy } from "../support/thrown.ts";

const NOW = new Date("2026-11-23T12:00:00.000Z");
const SECONDS = NOW.getTime() / 1000;
const BODY = '{"id":"evt_1"}';
const KEYS = ["whsec_platform", "whsec_connect"];

beforeAll(() => jest.useFakeTimers({ now: NOW }));
afterAll(() => jest.useRealTimers());

function header(secret = "whsec_connect", seconds = 0): string {
  return Stripe.webhooks.generateTestHeaderString({ payload: BODY, secret, timestamp: SECONDS + seconds });
}

const verify = (headers: string[] | undefined, rawBody = Buffer.from(BODY)) =>
  verifyStripeSignature(
    {
      method: "POST",
      target: "/api/stripe/webhook",
      headers: { "stripe-signature": headers },
      rawBody,
    },
    KEYS,
  );

test.each<[string, string]>([
  ["the first key", header("whsec_platform")],
  ["the second key", header()],
  ["a key five minutes ago", header("whsec_connect", -300)],
  ["a key in five minutes", header("whsec_connect", 300)],
])("an event signed with %s is accepted", (_what, signed) => {
  expect(() => verify([signed])).not.toThrow();
});

const MISMATCH = "The Stripe-Signature does not match.";
const TOO_FAR = "The Stripe-Signature is more than 5 minutes off the server's time, 2026-11-23T12:00:00.000Z.";
const NO_TIME = "The Stripe-Signature has no time in Unix seconds.";

test.each<[string, string[] | undefined, string]>([
  ["not at all", undefined, "The request is not signed: the header Stripe-Signature is missing."],
  ["not at all, with an empty header", [], "The request is not signed: the header Stripe-Signature is missing."],
  ["twice", [header(), header()], "The header Stripe-Signature is given more than once."],
  ["with an unknown key", [header("whsec_another")], MISMATCH],
  ["with only a time", [`t=${SECONDS}`], MISMATCH],
  ["with an empty signature", [`t=${SECONDS},v1=`], MISMATCH],
  ["with a version but no equals sign", [`t=${SECONDS},v1`], MISMATCH],
  ["with an empty signature before a wrong one", [`t=${SECONDS},v1=,v1=00`], MISMATCH],
  ["with non-ASCII characters", [`t=${SECONDS},v1=\u00ff`], MISMATCH],
  ["more than five minutes ago", [header("whsec_connect", -301)], TOO_FAR],
  ["more than five minutes ahead", [header("whsec_connect", 301)], TOO_FAR],
  ["without a time", [header().replace(/^t=\d+,/, "")], NO_TIME],
  ["with two times", [`t=4000000000,${header()}`], NO_TIME],
  ["with text before its time", [header().replace("t=", "t=x")], NO_TIME],
  ["with text after its time", [header().replace(",", "x,")], NO_TIME],
  ["with a leading zero in its time", [header().replace("t=", "t=0")], NO_TIME],
  ["with a time of thirteen digits", [`t=${"1".repeat(13)}`], NO_TIME],
  ["with a time of twelve digits", [`t=${"1".repeat(12)}`], TOO_FAR],
])("an event signed %s is refused, with the reason", (_what, headers, message) => {
  expect(thrownBy(() => verify(headers))).toMatchObject({ code: "invalid_request", message });
});

test("an event with another body is refused, and not logged", () => {
  lines.length = 0;
  expect(() => verify([header()], Buffer.from(`${BODY} `))).toThrow(MISMATCH);
  expect(lines).toEqual([]);
});

test("if the library fails in any way, the event is not accepted, and the log states the error", () => {
  lines.length = 0;
  expect(() => verify([header()], new Proxy(Buffer.from(BODY), {}))).toThrow(MISMATCH);
  expect(lines[0]).toMatch(/must be an instance of.*signature could not be verified/);
});
