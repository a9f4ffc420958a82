import type { z } from "zod";
import { journalResponseSchema } from "../../src/http/journal.ts";
import { payoutResponseSchema, payoutsResponseSchema } from "../../src/http/payouts.ts";
import { ADDRESS } from "../../tools/cli/ports.ts";
import { stopServices } from "../../tools/local/processes.ts";
import { serveFunction } from "../../tools/local/served-function.ts";
import { newFranchisee, sendSigned } from "../support/api.ts";
import { CHECKED, movement, MOVEMENTS, payout, PAYOUTS, storeBalance } from "../support/balance-fixture.ts";

let api: string;
beforeAll(async () => {
  api = (await serveFunction("api", process.env["FIRESTORE_EMULATOR_HOST"] ?? ADDRESS.firestore)).url;
});
afterAll(stopServices);

/** Reads as the orchestrator does. */
async function read<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const { status, text } = await sendSigned("GET", `${api}/api/franchisees/${path}`);
  expect(status).toBe(200);
  return schema.parse(JSON.parse(text));
}

async function problems(path: string): Promise<unknown> {
  const { status, body } = await sendSigned("GET", `${api}/api/franchisees/${path}`);
  return [status, body?.error?.details.map((detail) => detail.path)];
}

const own = newFranchisee();
const theirs = newFranchisee();

beforeAll(async () => {
  await storeBalance(own, { movements: MOVEMENTS, payouts: PAYOUTS, balance: CHECKED });
  await storeBalance(theirs, { payouts: [payout("po_theirs", "2025-11-12T12:00:00Z", 55)] });
});

/** As in a response. */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("the payouts of a franchisee", () => {
  it("are listed newest first, page by page, and lead to no other list", async () => {
    const all = await read(`${own}/payouts`, payoutsResponseSchema);
    expect(all).toEqual({
      success: true,
      franchiseeId: own,
      payouts: asJson(PAYOUTS.toReversed()),
      count: 5,
      nextCursor: null,
    });
    const first = await read(`${own}/payouts?limit=2`, payoutsResponseSchema);
    const second = await read(`${own}/payouts?limit=3&cursor=${first.nextCursor}`, payoutsResponseSchema);
    expect([...first.payouts, ...second.payouts]).toEqual(all.payouts);
    expect([first.count, second.count, second.nextCursor]).toEqual([2, 3, null]);
    for (const path of [`${theirs}/payouts`, `${own}/transactions`, `${own}/payouts/po_1`]) {
      expect(await problems(`${path}?cursor=${first.nextCursor}`)).toEqual([400, ["query.cursor"]]);
    }
  });

  it("are none where none are recorded", async () => {
    const { payouts, count, nextCursor } = await read(`${newFranchisee()}/payouts`, payoutsResponseSchema);
    expect([payouts, count, nextCursor]).toEqual([[], 0, null]);
  });

  it("never show more than four characters of a bank account", async () => {
    const franchiseeId = newFranchisee();
    await storeBalance(franchiseeId, {
      payouts: [
        payout("po_long", "2025-11-02T00:00:00Z", 1, { bank: { name: "Bank", last4: "000123456789" } }),
        payout("po_good", "2025-11-01T00:00:00Z", 1),
      ],
    });
    const { payouts, warnings } = await read(`${franchiseeId}/payouts`, payoutsResponseSchema);
    expect(payouts.map(({ id }) => id)).toEqual(["po_good"]);
    const warning = `The document franchisees/${franchiseeId}/payouts/po_long cannot be read: bank.last4`;
    expect(warnings).toEqual([warning]);
    expect((await sendSigned("GET", `${api}/api/franchisees/${franchiseeId}/payouts/po_long`)).status).toBe(500);
  });
});

describe("a payout", () => {
  it("has its composition, and the movements that it lists, newest first, without its own", async () => {
    const response = await read(`${own}/payouts/po_1`, payoutResponseSchema);
    expect(response).toEqual({
      success: true,
      franchiseeId: own,
      payout: asJson(PAYOUTS[0]),
      balance: null,
      balanceTransactions: asJson([MOVEMENTS[2], MOVEMENTS[1], MOVEMENTS[0]]),
      count: 3,
      nextCursor: null,
    });
    expect(response.balanceTransactions.map(({ stripePaymentId }) => stripePaymentId)).toEqual([
      "pi_1",
      "pi_2",
      "pi_1",
    ]);
  });

  it("is explained by the running balance if Stripe does not list its content", async () => {
    const around = async (id: string) => (await read(`${own}/payouts/${id}`, payoutResponseSchema)).balance;
    // 13,264 − 1,000 − 12,264 − 5,500 + 8,709, and the fee of the same second, −25
    expect(await around("po_2")).toEqual({ before: 3_184, after: 2_184 });
    // 500, and 5 for the instant payout
    expect(await around("po_3")).toEqual({ before: 2_184, after: 1_679 });
    expect(await around("po_4")).toBeNull();
    // Its movement is not recorded yet.
    expect(await around("po_5")).toBeNull();
  });

  it("that came back is explained by the balance before it left", async () => {
    const franchiseeId = newFranchisee();
    const category = { type: "payout", reportingCategory: "payout", source: "po_1" };
    await storeBalance(franchiseeId, {
      payouts: [payout("po_1", "2025-11-02T00:00:00Z", 600, { kind: "manual", status: "failed" })],
      movements: [
        movement("txn_1", "2025-11-01T00:00:00Z", 700),
        movement("txn_3", "2025-11-02T00:00:00Z", -600, category),
        movement("txn_2", "2025-11-05T00:00:00Z", 600, { ...category, reportingCategory: "payout_reversal" }),
      ],
    });
    const { balance } = await read(`${franchiseeId}/payouts/po_1`, payoutResponseSchema);
    expect(balance).toEqual({ before: 700, after: 100 });
  });

  test.each([
    ["that is unknown", "payouts/po_6", 404, undefined],
    ["of another franchisee", "payouts/po_theirs", 404, undefined],
    ["of another franchisee, as a file", "payouts/po_theirs?format=csv", 404, undefined],
    ["with a slash in its id", "payouts/po_1%2F..%2Fpo_2", 400, ["payoutId"]],
    ["with dots for an id", "payouts/..%2F..", 400, ["payoutId"]],
    ["with a reserved id", "payouts/__po__", 400, ["payoutId"]],
    ["with a null character in its id", "payouts/po_1%00", 400, ["payoutId"]],
    ["with a line break in its id", "payouts/po_1%0A", 400, ["payoutId"]],
    ["with an id of another kind", "payouts/tr_1", 400, ["payoutId"]],
    ["with an id that is too long", `payouts/po_${"1".repeat(251)}`, 400, ["payoutId"]],
  ])("%s is refused without any data", async (_what, path, status, details) => {
    const response = await sendSigned("GET", `${api}/api/franchisees/${own}/${path}`);
    expect(response.status).toBe(status);
    expect(response.body?.error?.details.map((detail) => detail.path)).toEqual(details ?? []);
    expect(response.body?.transactions).toEqual([]);
    expect(response.text).not.toContain("amount");
  });
});

describe("the journal of a month", () => {
  it("has an entry for each payout that arrives in it, and nothing of another franchisee", async () => {
    const { journals } = await read(`${own}/journal?month=2025-11`, journalResponseSchema);
    const lines = journals.map((journal) => journal.lines.map(({ account, amount }) => [account, amount]));
    expect(journals.map(({ payoutId, date, currency }) => [payoutId, date, currency])).toEqual([
      ["po_1", "2025-11-04", "cad"],
      ["po_2", "2025-11-13", "cad"],
      ["po_3", "2025-11-14", "cad"],
    ]);
    expect(lines).toEqual([
      [
        ["bank", 12_264],
        ["sales", -14_000],
        ["refunds", 1_000],
        ["stripeFees", 466],
        ["platformFees", 270],
      ],
      [
        ["bank", 1_000],
        ["stripeBalance", -1_000],
      ],
      [
        ["bank", 500],
        ["stripeFees", 5],
        ["stripeBalance", -505],
      ],
    ]);
    expect((await read(`${own}/journal?month=2025-10`, journalResponseSchema)).journals).toEqual([]);
  });

  it("is a file for QuickBooks, and for Xero once its account codes are set", async () => {
    const { headers, text } = await sendSigned(
      "GET",
      `${api}/api/franchisees/${own}/journal?month=2025-11&format=quickbooks`,
    );
    expect(headers.get("content-disposition")).toBe(`attachment; filename="${own}-journal-2025-11-quickbooks.csv"`);
    expect(text.split("\r\n")).toHaveLength(1 + 5 + 2 + 3 + 1);
    expect(text).toContain('po_1,11/04/2025,"Workshop sales",,140.00,"Stripe payout po_1, CAD"');
    const xero = await sendSigned("GET", `${api}/api/franchisees/${own}/journal?month=2025-11&format=xero`);
    expect([xero.status, xero.body?.error?.message]).toEqual([409, expect.stringContaining("XERO_ACCOUNTS")]);
  });

  test.each(["", "?month=2025-13", "?month=2025-11&format=csv", "?month=2025-11&limit=5"])(
    "%j is refused",
    async (query) => {
      expect((await sendSigned("GET", `${api}/api/franchisees/${own}/journal${query}`)).status).toBe(400);
    },
  );
});
