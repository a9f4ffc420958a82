import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { Timestamp } from "firebase-admin/firestore";
import { ADDRESS, portOf } from "../../tools/cli/ports.ts";
import { stopServices } from "../../tools/local/processes.ts";
import { serveFunction, type ServedFunction } from "../../tools/local/served-function.ts";
import { signedHeaders } from "../../tools/cli/signing.ts";
import type { Transaction } from "../../src/domain/transaction.ts";
import { toFirestore } from "../../src/store/transaction-converter.ts";
import { newFranchisee, sendSigned, transactionsPath } from "../support/api.ts";
import { csvLines } from "../support/csv.ts";
import { transactionsOf } from "../support/database.ts";
import { legacyExample, recorded, stripeSnapshot } from "../support/records.ts";

/** The function's Firestore traffic passes through this proxy, so that it can be cut. */
let line: Server;
let sentByFirestore = 0;
let cutAfter = Infinity;
let service: ServedFunction;

beforeAll(async () => {
  const sockets = new Set<Socket>();
  const firestore = process.env["FIRESTORE_EMULATOR_HOST"] ?? ADDRESS.firestore;
  line = createServer((near) => {
    const far = connect(portOf(firestore), "127.0.0.1");
    for (const socket of [near, far]) sockets.add(socket.on("error", () => near.destroy()));
    near.pipe(far).pipe(near);
    far.on("data", (chunk: Buffer) => {
      sentByFirestore += chunk.length;
      if (sentByFirestore < cutAfter) return;
      line.close();
      sockets.forEach((socket) => socket.destroy());
    });
  }).listen(0, "127.0.0.1");
  await once(line, "listening");
  const address = line.address();
  const port = typeof address === "object" && address ? address.port : 0;
  service = await serveFunction("listTransactions", `127.0.0.1:${port}`);
});
afterAll(async () => {
  await stopServices();
  line.close();
});

const urlOf = (franchiseeId: string, query: string) => `${service.url}${transactionsPath(franchiseeId)}?${query}`;

async function download(franchiseeId: string, query: string, method = "GET"): Promise<Response> {
  const url = urlOf(franchiseeId, query);
  return fetch(url, { method, headers: signedHeaders(method, url, "") });
}

async function store(franchiseeId: string, documents: readonly (object & { stripePaymentId: string })[]) {
  const writer = transactionsOf(franchiseeId).firestore.bulkWriter();
  for (const document of documents)
    void writer.create(transactionsOf(franchiseeId).doc(document.stripePaymentId), document);
  await writer.close();
}

/** The lines of a CSV file, each by the names in its header. */
async function linesOf(franchiseeId: string, query = ""): Promise<Record<string, string>[]> {
  return csvLines(await download(franchiseeId, `format=csv${query}`));
}

/** A document created this many seconds before noon. */
const stored = (stripePaymentId: string, secondsAgo: number, fields: Partial<Transaction> = {}) => ({
  stripePaymentId,
  ...toFirestore({ ...recorded({ stripePaymentId }), day: "2025-11-14", ...fields }),
  createdAt: new Timestamp(Date.parse("2025-11-14T12:00:00Z") / 1000 - secondsAgo, 0),
});

describe("a CSV file", () => {
  it("has a line for each payment, with figures that add up", async () => {
    const franchiseeId = newFranchisee();
    const createdAt = new Date(0);
    const dispute = {
      id: "dp_1",
      amount: 300,
      status: "needs_response",
      reason: "fraudulent",
      isCountered: false,
      respondBy: null,
      createdAt,
    };
    const refund = { status: "succeeded", reason: null, createdAt };
    const stripe = stripeSnapshot({
      charged: { currency: "usd", amount: 1000 },
      amountRefunded: 250,
      refunds: [
        // In Vancouver it is still the day before.
        { ...refund, id: "re_1", amount: 200, createdAt: new Date("2025-11-14T07:59:59Z") },
        { ...refund, id: "re_2", amount: 100, status: "failed" },
        { ...refund, id: "re_3", amount: 50, createdAt: new Date("2025-12-01T08:00:00Z") },
      ],
      netAdjustment: { currency: "cad", amount: -1_980 },
      otherAdjustments: [{ currency: "eur", amount: 10 }],
      adjustmentParts: [
        { currency: "cad", refunds: -200, disputes: -300, disputeFees: -1_500, feesReturned: 25, other: -5 },
        { currency: "eur", refunds: 0, disputes: 0, disputeFees: 0, feesReturned: 10, other: 0 },
      ],
      disputes: [
        { ...dispute, currency: "usd" },
        { ...dispute, currency: "jpy" },
        { ...dispute, currency: "usd", status: "won" },
      ],
      payout: { id: "po_1", status: "paid", createdAt, arrivesAt: new Date("2025-11-18T00:00:00Z") },
    });
    const differences = [
      { field: "amount_total" as const, recorded: 1000, stripe: 1001 },
      { field: "livemode" as const, recorded: false, stripe: true },
    ];
    const reconciliation = { status: "mismatched" as const, differences, notCompared: [], checkedAt: createdAt };
    await store(franchiseeId, [
      stored("pi_cad", 0, { stripe, reconciliation, exception: "open", amount_platform_fee: -5 }),
      stored("pi_jpy", 1, { currency: "jpy", workshopName: 'Robots, "Level 2"\nand more', workshopId: "007" }),
      stored("pi_canceled", 2, { status: "canceled" }),
      stored("pi_kwd", 12 * 3600, { day: "2025-11-13", currency: "kwd", participantCount: 12, name: null }),
    ]);
    const [cad, jpy, canceled, kwd] = await linesOf(franchiseeId);
    for (const fields of [
      { stripePaymentId: "pi_cad", createdAt: "2025-11-14T12:00:00.000Z", day: "2025-11-14", status: "succeeded" },
      { currency: "cad", total: "10.00", stripe_fee: "0.59", platform_fee: "-0.05", franchisee_net: "9.00" },
      { amount_total: "1000", amount_stripe_fee: "59", amount_platform_fee: "-5", amount_franchisee_net: "900" },
      { refunded: "2.50", refunded_currency: "usd", refund_dates: "2025-11-13 / 2025-12-01" },
      { disputed: "3.00 / 300", disputed_currency: "usd / jpy" },
      { refunds_deducted: "2.00 / 0.00", disputes_deducted: "3.00 / 0.00", dispute_fees: "15.00 / 0.00" },
      // 9.00 − 2.00 − 3.00 − 15.00 + 0.25 − 0.05, and 0.10 in euros.
      { fees_returned: "0.25 / 0.10", net_adjustment: "-19.80 / 0.10", earned: "-10.80 / 0.10" },
      { earned_currency: "cad / eur" },
      { name: "Ada", email: "", phone: "", workshopId: "", workshopName: "", participantCount: "" },
      { reconciliation: "mismatched", exception: "open", unreadable: "" },
      { differences: "amount_total: recorded 10.00, Stripe 10.01; livemode: recorded false, Stripe true" },
      { payoutId: "po_1", payoutStatus: "paid", deposit_date: "2025-11-18" },
    ]) {
      expect(cad).toMatchObject(fields);
    }
    expect(jpy).toMatchObject({ total: "1000", platform_fee: "41", amount_total: "1000", refunded: "", payoutId: "" });
    expect(jpy).toMatchObject({ workshopName: 'Robots, "Level 2" and more', workshopId: "007" });
    expect(jpy).toMatchObject({ net_adjustment: "0", earned: "900", earned_currency: "jpy", refund_dates: "" });
    expect(canceled).toMatchObject({ total: "10.00", earned: "", net_adjustment: "", earned_currency: "" });
    expect(kwd).toMatchObject({ total: "1.000", stripe_fee: "0.059", day: "2025-11-13", participantCount: "12" });
  });

  it("contains no formula that a customer wrote", async () => {
    const franchiseeId = newFranchisee();
    const fields = {
      name: '=HYPERLINK("http://example.com")',
      phone: "+16045550100",
      email: " @x",
      workshopName: "－1",
    };
    await store(franchiseeId, [stored("pi_1", 0, { ...fields, workshopDate: "\t=1", organizationType: "a;=1" })]);
    const [cells] = await linesOf(franchiseeId);
    expect(cells).toMatchObject({ name: `'=HYPERLINK("http://example.com")`, phone: "'+16045550100", email: " '@x" });
    expect(cells).toMatchObject({ workshopName: "'－1", workshopDate: " '=1", organizationType: "a;'=1" });
  });

  it("contains no formula even if a program splits it at semicolons, tabs or bare line breaks", async () => {
    const franchiseeId = newFranchisee();
    const texts = { name: "x\r\n=1+1;y", email: " \n=cmd|' /C calc'!A0", phone: "\n=", workshopName: "x\t\n=" };
    const more = { workshopId: "a,\u00a0=1", workshopTime: 'b;"\u200b@x', organizationType: "c\u2028-2\u0085|d" };
    await store(franchiseeId, [stored("pi_1", 0, { ...texts, ...more, amount_platform_fee: -5 })]);
    const file = await (await download(franchiseeId, "format=csv")).text();
    expect(file.split("\n")).toHaveLength(3);
    for (const separator of [/[\r\n\u2028\u0085]/, /[,\r\n]/, /[;\r\n]/, /[\t\r\n]/, /[,;\t\r\n]/]) {
      const formulas = file.split(separator).filter((field) => /^[\s\p{Cf}"]*[=+\-@|%]/u.test(field));
      // The platform's fee of this payment is a number of our own, in both units.
      expect(formulas.filter((field) => field !== "-0.05" && field !== "-5")).toEqual([]);
    }
  });

  it("has only its header without payments, and is named by the franchisee and the period", async () => {
    const franchiseeId = newFranchisee();
    expect(await linesOf(franchiseeId)).toEqual([]);
    for (const [format, type] of [
      ["csv", "text/csv; charset=utf-8; header=present"],
      ["ndjson", "application/x-ndjson; charset=utf-8"],
    ] as const) {
      const { status, headers, ...response } = await headOf(franchiseeId, `format=${format}`);
      expect([status, headers.get("content-type"), response.text]).toEqual([200, type, ""]);
      const name = new RegExp(
        `^attachment; filename="${franchiseeId}-payments-until_\\d{4}-\\d\\d-\\d\\d\\.${format}"$`,
      );
      expect(headers.get("content-disposition")).toMatch(name);
    }
  });

  test.each([
    ["from=2025-11-01T07:00:00Z&to=2025-12-01T08:00:00Z", "2025-11"],
    ["from=2025-11-14T08:00:00Z&to=2025-11-15T08:00:00Z&status=succeeded", "2025-11-14-succeeded"],
    ["from=2025-11-14T08:00:00Z&to=2025-12-15T08:00:00Z", "2025-11-14_2025-12-14"],
    ["to=2025-11-15T08:00:00Z", "until_2025-11-14"],
    ["from=9999-01-01T12:00:00Z", "9999-01-01"],
  ])("is named by the period of ?%s", async (query, name) => {
    const franchiseeId = newFranchisee();
    const { headers } = await headOf(franchiseeId, `format=csv&${query}`);
    expect(headers.get("content-disposition")).toBe(`attachment; filename="${franchiseeId}-payments-${name}.csv"`);
  });

  it("begins with the columns that it has always had", async () => {
    const file = await (await download(newFranchisee(), "format=csv")).text();
    const names = file.replace("\ufeff", "").trim().split(",");
    expect(names.slice(0, 13)).toEqual([
      "stripePaymentId",
      "createdAt",
      "day",
      "status",
      "currency",
      "total",
      "stripe_fee",
      "platform_fee",
      "franchisee_net",
      "amount_total",
      "amount_stripe_fee",
      "amount_platform_fee",
      "amount_franchisee_net",
    ]);
    expect(names).toHaveLength(41);
  });
});

async function headOf(franchiseeId: string, query: string) {
  const response = await download(franchiseeId, query, "HEAD");
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** Newest first, many at the same time, one of them unreadable. */
const MANY = Array.from({ length: 1000 }, (_none, index) =>
  index === 500
    ? { ...legacyExample, ...stored("pi_0500", 50), amount_total: "a lot" }
    : stored(`pi_${String(index).padStart(4, "0")}`, Math.floor(index / 10)),
);

describe("a thousand payments", () => {
  const franchiseeId = newFranchisee();
  const inOrder = MANY.toSorted(
    (a, b) => b.createdAt.seconds - a.createdAt.seconds || (a.stripePaymentId < b.stripePaymentId ? 1 : -1),
  ).map(({ stripePaymentId }) => stripePaymentId);
  const unreadable = `The document franchisees/${franchiseeId}/transactions/pi_0500 cannot be read: amount_total`;

  beforeAll(() => store(franchiseeId, MANY), 60_000);

  test("are all in the file, in order, with a warning about the unreadable one", async () => {
    const lines = await linesOf(franchiseeId);
    expect(lines.map(({ stripePaymentId }) => stripePaymentId)).toEqual(inOrder);
    expect(lines.filter((cells) => cells["unreadable"] !== "")).toMatchObject([
      { stripePaymentId: "pi_0500", total: "", unreadable },
    ]);
  });

  test("are lines of JSON as in the list, with the same filters", async () => {
    const query = "from=2025-11-14T11:58:30Z&to=2025-11-14T12:00:00Z&status=succeeded";
    const text = await (await download(franchiseeId, `format=ndjson&${query}`)).text();
    const lines = text.split("\n");
    expect(lines.pop()).toBe("");
    expect(lines).toHaveLength(900);
    expect(lines).toContain(JSON.stringify({ stripePaymentId: "pi_0500", unreadable }));
    const list = await sendSigned("GET", urlOf(franchiseeId, `limit=10&${query}`));
    expect(lines.slice(0, 10).map((json): unknown => JSON.parse(json))).toEqual(list.body?.transactions);
  });

  test.each([
    ["format=pdf", ["query.format"]],
    ["format=csv&limit=5", ["query.limit"]],
    ["format=ndjson&limit=5&cursor=x", ["query.limit", "query.cursor"]],
    ["format=csv&format=json", ["query.format"]],
    ["format=csv&status=paid", ["query.status"]],
  ])("with ?%s result in a 400 that names the parameter", async (query, paths) => {
    const { status, body } = await sendSigned("GET", urlOf(franchiseeId, query));
    expect([status, body?.error?.details.map(({ path }) => path)]).toEqual([400, paths]);
  });

  test("leave the file incomplete if Firestore is lost halfway", async () => {
    const before = sentByFirestore;
    await linesOf(franchiseeId);
    cutAfter = sentByFirestore + (sentByFirestore - before) / 2;
    const broken = await download(franchiseeId, "format=csv");
    expect(broken.status).toBe(200);
    await expect(broken.text()).rejects.toThrow("terminated");
    expect(readFileSync(service.logFile, "utf8")).toContain("response aborted");
  });
});
