import { signedHeaders } from "../../tools/cli/signing.ts";
import {
  functionUrl,
  get,
  HOSTING,
  newFranchisee,
  post,
  postRecord,
  send,
  sendSigned,
  transactionsPath,
} from "../support/api.ts";
import { database, transactionsOf } from "../support/database.ts";
import { legacyExample } from "../support/records.ts";

const exampleWith = (fields: object): string => JSON.stringify({ ...legacyExample, ...fields });
const example = JSON.stringify(legacyExample);

describe("a body that is not a golden record", () => {
  test.each<[string, body: string, paths: string[]]>([
    ["nothing", "", ["body"]],
    ["an array", "[]", ["body"]],
    ["an empty object", "{}", ["body.stripePaymentId", "body.amount_total"]],
    ["an object for a status", exampleWith({ status: {}, currency: [] }), ["body.status", "body.currency"]],
    ["an object for an amount", exampleWith({ amount_total: { value: 1 } }), ["body.amount_total"]],
    ["a float", exampleWith({ amount_total: 544500.5 }), ["body.amount_total"]],
    [
      "a negative amount",
      exampleWith({ amount_total: -1, amount_stripe_fee: -1 }),
      ["body.amount_total", "body.amount_stripe_fee"],
    ],
    ["NaN as text", exampleWith({ amount_total: "NaN" }), ["body.amount_total"]],
    ["a number beyond 2^53", example.replace("544500", "9007199254740993"), ["body.amount_total"]],
    ["a number beyond every double", example.replace("544500", "1e400"), ["body.amount_total"]],
    [
      "a number that would be rounded to an integer",
      example.replace("544500", "4503599627370497.5"),
      ["body.amount_total"],
    ],
    ["a number that would be rounded to 1", example.replace("544500", "1.00000000000000001"), ["body.amount_total"]],
    ["a number that would be rounded to 0", example.replace("544500", "1e-400"), ["body.amount_total"]],
    ["true as text", exampleWith({ livemode: "true" }), ["body.livemode"]],
    ["an empty currency", exampleWith({ currency: "" }), ["body.currency"]],
    ["a megabyte of correction", exampleWith({ correction: "x".repeat(1024 * 1024) }), ["body.correction"]],
    ["an unknown status", exampleWith({ status: "paid" }), ["body.status"]],
    ["a PaymentIntent id with a slash", exampleWith({ stripePaymentId: "pi_1/revisions/1" }), ["body.stripePaymentId"]],
    ["a PaymentIntent id with dots", exampleWith({ stripePaymentId: "pi_.." }), ["body.stripePaymentId"]],
    ["no PaymentIntent id", exampleWith({ stripePaymentId: ".." }), ["body.stripePaymentId"]],
    [
      "a key of every object's prototype",
      '{"__proto__":{"amount_total":1},"stripePaymentId":"pi_1"}',
      ["body.amount_total"],
    ],
  ])("is refused, names each invalid field, and writes nothing: %s", async (_what, body, paths) => {
    const franchiseeId = newFranchisee();
    const response = await postRecord(franchiseeId, body);
    expect([response.status, response.body?.error?.code]).toEqual([400, "invalid_request"]);
    expect(response.body?.error?.details.map(({ path }) => path).toSorted()).toEqual(paths.toSorted());
    expect(response.text).not.toMatch(/\bat .*\.(js|ts)\b|node_modules/);
    expect(
      await transactionsOf(franchiseeId)
        .count()
        .get()
        .then((count) => count.data().count),
    ).toBe(0);
  });
});

describe("an invalid franchisee id", () => {
  test.each(["acct_a%2Fb", "acct_..", "acct_a.b", "acct_", "franchisee", "acct_%00", "%C3%BC"])(
    "is refused by GET and POST: %s",
    async (franchiseeId) => {
      const url = `${functionUrl("api")}/franchisees/${franchiseeId}/transactions`;
      for (const response of [await post(url, example), await get(url)]) {
        expect([response.status, response.body?.error?.details.map(({ path }) => path)]).toEqual([
          400,
          ["franchiseeId"],
        ]);
      }
    },
  );

  test("a path that is not UTF-8 is refused earlier", async () => {
    const response = await send(`${functionUrl("api")}/franchisees/acct_%FF/transactions`);
    // The emulator's own proxy refuses it.
    expect(response.status).toBe(400);
    expect(response.text).not.toContain("node_modules");
  });

  test("an invalid id and an invalid body are reported together", async () => {
    const response = await post(`${HOSTING}${transactionsPath("acct")}`, "{}");
    expect(response.body?.error?.details.map(({ path }) => path).toSorted()).toEqual([
      "body.amount_total",
      "body.stripePaymentId",
      "franchiseeId",
    ]);
  });
});

describe("the wrong kind of request", () => {
  const url = `${HOSTING}${transactionsPath("acct_1")}`;

  test.each(["text/plain", "application/x-www-form-urlencoded", "application/octet-stream"])(
    "is refused: a body of type %s",
    async (contentType) => {
      const { status, body } = await post(url, example, contentType);
      expect([status, body?.error?.code]).toEqual([415, "unsupported_media_type"]);
    },
  );

  test("is refused: a body without a type", async () => {
    const { status, body } = await sendSigned("POST", url, example);
    expect([status, body?.error?.code]).toEqual([415, "unsupported_media_type"]);
  });

  test("is refused: a body larger than 2 MiB", async () => {
    const { status, body } = await post(url, exampleWith({ name: "x".repeat(2 * 1024 * 1024) }));
    expect([status, body?.error?.code]).toEqual([413, "payload_too_large"]);
  });

  test.each(["{", "{'a': 1}", '{"amount_total": NaN}', '"a string"', "7", "null"])(
    "is refused: a body that is not a JSON object: %s",
    async (body) => {
      const response = await post(url, body);
      expect([response.status, response.body?.error?.code]).toEqual([400, "invalid_request"]);
    },
  );

  test("is refused: bytes that are not UTF-8", async () => {
    const bytes = Buffer.from(example.replace("Sample", "S\u00ff"), "latin1");
    const headers = { ...signedHeaders("POST", url, bytes.toString()), "Content-Type": "application/json" };
    const { status, body } = await send(url, { method: "POST", headers, body: bytes });
    expect([status, body?.error?.details]).toEqual([400, [{ path: "body", message: "not UTF-8" }]]);
  });

  test.each([
    [url, "DELETE", "POST, GET, HEAD"],
    [url, "PUT", "POST, GET, HEAD"],
    [functionUrl("api") + transactionsPath("acct_1"), "PATCH", "POST, GET, HEAD"],
    [functionUrl("recordTransaction") + transactionsPath("acct_1"), "GET", "POST"],
    [functionUrl("listTransactions") + transactionsPath("acct_1"), "POST", "GET, HEAD"],
    [`${HOSTING}/health`, "POST", "GET, HEAD"],
  ])("is refused: %s with %s", async (where, method, allow) => {
    const { status, headers, body } = await sendSigned(method, where);
    expect([status, headers.get("allow"), body?.error?.code]).toEqual([405, allow, "method_not_allowed"]);
  });

  test.each([
    "/api",
    "/api/",
    "/api/franchisees/acct_1",
    "/api/franchisees/acct_1/transactions/",
    "/api/franchisees/acct_1/transactions/pi_1",
    "/api/franchisees/a/b/transactions",
    "/api/API/franchisees/acct_1/transactions",
  ])("is refused: a path without a route: %s", async (path) => {
    const { status, body } = await get(`${functionUrl("api")}${path}`);
    expect([status, body?.error?.code]).toEqual([404, "not_found"]);
  });
});

test("none of these requests created a document of the franchisee acct_1", async () => {
  expect((await database().collection("franchisees/acct_1/transactions").get()).size).toBe(0);
});
