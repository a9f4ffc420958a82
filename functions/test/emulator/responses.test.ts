import type { z } from "zod";
import { listResponseSchema } from "../../src/http/list-transactions.ts";
import { recordResponseSchema } from "../../src/http/record-transaction.ts";
import { errorSchema } from "../../src/http/router.ts";
import { healthResponseSchema } from "../../src/http/routes.ts";
import { verifyRejectionSchema, verifyResponseSchema } from "../../src/http/verify-signature.ts";
import { signedHeaders } from "../../tools/cli/signing.ts";
import { apply } from "../../src/store/apply.ts";
import { HOSTING, newFranchisee, transactionsPath } from "../support/api.ts";
import { DEFAULTS, legacyExample, stripeSnapshot } from "../support/records.ts";

const franchiseeId = newFranchisee();
const url = HOSTING + transactionsPath(franchiseeId);

beforeAll(async () => {
  const observation = { kind: "snapshot", stripePaymentId: "pi_from_stripe", snapshot: stripeSnapshot() } as const;
  await apply(franchiseeId, observation, { now: new Date(), defaults: DEFAULTS });
});

const record = JSON.stringify(legacyExample);
const odd = JSON.stringify({ ...legacyExample, stripePaymentId: "pi_odd", amount_stripe_fee: 0 });

test("a wrong signature gets a response that openapi.json documents", async () => {
  const response = await fetch(`${HOSTING}/api/verify`, { method: "POST" });
  expect(response.status).toBe(401);
  verifyRejectionSchema.parse(await response.json());
});

/** Documented responses, compared with actual ones. */
test.each<[string, string, target: string, body: string, status: number, z.ZodType]>([
  ["a first record", "POST", url, record, 200, recordResponseSchema],
  ["a duplicate", "POST", url, record, 200, recordResponseSchema],
  ["a record with warnings", "POST", url, odd, 200, recordResponseSchema],
  ["a conflict", "POST", url, record.replace("544500", "544501"), 409, errorSchema],
  ["an invalid record", "POST", url, "{}", 400, errorSchema],
  ["a list", "GET", url, "", 200, listResponseSchema],
  ["a page of a list", "GET", `${url}?limit=1`, "", 200, listResponseSchema],
  ["an invalid query", "GET", `${url}?limit=0`, "", 400, errorSchema],
  ["a signature", "POST", `${HOSTING}/api/verify`, "{}", 200, verifyResponseSchema],
  ["health", "GET", `${HOSTING}/health`, "", 200, healthResponseSchema],
])("%s gets a response that openapi.json documents", async (_what, method, target, body, status, schema) => {
  const response = await fetch(target, {
    method,
    headers: { ...signedHeaders(method, target, body), "Content-Type": "application/json" },
    ...(body !== "" && { body }),
  });
  expect(response.status).toBe(status);
  schema.parse(await response.json());
});
