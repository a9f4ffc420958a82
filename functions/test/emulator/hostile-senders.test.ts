import fc from "fast-check";
import type { ServedFunction } from "../../tools/local/served-function.ts";
import { EVENT_TYPES } from "../../src/domain/stripe-event.ts";
import { encodeCursor } from "../../src/store/cursor.ts";
import { newFranchisee, newPayment, sendSigned, transactionsPath } from "../support/api.ts";
import { database } from "../support/database.ts";
import {
  anyText,
  expectNoFailures,
  oddText,
  oddValue,
  serveTargets,
  statusOf,
  retryWhileBusy,
} from "../support/hostile.ts";
import { legacyExample } from "../support/records.ts";
import { user } from "../support/users.ts";
import { deliver, SECRETS } from "../support/webhooks.ts";
import { fakeStripes } from "../support/stripe.ts";

const startStripe = fakeStripes();

const SEED = 20_261_126;
const franchiseeId = newFranchisee();
const path = transactionsPath(franchiseeId);

let api: ServedFunction;
let webhook: ServedFunction;

beforeAll(async () => {
  [api, webhook] = await serveTargets(await startStripe());
});
afterAll(() => expectNoFailures([api, webhook]));

describe("a signed sender", () => {
  const expectNoFailure = (status: number): void =>
    expect(status === 200 || (status >= 400 && status < 500)).toBe(true);

  test("causes no failure with any golden record", async () => {
    const fields = Object.keys({ ...legacyExample, amount: 0, currency: "", livemode: false, correction: "" });
    const records = fc
      .dictionary(fc.constantFrom(...fields), oddValue)
      .map((own) => Object.assign({}, legacyExample, { stripePaymentId: newPayment() }, own));
    await fc.assert(
      fc.asyncProperty(records, async (record) => {
        const options = { headers: { "Content-Type": "application/json" } };
        expectNoFailure(
          await retryWhileBusy(
            async () => (await sendSigned("POST", api.url + path, JSON.stringify(record), options)).status,
          ),
        );
      }),
      { seed: SEED, numRuns: 600 },
    );
  }, 120_000);

  test("causes no failure with a body nested as deeply as its length allows", async () => {
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    const options = { headers: { "Content-Type": "application/json" } };
    const record = (fields: string): string => `{"stripePaymentId":"${newPayment()}",${fields}}`;
    for (const [fields, status] of [
      [`"amount_total":${deep}`, 400],
      [`"amount_total":1,"name":${deep}`, 200],
      [`"amount_total":1,"other":${deep}`, 200],
    ] as const) {
      expect(
        await retryWhileBusy(async () => (await sendSigned("POST", api.url + path, record(fields), options)).status),
      ).toBe(status);
    }
    const event = JSON.stringify({
      id: "evt_deep",
      type: "charge.succeeded",
      livemode: false,
      created: 1,
      data: { object: {} },
    });
    for (const at of ['"id":"evt_deep"', '"type":"charge.succeeded"', '"object":{}']) {
      const field = at.slice(0, at.indexOf(":") + 1);
      const nested = event.replace(at, `${field}${'{"payment_intent":'.repeat(50_000)}1${"}".repeat(50_000)}`);
      expect(await retryWhileBusy(async () => (await deliver(webhook.url, nested)).status)).toBe(400);
    }
  });

  test("causes no failure with any cursor or query", async () => {
    const { token } = await user({ admin: true });
    const scopes = fc.constantFrom(JSON.stringify([franchiseeId, null, null, null]), "");
    const cursors = fc.oneof(
      fc
        .tuple(fc.oneof(anyText, fc.double(), fc.boolean(), fc.constant(null)), anyText, scopes)
        .map(([key, id, scope]) => encodeCursor({ key, id }, scope)),
      oddValue.map((value) => Buffer.from(JSON.stringify(value)).toString("base64url")),
      fc.array(oddValue, { maxLength: 5 }).map((value) => Buffer.from(JSON.stringify(value)).toString("base64url")),
      oddText,
    );
    const values = fc.oneof(
      oddText,
      fc.constantFrom(
        "0",
        "-1",
        "1e3",
        "501",
        "0000-01-01T00:00:00Z",
        "9999-99-99",
        "2025-13",
        "0000-00",
        "\u{10ffff}",
      ),
    );
    const percent = fc.string({
      unit: fc.constantFrom("%", "%ff", "%ed%a0%80", "%00", "&", "=", "+", "a", "limit", "cursor"),
      maxLength: 12,
    });
    const queries = fc.oneof(
      cursors.map((cursor) => new URLSearchParams({ cursor }).toString()),
      fc
        .dictionary(fc.constantFrom("limit", "cursor", "status", "from", "to", "format", "q", "__proto__"), values)
        .map((query) => new URLSearchParams(query).toString()),
      percent,
    );
    const paths = fc.constantFrom(
      path,
      path.replace("transactions", "revenue"),
      "/api/franchisees",
      `${path}/pi_1/revisions`,
    );
    await fc.assert(
      fc.asyncProperty(paths, queries, async (to, query) => {
        expectNoFailure(
          await retryWhileBusy(() =>
            statusOf(api.url, "GET", `${to}?${query}`, [["Authorization", `Bearer ${token}`]]),
          ),
        );
      }),
      { seed: SEED, numRuns: 800 },
    );
  }, 120_000);
});

describe("an event signed by Stripe", () => {
  const plausible = {
    id: "evt_hostile",
    type: "charge.updated",
    account: null,
    livemode: false,
    created: 1_700_000_000,
    data: { object: { id: "ch_1", payment_intent: "pi_unknown" } },
  };
  const types = [...EVENT_TYPES, "customer.created"];

  test.each<[string, object, number]>([
    ["a type of 1,501 bytes", { type: `${"a".repeat(99)}.`.repeat(16) + "a" }, 400],
    [
      "a type as long as a document id may be",
      { type: Array.from({ length: 15 }, () => "a".repeat(99)).join(".") },
      400,
    ],
    ["a type that Firestore reserves", { type: "__a.b__" }, 400],
    ["a type of dots", { type: ".." }, 400],
    ["an id with a path", { id: "evt_/../a" }, 400],
    ["an id of 2,000 letters", { id: `evt_${"a".repeat(2_000)}` }, 400],
    [
      "an unpaired surrogate for a PaymentIntent",
      { data: { object: { id: "ch_1", payment_intent: "pi_\ud800" } } },
      400,
    ],
    [
      "an unpaired surrogate inside an expanded object",
      { data: { object: { id: "ch_1", payment_intent: { id: "pi_\ud800" } } } },
      400,
    ],
    [
      "an unpaired surrogate in the object's id",
      { type: "payment_intent.succeeded", data: { object: { id: "pi_\ud800" } } },
      400,
    ],
    ["an unpaired surrogate in a payout's id", { type: "payout.paid", data: { object: { id: "po_\udc00" } } }, 400],
    [
      "an unpaired surrogate in a transfer group",
      { type: "transfer.created", data: { object: { id: "tr_1", transfer_group: "g\ud800" } } },
      400,
    ],
    [
      "an unpaired surrogate in another account",
      { type: "application_fee.created", data: { object: { id: "fee_1", charge: "ch_1", account: "acct_\ud800" } } },
      400,
    ],
    [
      "a line break as an account",
      { type: "application_fee.created", data: { object: { id: "fee_1", charge: "ch_1", account: "acct_1\r\nX: y" } } },
      400,
    ],
    [
      "a path as a charge",
      { type: "refund.created", data: { object: { id: "re_1", charge: "../customers/cus_1" } } },
      400,
    ],
    [
      "2 KB as a charge",
      { type: "refund.created", data: { object: { id: "re_1", charge: `ch_${"a".repeat(2_000)}` } } },
      400,
    ],
    ["a PaymentIntent that Stripe does not know", {}, 200],
    [
      "an unpaired surrogate in a field that is not read",
      { request: "\ud800", data: { object: { id: "ch_1", payment_intent: "pi_unknown", description: "\ud800" } } },
      200,
    ],
  ])("causes no failure with %s", async (_what, fields, status) => {
    const event = { ...plausible, id: `evt_${newPayment()}`, ...fields };
    expect(
      await retryWhileBusy(async () => (await deliver(webhook.url, event, { secret: SECRETS.account })).status),
    ).toBe(status);
  });

  test("causes no failure with any content", async () => {
    const object = fc.record({
      type: fc.constantFrom(...types),
      own: fc.dictionary(
        fc.constantFrom(
          "id",
          "payment_intent",
          "charge",
          "source_transaction",
          "transfer_group",
          "account",
          "originating_transaction",
        ),
        oddValue,
      ),
    });
    const outer = fc.dictionary(fc.constantFrom("id", "type", "account", "livemode", "created", "data"), oddValue, {
      maxKeys: 1,
    });
    await fc.assert(
      fc.asyncProperty(object, outer, async ({ type, own }, fields) => {
        const event = {
          ...plausible,
          id: `evt_${newPayment()}`,
          type,
          data: { object: { id: "ch_1", ...own } },
          ...fields,
        };
        const status = await retryWhileBusy(
          async () => (await deliver(webhook.url, event, { secret: SECRETS.account })).status,
        );
        expect([200, 400]).toContain(status);
      }),
      { seed: SEED, numRuns: 800 },
    );
    const { docs } = await database().collection("stripeEventCounts").get();
    for (const { id } of docs) expect(id).toMatch(/^[\w.[\]]{1,250}$/);
  }, 180_000);
});
