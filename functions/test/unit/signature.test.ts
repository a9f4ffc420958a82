import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import vectors from "../../../docs/signature-vectors.json" with { type: "json" };
import { signedPayload, verifySignature } from "../../src/http/signature.ts";

describe("the test vector", () => {
  afterEach(() => jest.useRealTimers());

  test.each(vectors)(
    "$name is verified, with each of its keys",
    ({ keys, id, timestamp, signature, method, target, body }) => {
      jest.useFakeTimers({ now: timestamp * 1000 });
      const headers = {
        "webhook-id": [id],
        "webhook-timestamp": [String(timestamp)],
        "webhook-signature": [signature],
      };
      for (const key of keys) {
        const verified = verifySignature({ method, target, headers, rawBody: Buffer.from(body) }, [new Webhook(key)]);
        expect(verified).toEqual({ keyIndex: 0, signedAt: new Date(timestamp * 1000) });
      }
    },
  );

  test.each(vectors)(
    "$name is what the recipe gives, without our code",
    ({ keys, id, timestamp, signature, method, target, body }) => {
      const signatures = keys.map((key) => {
        const hmac = createHmac("sha256", Buffer.from(key.slice("whsec_".length), "base64"));
        return `v1,${hmac.update(`${id}.${timestamp}.${method} ${target}\n${body}`).digest("base64")}`;
      });
      expect(signature).toBe(signatures.join(" "));
    },
  );
});

test("bytes that are not UTF-8 are refused before they are verified", () => {
  const key = new Webhook(vectors[0]?.keys[0] ?? "");
  const at = new Date();
  const rawBody = Buffer.from([0x7b, 0xff, 0x7d]);
  const headers = {
    "webhook-id": ["msg_1"],
    "webhook-timestamp": [String(Math.floor(at.getTime() / 1000))],
    // Decoded leniently, every broken byte becomes the same character, and the signature of one body fits another.
    "webhook-signature": [key.sign("msg_1", at, signedPayload("POST", "/api/verify", rawBody.toString()))],
  };
  expect(() => verifySignature({ method: "POST", target: "/api/verify", headers, rawBody }, [key])).toThrow(
    "The body is not valid.",
  );
});
