import { lines } from "../support/captured-log.ts";
import { Webhook } from "standardwebhooks";
import { newKey, signedHeaders, type Signing } from "../../tools/cli/signing.ts";
import { type SignedMessage, signedPayload, verifySignature } from "../../src/http/signature.ts";
import { thrownBy } from "../support/thrown.ts";

const NOW = new Date("2026-11-23T12:00:00.000Z");
const SECONDS = NOW.getTime() / 1000;
const [old, current, strange] = [newKey(), newKey(), newKey()];
const keys = [new Webhook(old), new Webhook(current)];

beforeAll(() => jest.useFakeTimers({ now: NOW }));
afterAll(() => jest.useRealTimers());

const at = (seconds: number) => new Date((SECONDS + seconds) * 1000);

/** A signed message, with these headers replaced. */
function message(signing: Signing, others: NodeJS.Dict<string[]> = {}, body = "{}"): SignedMessage {
  const headers = signedHeaders("POST", { target: "/api/verify" }, body, {
    key: current,
    id: "msg_1",
    at: NOW,
    ...signing,
  });
  const distinct = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  return { method: "POST", target: "/api/verify", headers: { ...distinct, ...others }, rawBody: Buffer.from(body) };
}

test.each<[string, Signing, { keyIndex: number; signedAt: Date }]>([
  ["the first key", { key: old }, { keyIndex: 0, signedAt: at(0) }],
  ["the second key", {}, { keyIndex: 1, signedAt: at(0) }],
  ["a key five minutes ago", { at: at(-300) }, { keyIndex: 1, signedAt: at(-300) }],
  ["a key in five minutes", { at: at(300) }, { keyIndex: 1, signedAt: at(300) }],
])("a message signed with %s is accepted, with its key and time", (_what, signing, signature) => {
  expect(verifySignature(message(signing), keys)).toEqual(signature);
});

const MISMATCH = "The webhook-signature does not match.";
const TOO_FAR = "The webhook-timestamp is more than 5 minutes off the server's time, 2026-11-23T12:00:00.000Z.";
const NO_TIME = "The header webhook-timestamp is not a time in Unix seconds.";
const missing = (name: string) => `The request is not signed: the header ${name} is missing.`;
const twice = (name: string) => `The header ${name} is given more than once.`;

test.each<[string, SignedMessage, string]>([
  ["with an unknown key", message({ key: strange }), MISMATCH],
  ["for another method", { ...message({}), method: "GET" }, MISMATCH],
  ["for another path", { ...message({}), target: "/api/verify?" }, MISMATCH],
  ["over another body", { ...message({}), rawBody: Buffer.from("{ }") }, MISMATCH],
  ["for another id", message({}, { "webhook-id": ["msg_2"] }), MISMATCH],
  ["for another time", message({}, { "webhook-timestamp": [String(SECONDS + 1)] }), MISMATCH],
  ["more than five minutes ago", message({ at: at(-301) }), TOO_FAR],
  ["more than five minutes ahead", message({ at: at(301) }), TOO_FAR],
  ["with a full stop in its id", message({ id: "msg.1" }), "The header webhook-id contains a full stop."],
  ["without a time", message({}, { "webhook-timestamp": ["yesterday"] }), NO_TIME],
  ["with text before its time", message({}, { "webhook-timestamp": [`x${SECONDS}`] }), NO_TIME],
  ["with text after its time", message({}, { "webhook-timestamp": [`${SECONDS}x`] }), NO_TIME],
  ["with a leading zero in its time", message({}, { "webhook-timestamp": [`0${SECONDS}`] }), NO_TIME],
  ["with a time of thirteen digits", message({}, { "webhook-timestamp": ["1".repeat(13)] }), NO_TIME],
  ["with a time of twelve digits", message({}, { "webhook-timestamp": ["1".repeat(12)] }), TOO_FAR],
  ["without an id", message({}, { "webhook-id": undefined }), missing("webhook-id")],
  ["without a timestamp header", message({}, { "webhook-timestamp": [] }), missing("webhook-timestamp")],
  ["without a signature", message({}, { "webhook-signature": [""] }), missing("webhook-signature")],
  ["with two ids", message({}, { "webhook-id": ["msg_1", "msg_1"] }), twice("webhook-id")],
  ["with ids that a proxy joined", message({}, { "webhook-id": ["msg_1, msg_1"] }), twice("webhook-id")],
  ["with a version but no comma", message({}, { "webhook-signature": ["v1"] }), MISMATCH],
  ["with an empty signature", message({}, { "webhook-signature": ["v1,"] }), MISMATCH],
  ["with only commas and spaces", message({}, { "webhook-signature": [", ,, ,"] }), twice("webhook-signature")],
  [
    "with non-ASCII characters",
    message({}, { "webhook-id": ["m\u00ff"], "webhook-signature": ["v1,\u00ff"] }),
    MISMATCH,
  ],
])("a message signed %s is refused, with the reason", (_what, signed, reason) => {
  lines.length = 0;
  expect(thrownBy(() => verifySignature(signed, keys))).toMatchObject({ code: "unauthenticated", message: reason });
  expect(lines).toEqual([]);
});

test("a byte order mark is part of the body", () => {
  expect(verifySignature(message({}, {}, "\ufeff{}"), keys).keyIndex).toBe(1);
  const marked = { ...message({}), rawBody: Buffer.from("\ufeff{}") };
  expect(() => verifySignature(marked, keys)).toThrow(MISMATCH);
});

test("bytes that are not UTF-8 are refused before verification", () => {
  const rawBody = Buffer.from([0x7b, 0xff, 0x7d]);
  // Lenient decoding maps every invalid byte to the same character, so the signature of one body would fit another.
  const signature = new Webhook(current).sign("msg_1", NOW, signedPayload("POST", "/api/verify", rawBody.toString()));
  const signed = { ...message({}, { "webhook-signature": [signature] }), rawBody };
  expect(thrownBy(() => verifySignature(signed, keys))).toMatchObject({
    code: "invalid_request",
    message: "The body is not valid.",
    details: [{ path: "body", message: "not UTF-8" }],
    cause: expect.anything() as unknown,
  });
});

test("if the library fails in any way, the message is not accepted, and the log states the error", () => {
  lines.length = 0;
  const broken = Object.assign(new Webhook(current), { verify: undefined });
  expect(() => verifySignature(message({}), [broken])).toThrow(MISMATCH);
  expect(lines).toEqual([expect.stringMatching(/key\.verify is not a function.*signature could not be verified/)]);
});
