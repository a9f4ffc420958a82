import type { z } from "zod";
import { balanceResponseSchema } from "../../src/http/balance.ts";
import { payoutResponseSchema } from "../../src/http/payouts.ts";
import { toFirestore } from "../../src/store/transaction-converter.ts";
import { ADDRESS } from "../../tools/cli/ports.ts";
import { signedHeaders } from "../../tools/cli/signing.ts";
import { stopServices } from "../../tools/local/processes.ts";
import { serveFunction } from "../../tools/local/served-function.ts";
import { newFranchisee, send, sendSigned } from "../support/api.ts";
import {
  CHECKED,
  COMPOSITION,
  movement,
  MOVEMENTS,
  payout,
  PAYOUTS,
  storeBalance,
} from "../support/balance-fixture.ts";
import { csvLines } from "../support/csv.ts";
import { transactionsOf } from "../support/database.ts";
import { recorded } from "../support/records.ts";
import { user } from "../support/users.ts";

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

function download(path: string, method = "GET"): Promise<Response> {
  const url = `${api}/api/franchisees/${path}`;
  return fetch(url, { method, headers: signedHeaders(method, url, "") });
}

const own = newFranchisee();
const theirs = newFranchisee();

beforeAll(async () => {
  await storeBalance(own, { movements: MOVEMENTS, payouts: PAYOUTS, balance: CHECKED });
  await storeBalance(theirs, {
    movements: [movement("txn_t", "2025-11-12T12:00:00Z", 55, { payoutId: "po_theirs" })],
    payouts: [payout("po_theirs", "2025-11-12T12:00:00Z", 55)],
  });
  for (const [stripePaymentId, fields] of [
    ["pi_1", { name: "=1+1", workshopId: "007", workshopName: 'Robots, "Level 2"' }],
    ["pi_2", { name: null, workshopId: "w2", workshopName: "Clay" }],
  ] as const) {
    await transactionsOf(own)
      .doc(stripePaymentId)
      .set(toFirestore(recorded({ stripePaymentId, ...fields })));
  }
  await transactionsOf(own).doc("pi_4").set({ revision: "unreadable" });
});

describe("the balance statement of a month", () => {
  const statement = (month: string) => read(`${own}/balance?month=${month}`, balanceResponseSchema);
  const UNSTATED = { available: null, pending: null, stripeBalance: null, difference: null };
  const NO_FEES = { disputeFees: 0, stripeFees: 0, platformFees: 0 };
  const quiet = (currency: string, balance: number) => ({
    currency,
    opening: balance,
    activity: [],
    payouts: 0,
    closing: balance,
    ...NO_FEES,
  });

  it("leads from the closing of the month before to its own, in the reporting time zone", async () => {
    const october = await statement("2025-10");
    expect(october.currencies).toEqual([
      {
        currency: "cad",
        opening: 0,
        activity: [COMPOSITION[0]],
        payouts: 0,
        closing: 13_264,
        disputeFees: 0,
        stripeFees: 466,
        platformFees: 270,
        ...UNSTATED,
      },
      { ...quiet("jpy", 0), ...UNSTATED },
    ]);
    expect(await statement("2025-11")).toEqual({
      success: true,
      franchiseeId: own,
      timeZone: "America/Vancouver",
      month: "2025-11",
      basis: "date of movement",
      asOf: "2025-12-05T12:00:00.000Z",
      isComplete: true,
      currencies: [
        {
          currency: "cad",
          opening: 13_264,
          activity: [
            { reportingCategory: "charge", count: 2, amount: 11_000, fee: 379, net: 10_621 },
            { reportingCategory: "fee", count: 1, amount: -25, fee: 0, net: -25 },
            { reportingCategory: "refund", count: 1, amount: -1_000, fee: 0, net: -1_000 },
            { reportingCategory: "dispute", count: 1, amount: -4_000, fee: 1_500, net: -5_500 },
          ],
          // 12,264 + 1,000 + 505
          payouts: -13_769,
          closing: 3_591,
          disputeFees: 1_500,
          // 291 + 88, and 5 of the instant payout
          stripeFees: 384,
          platformFees: 0,
          ...UNSTATED,
        },
        {
          currency: "jpy",
          opening: 0,
          activity: [{ reportingCategory: "charge", count: 1, amount: 7_000, fee: 252, net: 6_748 }],
          payouts: 0,
          closing: 6_748,
          disputeFees: 0,
          stripeFees: 252,
          platformFees: 0,
          ...UNSTATED,
        },
      ],
    });
  });

  it("has Stripe's own balance and the difference in the month of the last comparison, as of then", async () => {
    expect(await statement("2025-12")).toMatchObject({
      asOf: "2025-12-05T12:00:00.000Z",
      isComplete: false,
      currencies: [
        {
          currency: "cad",
          opening: 3_591,
          activity: [{ reportingCategory: "charge", count: 2, amount: 4_000, fee: 176, net: 3_824 }],
          closing: 7_415,
          available: 5_000,
          pending: 2_410,
          stripeBalance: 7_410,
          difference: 5,
        },
        { ...quiet("jpy", 6_748), available: 6_748, pending: 0, stripeBalance: 6_748, difference: 0 },
      ],
    });
  });

  it("repeats the balance of the last comparison in later months, and the first is empty", async () => {
    const later = await statement("2026-01");
    expect(later.isComplete).toBe(false);
    expect(later.currencies).toEqual([
      { ...quiet("cad", 7_415), ...UNSTATED },
      { ...quiet("jpy", 6_748), ...UNSTATED },
    ]);
    const earlier = await statement("1000-01");
    expect(earlier.currencies).toEqual([
      { ...quiet("cad", 0), ...UNSTATED },
      { ...quiet("jpy", 0), ...UNSTATED },
    ]);
  });

  it("is of the current month by default, and empty before the first comparison", async () => {
    const response = await read(`${theirs}/balance`, balanceResponseSchema);
    const { month: _month, ...rest } = response;
    expect(rest).toEqual({
      success: true,
      franchiseeId: theirs,
      timeZone: "America/Vancouver",
      basis: "date of movement",
      asOf: null,
      isComplete: false,
      currencies: [],
    });
    const next = await sendSigned("GET", `${api}/api/franchisees/${theirs}/balance?month=9999-12`);
    expect(next.body?.error?.details).toEqual([
      { path: "query.month", message: `later than the current month, ${response.month}` },
    ]);
  });

  it("includes a currency that the comparison does not name", async () => {
    const franchiseeId = newFranchisee();
    await storeBalance(franchiseeId, {
      movements: [
        movement("txn_1", "2025-10-15T00:00:00Z", 5, { currency: "usd" }),
        movement("txn_2", "2025-11-15T00:00:00Z", 7, { currency: "usd" }),
      ],
      balance: {
        checkedAt: new Date("2025-11-20T00:00:00Z"),
        currencies: {},
        isExplained: true,
        unexplainedSince: null,
      },
    });
    const { currencies } = await read(`${franchiseeId}/balance?month=2025-11`, balanceResponseSchema);
    expect(currencies).toMatchObject([{ currency: "usd", opening: 5, closing: 12, stripeBalance: 0, difference: 12 }]);
  });

  it("is refused if a movement or the comparison is unreadable, not returned in part", async () => {
    const franchiseeId = newFranchisee();
    const broken = { ...movement("txn_1", "2025-11-15T00:00:00Z", 5), net: "5" };
    await storeBalance(franchiseeId, { movements: [broken], balance: CHECKED });
    expect(await problems(`${franchiseeId}/balance?month=2025-11`)).toEqual([500, []]);
    const [line] = await csvLines(await download(`${franchiseeId}/balance?month=2025-11&format=csv`));
    expect(line).toMatchObject({
      balanceTransactionId: "txn_1",
      gross: "",
      unreadable: `The document franchisees/${franchiseeId}/balanceTransactions/txn_1 cannot be read: net`,
    });
  });
});

describe("a CSV file", () => {
  const idsIn = (lines: readonly Record<string, string>[]) => lines.map((line) => line["balanceTransactionId"]);

  it("of a month has a line for each movement, with its payment, customer, workshop and payout", async () => {
    const response = await download(`${own}/balance?month=2025-11&format=csv`);
    expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
    expect(response.headers.get("content-disposition")).toBe(`attachment; filename="${own}-balance-2025-11.csv"`);
    const lines = await csvLines(response);
    expect(idsIn(lines)).toEqual(["12", "10", "09", "08", "07", "06", "05", "04", "03"].map((id) => `txn_${id}`));
    expect(lines.at(-1)).toEqual({
      balanceTransactionId: "txn_03",
      createdAt: "2025-11-01T07:00:00.000Z",
      day: "2025-11-01",
      type: "refund",
      reportingCategory: "refund",
      currency: "cad",
      gross: "-10.00",
      amount_gross: "-1000",
      fee: "0.00",
      amount_fee: "0",
      net: "-10.00",
      amount_net: "-1000",
      platform_fee: "0.00",
      amount_platform_fee: "0",
      exchangeRate: "",
      status: "available",
      availableAt: "2025-11-01T07:00:00.000Z",
      payoutId: "po_1",
      source: "",
      description: "",
      stripePaymentId: "pi_1",
      // No program evaluates it.
      name: "'=1+1",
      workshopId: "007",
      workshopName: 'Robots, "Level 2"',
      unreadable: "",
    });
    const byId = new Map(lines.map((line) => [line["balanceTransactionId"], line]));
    expect(byId.get("txn_05")).toMatchObject({ name: "", workshopName: "Clay", net: "-55.00", fee: "15.00" });
    expect(byId.get("txn_06")).toMatchObject({ stripePaymentId: "pi_3", name: "", workshopName: "" });
    expect(byId.get("txn_08")).toMatchObject({ stripePaymentId: "", description: "'@Stripe Fee", payoutId: "" });
    // An unreadable transaction.
    expect(byId.get("txn_10")).toMatchObject({ currency: "jpy", gross: "7000", amount_gross: "7000", name: "" });
    const cad = lines.filter(({ currency }) => currency === "cad");
    // From 13,264 to 3,591
    expect(cad.reduce((sum, line) => sum + Number(line["amount_net"]), 0)).toBe(-9_673);
  });

  it("of a payout adds up to its amount, and has no line for what Stripe does not list", async () => {
    const response = await download(`${own}/payouts/po_1?format=csv`);
    expect(response.headers.get("content-disposition")).toBe(`attachment; filename="${own}-po_1.csv"`);
    const lines = await csvLines(response);
    expect(idsIn(lines)).toEqual(["txn_03", "txn_02", "txn_01"]);
    expect(lines.reduce((sum, line) => sum + Number(line["amount_net"]), 0)).toBe(12_264);
    expect(lines[2]).toMatchObject({ fee: "5.90", platform_fee: "2.70", amount_platform_fee: "270" });
    expect(await csvLines(await download(`${own}/payouts/po_2?format=csv`))).toEqual([]);
  });

  it("of all payouts has every movement on the balance", async () => {
    const response = await download(`${own}/payouts?format=csv`);
    expect(response.headers.get("content-disposition")).toMatch(
      new RegExp(`^attachment; filename="${own}-balance-transactions-\\d{4}-\\d{2}-\\d{2}\\.csv"$`),
    );
    const onBalance = MOVEMENTS.filter(({ id }) => id !== "txn_11").map(({ id }) => id);
    expect(idsIn(await csvLines(response))).toEqual(onBalance.toReversed());
  });

  it("is empty before the first comparison", async () => {
    expect(await csvLines(await download(`${theirs}/balance?month=2025-11&format=csv`))).toEqual([]);
  });

  test.each(["payouts", "payouts/po_1", "balance"])("of %s answers HEAD without a body", async (path) => {
    for (const query of ["", "?format=csv"]) {
      const response = await download(`${own}/${path}${query}`, "HEAD");
      expect([response.status, await response.text()]).toEqual([200, ""]);
    }
  });
});

test("a payout and a month with more movements than a page has are complete", async () => {
  const franchiseeId = newFranchisee();
  const MANY = 650;
  const movements = Array.from({ length: MANY }, (_none, index) => {
    // Several in each second.
    const createdAt = new Date(Date.UTC(2025, 10, 10) + 1000 * Math.floor(index / 7)).toISOString();
    return movement(`txn_${String(index).padStart(4, "0")}`, createdAt, index, { payoutId: "po_1" });
  });
  const checkedAt = new Date("2025-12-15T00:00:00Z");
  await storeBalance(franchiseeId, {
    movements,
    payouts: [payout("po_1", "2025-11-12T00:00:00Z", 1)],
    balance: { checkedAt, currencies: {}, isExplained: true, unexplainedSince: null },
  });
  const newestFirst = movements.map(({ id }) => id).toReversed();
  const found: string[] = [];
  const counts: number[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const query: string = cursor && `&cursor=${cursor}`;
    const page: z.infer<typeof payoutResponseSchema> = await read(
      `${franchiseeId}/payouts/po_1?limit=250${query}`,
      payoutResponseSchema,
    );
    found.push(...page.balanceTransactions.map(({ id }) => id));
    counts.push(page.count);
    cursor = page.nextCursor;
  }
  expect(counts).toEqual([250, 250, 150]);
  expect(found).toEqual(newestFirst);
  const lines = await csvLines(await download(`${franchiseeId}/payouts/po_1?format=csv`));
  expect(lines.map((line) => line["balanceTransactionId"])).toEqual(newestFirst);
  // 0 + 1 + … + 649
  const sum = 210_925;
  const november = await read(`${franchiseeId}/balance?month=2025-11`, balanceResponseSchema);
  expect(november.currencies).toMatchObject([{ opening: 0, activity: [{ count: MANY, net: sum }], closing: sum }]);
});

test.each([
  ["balance?month=2025-13", ["query.month"]],
  ["balance?month=2025-1", ["query.month"]],
  ["balance?month=", ["query.month"]],
  ["balance?month=0000-01", ["query.month"]],
  ["balance?month=9999-12", ["query.month"]],
  ["balance?month=2025-11&month=2025-10", ["query.month"]],
  ["balance?month=2025-11&day=1", ["query"]],
  ["balance?format=ndjson", ["query.format"]],
  ["payouts?limit=0", ["query.limit"]],
  ["payouts?limit=501", ["query.limit"]],
  ["payouts?cursor=x", ["query.cursor"]],
  ["payouts?status=paid", ["query"]],
  ["payouts?format=csv&limit=5", ["query.limit"]],
  ["payouts/po_1?limit=501", ["query.limit"]],
  ["payouts/po_1?cursor=x", ["query.cursor"]],
  ["payouts/po_1?format=csv&cursor=x", ["query.cursor"]],
  ["payouts/po_1?format=xml", ["query.format"]],
])("GET …/%s gets a 400 that names the parameter", async (path, paths) => {
  expect(await problems(`${own}/${path}`)).toEqual([400, paths]);
});

test("owners read their own balance, head office everybody's, and others nothing", async () => {
  const paths = (franchiseeId: string, payoutId: string) =>
    [
      "payouts",
      `payouts/${payoutId}`,
      `payouts/${payoutId}?format=csv`,
      "payouts?format=csv",
      "balance",
      "balance?format=csv",
    ].map((path) => `${api}/api/franchisees/${franchiseeId}/${path}`);
  const statuses = (urls: readonly string[], headers: Record<string, string>) =>
    Promise.all(urls.map(async (url) => (await send(url, { headers })).status));
  const ours = paths(own, "po_1");
  const others = paths(theirs, "po_theirs");
  const all = (status: number) => ours.map(() => status);
  expect(await statuses(ours, {})).toEqual(all(401));
  for (const [claims, mine, foreign] of [
    [{ franchisees: [own] }, 200, 403],
    [{ admin: true }, 200, 200],
    [{}, 403, 403],
  ] as const) {
    const headers = { Authorization: `Bearer ${(await user(claims)).token}` };
    expect(await statuses(ours, headers)).toEqual(all(mine));
    expect(await statuses(others, headers)).toEqual(all(foreign));
    expect(await statuses([`${api}/api/franchisees/${own}/payouts/po_theirs`], headers)).toEqual([
      mine === 200 ? 404 : 403,
    ]);
  }
});
