import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import vectors from "../../../docs/signature-vectors.json" with { type: "json" };
import { verifySignature } from "../../src/http/signature.ts";

describe("the test vector", () => {
  afterEach(() => jest.useRealTimers());

  test.each(vectors)(
    "$name is verified with each of its keys",
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
    "$name equals the signature of an independent implementation",
    ({ keys, id, timestamp, signature, method, target, body }) => {
      const signatures = keys.map((key) => {
        const hmac = createHmac("sha256", Buffer.from(key.slice("whsec_".length), "base64"));
        return `v1,${hmac.update(`${id}.${timestamp}.${method} ${target}\n${body}`).digest("base64")}`;
      });
      expect(signature).toBe(signatures.join(" "));
    },
  );
});
