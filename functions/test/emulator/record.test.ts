import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Timestamp } from "firebase-admin/firestore";
import {
  functionUrl,
  getTransactions,
  HOSTING,
  newFranchisee,
  newPayment,
  post,
  postRecord,
  transactionsPath,
} from "../support/api.ts";
import { revisionsOf, transactionsOf } from "../support/database.ts";
import { legacyExample } from "../support/records.ts";
import { retryUntilOk } from "../support/retrying-clients.ts";

const record = (fields: object = {}) => ({ ...legacyExample, stripePaymentId: newPayment(), ...fields });

describe("the legacy README's", () => {
  it("example gets its documented response, byte for byte, and all its fields are stored with a server time", async () => {
    const franchiseeId = newFranchisee();
    const bytes = readFileSync(join(__dirname, "../../tools/local/sample-golden-record.json"), "utf8");
    const before = Date.now();
    const { status, body } = await postRecord(franchiseeId, bytes);
    expect([status, body]).toEqual([
      200,
      {
        success: true,
        message: "Transaction recorded successfully",
        transactionId: "pi_3SReGF2ONyiEh5kx0kUS46u7",
        franchiseeId,
        outcome: "created",
        transactions: [],
      },
    ]);

    const document = await transactionsOf(franchiseeId).doc("pi_3SReGF2ONyiEh5kx0kUS46u7").get();
    expect(document.data()).toMatchObject({ ...legacyExample, currency: "cad", livemode: false, revision: 0 });
    const createdAt: unknown = document.get("createdAt");
    expect(createdAt).toBeInstanceOf(Timestamp);
    expect(createdAt instanceof Timestamp && createdAt.toMillis()).toBeGreaterThanOrEqual(before);
  });

  it("curl test, which has few fields, is recorded", async () => {
    const franchiseeId = newFranchisee();
    const { status, body } = await postRecord(franchiseeId, {
      stripePaymentId: "pi_test_123",
      amount_total: 544500,
      amount_stripe_fee: 20177,
      amount_platform_fee: 15790,
      amount_franchisee_net: 508533,
      name: "Test Customer",
      email: "test@example.com",
      phone: "6041234567",
      workshopId: "test-workshop",
      workshopName: "Test Workshop",
      status: "succeeded",
    });
    expect([status, body?.outcome, body?.warnings]).toEqual([200, "created", undefined]);
    const stored = await transactionsOf(franchiseeId).doc("pi_test_123").get();
    expect(stored.data()).toMatchObject({ workshopDate: null, participantCount: null });
  });

  it("field name amount is accepted as the total", async () => {
    const franchiseeId = newFranchisee();
    const stripePaymentId = newPayment();
    const { status, body } = await postRecord(franchiseeId, { stripePaymentId, amount: 544500, status: "succeeded" });
    expect([status, body?.outcome]).toEqual([200, "created"]);
    expect((await transactionsOf(franchiseeId).doc(stripePaymentId).get()).data()).toMatchObject({
      amount_total: 544500,
      amount_stripe_fee: 0,
      amount_platform_fee: 0,
      amount_franchisee_net: 0,
    });
  });
});

describe("the record function", () => {
  test.each([
    ["through Hosting", (path: string) => HOSTING + path],
    ["at the api function's URL", (path: string) => functionUrl("api") + path],
    ["at the api function's URL, without its name", (path: string) => functionUrl("api") + path.slice("/api".length)],
    ["at its own URL", (path: string) => functionUrl("recordTransaction") + path],
    ["at its own URL, without /api", (path: string) => functionUrl("recordTransaction") + path.slice("/api".length)],
  ])("is available %s", async (_where, url) => {
    const { status, body } = await post(url(transactionsPath(newFranchisee())), record());
    expect([status, body?.outcome]).toEqual([200, "created"]);
  });

  it("creates one document for 100 concurrent identical records", async () => {
    const franchiseeId = newFranchisee();
    const sent = record();
    const send = () => retryUntilOk(() => postRecord(franchiseeId, sent));
    const responses = await Promise.all(Array.from({ length: 100 }, send));
    const outcomes = responses.map((attempts) => attempts.at(-1)?.body?.outcome);
    // On a busy machine, a record may be created although the response is 503.
    const wasBusy = responses.some((attempts) => attempts.length > 1);
    const created = outcomes.filter((outcome) => outcome === "created").length;
    expect(wasBusy ? [0, 1] : [1]).toContain(created);
    expect(outcomes.filter((outcome) => outcome === "duplicate")).toHaveLength(100 - created);
    const { body } = await getTransactions(franchiseeId);
    expect(body).toMatchObject({ count: 1, transactions: [{ revision: 0 }] });
    expect(await revisionsOf(franchiseeId, sent.stripePaymentId)).toEqual([]);
  });

  it("refuses other amounts for the same payment, names the fields, and writes nothing", async () => {
    const franchiseeId = newFranchisee();
    const sent = record();
    await postRecord(franchiseeId, sent);
    const before = await transactionsOf(franchiseeId).doc(sent.stripePaymentId).get();

    const { status, body } = await postRecord(franchiseeId, {
      ...sent,
      amount_total: 544501,
      amount_stripe_fee: 20178,
    });
    expect([status, body?.error]).toEqual([
      409,
      {
        code: "conflict",
        message: `${sent.stripePaymentId} is already recorded with different amounts. To replace it, send the record with "correction": "the reason".`,
        details: [
          { path: "body.amount_total", message: "recorded 544500, received 544501" },
          { path: "body.amount_stripe_fee", message: "recorded 20177, received 20178" },
        ],
      },
    ]);
    const after = await transactionsOf(franchiseeId).doc(sent.stripePaymentId).get();
    expect(after.updateTime).toEqual(before.updateTime);
    expect(await revisionsOf(franchiseeId, sent.stripePaymentId)).toEqual([]);
  });

  it("accepts a correction, and keeps the old version with the reason", async () => {
    const franchiseeId = newFranchisee();
    const sent = record();
    await postRecord(franchiseeId, sent);
    const before = await transactionsOf(franchiseeId).doc(sent.stripePaymentId).get();

    const corrected = { ...sent, amount_total: 544501, amount_stripe_fee: 20178, correction: "fee was rounded" };
    const { status, body } = await postRecord(franchiseeId, corrected);
    expect([status, body?.outcome]).toEqual([200, "updated"]);
    const after = await transactionsOf(franchiseeId).doc(sent.stripePaymentId).get();
    expect(after.data()).toMatchObject({ amount_total: 544501, revision: 1 });
    expect(after.get("createdAt")).toEqual(before.get("createdAt"));
    const [revision, ...others] = await revisionsOf(franchiseeId, sent.stripePaymentId);
    expect(revision).toMatchObject({ revision: 1, reason: "fee was rounded" });
    expect(revision?.["before"]).toEqual(before.data());
    expect(revision?.["replacedAt"]).toEqual(after.get("updatedAt"));
    expect(others).toEqual([]);
  });

  it("records amounts that do not add up, and names the cents", async () => {
    const franchiseeId = newFranchisee();
    const { status, body } = await postRecord(franchiseeId, record({ amount_franchisee_net: 508530 }));
    expect([status, body?.outcome, body?.warnings]).toEqual([
      200,
      "created",
      [
        "The amounts do not add up: amount_total 544500 is 3 more than amount_stripe_fee 20177 + amount_platform_fee 15790 + amount_franchisee_net 508530 (minor units).",
      ],
    ]);
    expect((await getTransactions(franchiseeId)).body?.transactions).toMatchObject([
      { reconciliation: { status: "mismatched", differences: [{ field: "unallocated", recorded: 3, stripe: 0 }] } },
    ]);
  });
});
