import { FieldValue } from "firebase-admin/firestore";
import type { z } from "zod";
import { networkRevenueResponseSchema } from "../../src/http/network-revenue.ts";
import { stopServices } from "../../tools/local/processes.ts";
import { serveFunction } from "../../tools/local/served-function.ts";
import { signedHeaders } from "../../tools/cli/signing.ts";
import type { FirestoreProxy } from "../../testing/firestore-proxy.ts";
import { send, sendSigned } from "../support/api.ts";
import { ADJUSTED, CloseFixture, snapshot, TWENTY } from "../support/close-fixture.ts";
import { csvLines } from "../support/csv.ts";
import { database, isolateDatabase, startDatabaseProxy } from "../support/database.ts";
import { recountNetwork } from "../support/network-recount.ts";
import { newDispute, stripeSnapshot } from "../support/records.ts";
import { user } from "../support/users.ts";

isolateDatabase();

const ZONE = "America/Vancouver";

let api: string;
let proxy: FirestoreProxy;
beforeAll(async () => {
  const env = { FIRESTORE_PROJECT_ID: process.env["FIRESTORE_PROJECT_ID"] };
  proxy = await startDatabaseProxy({ isBypassed: true });
  api = (await serveFunction("api", proxy.address, { env })).url;
});
afterAll(async () => {
  await stopServices();
  await proxy.close();
});

const addressOf = (query: string): string => `${api}/api/revenue?${query}`;

async function read(query: string) {
  const url = addressOf(query);
  const { status, text } = await send(url, { headers: signedHeaders("GET", url, "") });
  expect(status).toBe(200);
  return networkRevenueResponseSchema.parse(JSON.parse(text));
}

type Totals = z.infer<typeof networkRevenueResponseSchema>["months"][number]["totals"];

/** Without the figures that are 0. */
const nonZero = (totals: Totals = {}) =>
  Object.fromEntries(
    Object.entries(totals).map(([currency, figures]) => {
      return [currency, Object.fromEntries(Object.entries(figures).filter(([, figure]) => figure !== 0))];
    }),
  );

/** The franchisees and the network in this month. */
async function figuresIn(query: string, month: string) {
  const { franchisees, months } = await read(query);
  const all = [...franchisees, { franchiseeId: "network", months }];
  return Object.fromEntries(
    all.map((one) => [one.franchiseeId, nonZero(one.months.find((other) => other.month === month)?.totals)]),
  );
}

const DISPUTED = { ...ADJUSTED, disputes: [newDispute("lost", 300)] };

describe("the revenue of two franchisees", () => {
  const [first, second] = [new CloseFixture(), new CloseFixture()] as const;
  const inOrder = first.id < second.id;

  beforeAll(async () => {
    // The last second of October in daylight saving time, and the first of November.
    await first.pay("pi_1", "2025-11-01T06:59:59Z");
    await first.pay("pi_2", "2025-11-01T07:00:00Z");
    await first.record(snapshot("pi_2", DISPUTED, 300), "2025-12-15T20:00:00Z");
    await first.pay("pi_3", "2025-11-20T20:00:00Z", { currency: "jpy" });
    // The last second of November 2024 in standard time, and the first of December.
    await first.pay("pi_4", "2024-12-01T07:59:59Z", TWENTY);
    await first.pay("pi_5", "2024-12-01T08:00:00Z", TWENTY);
    await second.pay("pi_6", "2025-11-14T20:00:00Z", TWENTY);
    await second.pay("pi_7", "2025-12-01T08:00:00Z");
    await second.pay("pi_8", "2025-11-02T20:00:00Z", { status: "canceled" });
    const sale = stripeSnapshot({ application: null, createdAt: new Date("2025-11-05T20:00:00Z") });
    await second.record({ kind: "snapshot", stripePaymentId: "pi_9", snapshot: sale }, "2025-11-05T20:00:00Z");
    const profile = { businessName: "=Moon, Kitsilano", city: "Vancouver", owner: null };
    await database().doc(`franchisees/${first.id}`).update({ profile });
  });

  it("is that of the month, the month before and the year before, each alone and together", async () => {
    const { franchisees, months, asOf, ...rest } = await read("month=2025-11");
    expect(rest).toEqual({
      success: true,
      timeZone: ZONE,
      month: "2025-11",
      monthBefore: "2025-10",
      yearBefore: "2024-11",
      throughDay: null,
    });
    expect(Math.abs(Date.now() - Date.parse(asOf))).toBeLessThan(60_000);
    expect(months.map(({ month }) => month)).toEqual(["2025-11", "2025-10", "2024-11"]);
    const profiles = [
      [first.id, { businessName: "=Moon, Kitsilano", city: "Vancouver", owner: null }],
      [second.id, { businessName: null, city: null, owner: null }],
    ];
    expect(franchisees.map(({ franchiseeId, profile }) => [franchiseeId, profile])).toEqual(
      inOrder ? profiles : profiles.toReversed(),
    );
    const ten = { count: 1, gross: 1_000, stripeFees: 59, platformFees: 41, net: 900 };
    const twenty = { count: 1, gross: 2_000, stripeFees: 88, platformFees: 112, net: 1_800, earned: 1_800 };
    const later = { refundsDeducted: 250, disputesDeducted: 300, disputeFees: 150, feesReturned: 10 };
    const adjusted = { ...later, netAdjustment: -690, refunded: 250, disputed: 300 };
    expect(await figuresIn("month=2025-11", "2025-11")).toEqual({
      [first.id]: { cad: { ...ten, ...adjusted, earned: 210 }, jpy: { ...ten, earned: 900 } },
      [second.id]: { cad: twenty },
      // 10.00 + 20.00, of which 9.00 + 18.00 are net; 2.10 + 18.00 are earned.
      network: {
        cad: { count: 2, gross: 3_000, stripeFees: 147, platformFees: 153, net: 2_700, ...adjusted, earned: 2_010 },
        jpy: { ...ten, earned: 900 },
      },
    });
    expect(await figuresIn("month=2025-11", "2025-10")).toEqual({
      [first.id]: { cad: { ...ten, earned: 900 } },
      [second.id]: {},
      network: { cad: { ...ten, earned: 900 } },
    });
    expect(await figuresIn("month=2025-11", "2024-11")).toEqual({
      [first.id]: { cad: twenty },
      [second.id]: {},
      network: { cad: twenty },
    });
  });

  it("in January compares with December and January of the year before", async () => {
    await second.pay("pi_10", "2025-01-10T20:00:00Z");
    await second.pay("pi_11", "2024-01-10T20:00:00Z", TWENTY);
    const { months, monthBefore, yearBefore } = await read("month=2025-01");
    expect([monthBefore, yearBefore]).toEqual(["2024-12", "2024-01"]);
    expect(months.map(({ month, totals }) => [month, totals["cad"]?.gross])).toEqual([
      ["2025-01", 1_000],
      ["2024-12", 2_000],
      ["2024-01", 2_000],
    ]);
  });

  it("counts the days of each month until throughDay", async () => {
    const grossThrough = async (day: number) => {
      const { months, throughDay } = await read(`month=2025-11&throughDay=${day}`);
      expect(throughDay).toBe(day);
      return months.map(({ totals }) => Object.fromEntries(Object.entries(totals).map(([c, { gross }]) => [c, gross])));
    };
    // 1 November alone; then also 14 and 20 November. Before, there are 31 October 2025 and 30 November 2024.
    expect(await grossThrough(1)).toEqual([{ cad: 1_000 }, {}, {}]);
    expect(await grossThrough(13)).toEqual([{ cad: 1_000 }, {}, {}]);
    expect(await grossThrough(14)).toEqual([{ cad: 3_000 }, {}, {}]);
    expect(await grossThrough(29)).toEqual([{ cad: 3_000, jpy: 1_000 }, {}, {}]);
    expect(await grossThrough(30)).toEqual([{ cad: 3_000, jpy: 1_000 }, {}, { cad: 2_000 }]);
    expect(await grossThrough(31)).toEqual([{ cad: 3_000, jpy: 1_000 }, { cad: 1_000 }, { cad: 2_000 }]);
    const adjusted = (await read("month=2025-11&throughDay=1")).months[0]?.totals["cad"];
    expect([adjusted?.net, adjusted?.refundsDeducted, adjusted?.earned]).toEqual([900, 250, 210]);
  });

  it("equals what is recomputed from the transactions", async () => {
    const right = await recountNetwork([first, second], ZONE);
    const { franchisees, months } = await read("month=2025-11");
    const found = new Map<string, number>();
    for (const { franchiseeId, months: own } of [...franchisees, { franchiseeId: "network", months }]) {
      for (const { month, totals } of own) {
        for (const [currency, { gross, net, netAdjustment, earned, refunded }] of Object.entries(totals)) {
          for (const [name, figure] of Object.entries({ gross, net, netAdjustment, earned, refunded })) {
            if (figure !== 0) found.set(`${franchiseeId} ${month} ${currency} ${name}`, figure ?? 0);
          }
        }
      }
    }
    const shown = /^\S+ (2025-11|2025-10|2024-11) /;
    expect(found).toEqual(new Map([...right].filter(([name, sum]) => shown.test(name) && sum !== 0)));
    expect(found.size).toBeGreaterThan(20);
  });

  it("costs four reads per franchisee, and one more", async () => {
    proxy.reset();
    await read("month=2025-11");
    expect(proxy.counts()).toMatchObject({ reads: 9, writes: 0 });
  });

  it("is a file with a line for each franchisee, month and currency", async () => {
    const url = addressOf("month=2025-11&throughDay=14&format=csv");
    const file = await fetch(url, { headers: signedHeaders("GET", url, "") });
    expect(file.headers.get("content-disposition")).toBe(
      'attachment; filename="network-revenue-2025-11-01_2025-11-14.csv"',
    );
    const lines = await csvLines(file);
    expect(inOrder ? lines : lines.toReversed()).toEqual([
      {
        through_day: "14",
        month: "2025-11",
        franchisee_id: first.id,
        business_name: "'=Moon, Kitsilano",
        city: "Vancouver",
        owner: "",
        currency: "cad",
        payments: "1",
        gross: "10.00",
        stripe_fees: "0.59",
        platform_fees: "0.41",
        unallocated: "0.00",
        net: "9.00",
        refunds_deducted: "2.50",
        disputes_deducted: "3.00",
        dispute_fees: "1.50",
        fees_returned: "0.10",
        other_adjustment: "0.00",
        earned: "2.10",
        refunded_to_customers: "2.50",
        disputed_by_customers: "3.00",
      },
      expect.objectContaining({ month: "2025-11", franchisee_id: second.id, gross: "20.00", earned: "18.00" }),
    ]);
    const whole = addressOf("month=2025-11&format=csv");
    const all = await fetch(whole, { headers: signedHeaders("GET", whole, "") });
    expect(all.headers.get("content-disposition")).toBe('attachment; filename="network-revenue-2025-11.csv"');
    const allLines = await csvLines(all);
    const own = allLines.filter((line) => line["franchisee_id"] === first.id);
    expect(own.map((line) => [line["through_day"], line["month"], line["gross"]])).toEqual([
      ["", "2025-11", "10.00"],
      // Yen have no decimals.
      ["", "2025-11", "1000"],
      ["", "2025-10", "10.00"],
      ["", "2024-11", "20.00"],
    ]);
    expect(allLines).toHaveLength(own.length + 1);
  });

  it("is for head office and the orchestrator", async () => {
    const url = addressOf("month=2025-11");
    const status = async (headers: Record<string, string>) => (await send(url, { headers })).status;
    const bearer = async (claims: object) => ({ Authorization: `Bearer ${(await user(claims)).token}` });
    expect(await status({})).toBe(401);
    expect(await status(await bearer({}))).toBe(403);
    expect(await status(await bearer({ franchisees: [first.id, second.id] }))).toBe(403);
    expect(await status(await bearer({ admin: true }))).toBe(200);
    expect(await status(signedHeaders("GET", url, ""))).toBe(200);
  });

  test.each([
    ["", ["query.month"]],
    ["month=2025-13", ["query.month"]],
    ["month=1000-12", ["query.month"]],
    ["month=2025-11&month=2025-10", ["query.month"]],
    ["month=2025-11&throughDay=0", ["query.throughDay"]],
    ["month=2025-11&throughDay=32", ["query.throughDay"]],
    ["month=2025-11&throughDay=1.5", ["query.throughDay"]],
    ["month=2025-11&throughDay=", ["query.throughDay"]],
    ["month=2025-11&format=ndjson", ["query.format"]],
    ["month=2025-11&limit=5", ["query"]],
  ])("with ?%s gets a 400 that names the parameter", async (query, paths) => {
    const { status, body } = await sendSigned("GET", addressOf(query));
    expect([status, body?.error?.details.map(({ path }) => path)]).toEqual([400, paths]);
  });

  it("names a franchisee whose name is unreadable by its account; an unreadable month is a 500, not a smaller sum", async () => {
    await database().doc(`franchisees/${second.id}`).update({ "profile.city": 7 });
    const { franchisees, warnings, months } = await read("month=2025-11");
    expect(franchisees.find(({ franchiseeId }) => franchiseeId === second.id)?.profile).toEqual({
      businessName: null,
      city: null,
      owner: null,
    });
    expect(warnings).toEqual([`The document franchisees/${second.id} cannot be read: city`]);
    expect(months[0]?.totals["cad"]?.gross).toBe(3_000);
    await database()
      .doc(`franchisees/${second.id}/revenue/2025-10`)
      .set({ days: { "2025-10-30": { cad: "a lot" } } });
    // Whole months do not read the days.
    expect((await sendSigned("GET", addressOf("month=2025-11"))).status).toBe(200);
    expect((await sendSigned("GET", addressOf("month=2025-11&throughDay=1"))).status).toBe(500);
    await database()
      .doc(`franchisees/${second.id}/revenue/2025-10`)
      .set({ totals: { cad: { gross: "a lot" } } });
    expect((await sendSigned("GET", addressOf("month=2025-11"))).status).toBe(500);
    await database().doc(`franchisees/${second.id}/revenue/2025-10`).delete();
  });
});

test("1,000 franchisees are read page by page, at one point in time; one more is a 409", async () => {
  const all = database().collection("franchisees");
  await Promise.all((await all.get()).docs.map(({ ref }) => ref.delete()));
  const writer = database().bulkWriter();
  const ids = Array.from({ length: 1_000 }, (_none, index) => `acct_${String(index).padStart(4, "0")}`);
  for (const id of ids) {
    void writer.create(all.doc(id), {});
    void writer.create(all.doc(id).collection("revenue").doc("2020-02"), { totals: { cad: { count: 1, gross: 5 } } });
  }
  await writer.close();
  const { franchisees, months } = await read("month=2020-02");
  expect(franchisees.map(({ franchiseeId }) => franchiseeId)).toEqual(ids);
  expect(months[0]?.totals["cad"]).toMatchObject({ count: 1_000, gross: 5_000 });
  expect((await read("month=2020-02&throughDay=29")).months[0]?.totals).toEqual({});

  // What is taken from the last franchisee is given to the first one in the same commit.
  const end = new AbortController();
  const grossOf = (id = "") => database().doc(`franchisees/${id}/revenue/2020-02`);
  const move = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const batch = database().batch();
      batch.update(grossOf(ids[0]), { "totals.cad.gross": FieldValue.increment(7) });
      batch.update(grossOf(ids.at(-1)), { "totals.cad.gross": FieldValue.increment(-7) });
      await batch.commit();
    }
  };
  const moving = move();
  const seen = new Set<unknown>();
  for (let reading = 0; reading < 4; reading += 1) {
    const { franchisees: now, months: sums } = await read("month=2020-02");
    expect(sums[0]?.totals["cad"]?.gross).toBe(5_000);
    seen.add(now[0]?.months[0]?.totals["cad"]?.gross);
  }
  end.abort();
  await moving;
  expect(seen.size).toBe(4);

  await all.doc("acct_1000").set({});
  const { status, body } = await sendSigned("GET", addressOf("month=2020-02"));
  expect([status, body?.error?.code]).toEqual([409, "conflict"]);
});
