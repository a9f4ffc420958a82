import { Timestamp } from "firebase-admin/firestore";
import type { z } from "zod";
import { franchiseesResponseSchema } from "../../src/http/franchisees.ts";
import { revenueResponseSchema } from "../../src/http/revenue.ts";
import { workshopsResponseSchema } from "../../src/http/workshops.ts";
import { ADDRESS } from "../../tools/cli/ports.ts";
import { stopServices } from "../../tools/local/processes.ts";
import { serveFunction } from "../../tools/local/served-function.ts";
import { signedHeaders } from "../../tools/cli/signing.ts";
import { dayOf, monthAfter, monthOf } from "../../src/domain/calendar.ts";
import { workshopKey } from "../../src/domain/revenue.ts";
import { NO_TOTALS } from "../../src/domain/totals.ts";
import { apply } from "../../src/store/apply.ts";
import { newFranchisee, send, sendSigned } from "../support/api.ts";
import { database, isolateDatabase } from "../support/database.ts";
import { DEFAULTS, goldenRecord, stripeSnapshot } from "../support/records.ts";
import { user } from "../support/users.ts";

isolateDatabase();

const ZONE = "America/Vancouver";

/** The key of a workshop that no type of organization is recorded for. */
const keyOf = (workshopId: string) => workshopKey({ workshopId, organizationType: null });

/** The totals of a response. */
const ZEROS = { ...NO_TOTALS, unallocated: 0, otherAdjustment: 0, earned: 0 };

let api: string;
beforeAll(async () => {
  const env = { FIRESTORE_PROJECT_ID: process.env["FIRESTORE_PROJECT_ID"] };
  api = (await serveFunction("api", process.env["FIRESTORE_EMULATOR_HOST"] ?? ADDRESS.firestore, { env })).url;
});
afterAll(stopServices);

/** Reads as the orchestrator does: a 503 (15 MB from a busy emulator may take over 5 s) is retried three times. */
async function read<T>(path: string, schema: z.ZodType<T>, retries = 3): Promise<T> {
  const url = `${api}/api/franchisees${path}`;
  const { status, text } = await send(url, { headers: signedHeaders("GET", url, "") });
  if (status === 503 && retries > 0) return read(path, schema, retries - 1);
  expect(status).toBe(200);
  return schema.parse(JSON.parse(text));
}

async function problems(path: string): Promise<unknown> {
  const { status, body } = await sendSigned("GET", `${api}/api/franchisees${path}`);
  return [status, body?.error?.details.map((detail) => detail.path)];
}

const revenueOf = (franchiseeId: string, query: string) =>
  read(`/${franchiseeId}/revenue?${query}`, revenueResponseSchema);

const storeMonth = (franchiseeId: string, month: string, fields: object) =>
  database().doc(`franchisees/${franchiseeId}/revenue/${month}`).set(fields);

describe("the revenue of a franchisee", () => {
  it("contains what was recorded, by months and days of the reporting time zone", async () => {
    const franchiseeId = newFranchisee();
    for (const [stripePaymentId, now, fields] of [
      ["pi_1", "2025-11-01T06:59:59Z", { workshopId: "w1", workshopName: "Robots" }],
      ["pi_2", "2025-11-01T07:00:00Z", { workshopId: "w1", workshopName: "Robots II", organizationType: "School" }],
      ["pi_3", "2025-11-02T00:00:00Z", { currency: "jpy" }],
    ] as const) {
      const record = goldenRecord({ stripePaymentId, ...fields });
      const context = { now: new Date(now), defaults: DEFAULTS };
      await apply(franchiseeId, { kind: "golden", record, sentAt: context.now }, context);
    }
    // Unrelated sales are counted separately.
    const snapshot = stripeSnapshot({ application: null, createdAt: new Date("2025-11-05T12:00:00Z") });
    const sale = { kind: "snapshot" as const, stripePaymentId: "pi_4", snapshot };
    await apply(franchiseeId, sale, { now: new Date("2025-11-05T12:00:00Z"), defaults: DEFAULTS });
    const one = { ...ZEROS, count: 1, gross: 1000, stripeFees: 59, platformFees: 41, net: 900, earned: 900 };
    const two = { ...ZEROS, count: 2, gross: 2000, stripeFees: 118, platformFees: 82, net: 1800, earned: 1800 };
    expect(await revenueOf(franchiseeId, "from=2025-09&to=2025-11")).toEqual({
      success: true,
      franchiseeId,
      timeZone: ZONE,
      from: "2025-09",
      to: "2025-11",
      months: [
        { month: "2025-09", totals: {}, unrelated: {}, days: [], workshops: [], workshopsCursor: null },
        {
          month: "2025-10",
          totals: { cad: one },
          unrelated: {},
          days: [{ day: "2025-10-31", totals: { cad: one } }],
          workshops: [{ workshopId: "w1", workshopName: "Robots", organizationType: null, totals: { cad: one } }],
          workshopsCursor: null,
        },
        {
          month: "2025-11",
          totals: { cad: one, jpy: one },
          unrelated: { cad: one },
          days: [{ day: "2025-11-01", totals: { cad: one, jpy: one } }],
          workshops: [
            { workshopId: "w1", workshopName: "Robots II", organizationType: "School", totals: { cad: one } },
            { workshopId: null, workshopName: null, organizationType: null, totals: { jpy: one } },
          ],
          workshopsCursor: null,
        },
      ],
      totals: { cad: two, jpy: one },
      unrelated: { cad: one },
    });
  });

  it("omits empty entries, and treats a missing number as 0", async () => {
    const franchiseeId = newFranchisee();
    await storeMonth(franchiseeId, "2025-11", {
      totals: { usd: { count: 0 }, cad: { gross: 9 } },
      days: {
        "2025-11-30": { cad: { net: 2 } },
        "2025-11-02": { cad: { net: -1 } },
        "2025-11-03": { cad: { net: 0 } },
      },
    });
    for (const [id, gross] of Object.entries({ b: 3, c: 4, a: 3, d: 0 })) {
      const place = `franchisees/${franchiseeId}/revenue/2025-11/workshops/${keyOf(id)}`;
      await database()
        .doc(place)
        .set({ workshopId: id, totals: { cad: { gross } } });
    }
    const { months, totals } = await revenueOf(franchiseeId, "from=2025-11&to=2025-11");
    expect(totals).toEqual({ cad: { ...ZEROS, gross: 9, unallocated: 9 } });
    expect(months[0]?.days).toEqual([
      { day: "2025-11-02", totals: { cad: { ...ZEROS, net: -1, unallocated: 1, earned: -1 } } },
      { day: "2025-11-30", totals: { cad: { ...ZEROS, net: 2, unallocated: -2, earned: 2 } } },
    ]);
    expect(months[0]?.workshops.map(({ workshopId }) => workshopId)).toEqual(["c", "a", "b"]);
  });

  it("covers the last twelve months by default, and at most 24", async () => {
    const franchiseeId = newFranchisee();
    const thisMonth = (): string => monthOf(dayOf(new Date(), ZONE));
    const earliest = thisMonth();
    const { from, to, months } = await revenueOf(franchiseeId, "");
    expect([earliest, thisMonth()]).toContain(to);
    expect([from, months.length]).toEqual([monthAfter(to, -11), 12]);
    expect(await revenueOf(franchiseeId, "to=2025-02")).toMatchObject({ from: "2024-03", to: "2025-02" });
    expect((await revenueOf(franchiseeId, "from=2023-12&to=2025-11")).months).toHaveLength(24);
  });

  test.each([
    ["from=2025-13", ["query.from"]],
    ["from=2025-1&to=2025-11-01", ["query.from", "query.to"]],
    ["from=0000-01", ["query.from"]],
    ["to=", ["query.to"]],
    ["from=2025-11&to=2025-10", ["query.from"]],
    ["from=9999-01", ["query.from"]],
    ["from=2023-11&to=2025-11", ["query.from"]],
    ["to=2025-10&to=2025-11", ["query.to"]],
    ["month=2025-11", ["query"]],
    ["format=ndjson", ["query.format"]],
  ])("with ?%s gets a 400 that names the parameter", async (query, paths) => {
    expect(await problems(`/${newFranchisee()}/revenue?${query}`)).toEqual([400, paths]);
  });

  it("is refused if a month or a workshop is unreadable, not returned in part", async () => {
    const franchiseeId = newFranchisee();
    await storeMonth(franchiseeId, "2025-11", { totals: { cad: { gross: "a lot" } } });
    expect(await problems(`/${franchiseeId}/revenue?from=2025-11&to=2025-11`)).toEqual([500, []]);
    await storeMonth(franchiseeId, "2025-11", {});
    const workshop = database().doc(`franchisees/${franchiseeId}/revenue/2025-11/workshops/none`);
    await workshop.set({ totals: { cad: { gross: "a lot" } } });
    expect(await problems(`/${franchiseeId}/revenue?from=2025-11&to=2025-11`)).toEqual([500, []]);
    expect(await problems(`/${franchiseeId}/revenue/2025-11/workshops`)).toEqual([500, []]);
  });
});

describe("a month with 5,000 workshops", () => {
  const franchiseeId = newFranchisee();
  const MANY = 5_000;
  const FEWER = 2_000;
  /** Ids of the maximum length, in letters of three bytes. */
  const labels = (index: number) => ({
    workshopId: `${"研".repeat(490)} ${String(index).padStart(5, "0")}`,
    workshopName: `${"修".repeat(490)} ${index}`,
    organizationType: null,
  });
  const path = `/${franchiseeId}/revenue`;

  beforeAll(async () => {
    const totals = { cad: { ...NO_TOTALS, count: MANY, gross: MANY } };
    await storeMonth(franchiseeId, "2025-11", { totals, days: { "2025-11-14": totals } });
    await storeMonth(franchiseeId, "2025-03", {});
    await storeWorkshops("2025-11", MANY);
    await storeWorkshops("2025-03", FEWER);
  });

  async function storeWorkshops(month: string, count: number): Promise<void> {
    const workshops = database().collection(`franchisees${path}/${month}/workshops`);
    const writer = database().bulkWriter();
    for (let index = 0; index < count; index += 1) {
      const fields = { ...labels(index), totals: { cad: { count: 1, gross: index + 1 } } };
      void writer.create(workshops.doc(keyOf(labels(index).workshopId)), fields);
    }
    await writer.close();
  }

  const all = Array.from({ length: MANY }, (_none, index) => ({
    ...labels(index),
    totals: { cad: { ...ZEROS, count: 1, gross: index + 1, unallocated: index + 1 } },
  }));

  it("has all of them if only that month is requested, highest gross first", async () => {
    const { months } = await revenueOf(franchiseeId, "from=2025-11&to=2025-11");
    expect(months[0]?.workshopsCursor).toBeNull();
    expect(months[0]?.workshops).toEqual(all.toReversed());
  });

  it("has all of them in half a year with at most 6,000 in total", async () => {
    const { months, totals } = await revenueOf(franchiseeId, "from=2025-06&to=2025-12");
    expect(totals).toEqual({ cad: { ...ZEROS, count: MANY, gross: MANY, unallocated: MANY } });
    expect(months.map(({ workshops }) => workshops.length)).toEqual([0, 0, 0, 0, 0, MANY, 0]);
    expect(months.every(({ workshopsCursor }) => workshopsCursor === null)).toBe(true);
    expect(months[5]?.workshops).toEqual(all.toReversed());
  });

  it("has some of them in a year with more, and states where the others are", async () => {
    const { months } = await revenueOf(franchiseeId, "from=2025-01&to=2025-12");
    // 500 of each month, and half of the 5,000 that the other ten leave for each of these two.
    expect(months.map(({ workshops }) => workshops.length)).toEqual([0, 0, FEWER, 0, 0, 0, 0, 0, 0, 0, 3_000, 0]);
    const [fewer, some] = [months[2]?.workshopsCursor, months[10]?.workshopsCursor ?? ""];
    expect(fewer).toBeNull();
    const rest = await walked("limit=1500", some);
    expect(rest.map((page) => page.length)).toEqual([1_500, 500]);
    const found = [...(months[10]?.workshops ?? []), ...rest.flat()];
    expect(found.toSorted(byGross)).toEqual(all);
  });

  it("can be read page by page, each workshop once", async () => {
    const pages = await walked("limit=1999", "");
    expect(pages.map((page) => page.length)).toEqual([1_999, 1_999, 1_002]);
    expect(pages.flat().toSorted(byGross)).toEqual(all);
  });

  type Workshop = z.infer<typeof workshopsResponseSchema>["workshops"][number];
  const byGross = (a: Workshop, b: Workshop) => (a.totals["cad"]?.["gross"] ?? 0) - (b.totals["cad"]?.["gross"] ?? 0);

  async function walked(query: string, first: string): Promise<Workshop[][]> {
    const pages: Workshop[][] = [];
    for (let cursor: string | null = first; cursor !== null;) {
      const next: string = cursor && `&cursor=${cursor}`;
      const page: z.infer<typeof workshopsResponseSchema> = await read(
        `${path}/2025-11/workshops?${query}${next}`,
        workshopsResponseSchema,
      );
      expect([page.franchiseeId, page.month, page.count]).toEqual([franchiseeId, "2025-11", page.workshops.length]);
      pages.push(page.workshops);
      cursor = page.nextCursor;
    }
    return pages;
  }

  test.each([
    ["2025-13/workshops", ["month"]],
    ["__x__/workshops", ["month"]],
    ["2025-11/workshops?limit=0", ["query.limit"]],
    ["2025-11/workshops?limit=2001", ["query.limit"]],
    ["2025-11/workshops?cursor=x", ["query.cursor"]],
    ["2025-11/workshops?page=2", ["query"]],
  ])("with %s gets a 400 that names the parameter", async (query, paths) => {
    expect(await problems(`${path}/${query}`)).toEqual([400, paths]);
  });

  it("refuses a cursor of another month or franchisee", async () => {
    const page = await read(`${path}/2025-11/workshops?limit=1`, workshopsResponseSchema);
    const query = `workshops?cursor=${page.nextCursor}`;
    expect(await problems(`${path}/2025-10/${query}`)).toEqual([400, ["query.cursor"]]);
    expect(await problems(`/${newFranchisee()}/revenue/2025-11/${query}`)).toEqual([400, ["query.cursor"]]);
  });

  it("has no workshops without payments", async () => {
    const page = await read(`${path}/2025-10/workshops`, workshopsResponseSchema);
    expect(page).toMatchObject({ workshops: [], count: 0, nextCursor: null });
  });
});

describe("the list of franchisees", () => {
  const cad = (gross: unknown, net: number) => ({ cad: { gross, net } });
  const at = (seconds: number) => new Timestamp(seconds, 0);
  const documents: Record<string, object> = {
    acct_a: { totals: cad(5, 9), exceptions: { open: 0 }, sync: { platform: { lastRunAt: at(0), error: null } } },
    acct_b: {
      totals: cad(7, 1),
      exceptions: { open: 3, resolved: 1 },
      reconciliation: { matched: 2 },
      balance: {
        checkedAt: at(9),
        isExplained: false,
        unexplainedSince: at(8),
        currencies: { cad: { available: 4, pending: 3, recorded: 9, difference: 2 } },
      },
    },
    acct_c: { totals: cad(7, 2), exceptions: { open: 3 } },
    acct_d: { totals: { usd: { gross: 1 } }, exceptions: { open: 0 } },
    acct_e: { exceptions: { open: 0 } },
    acct_f: { totals: cad("a lot", 5), exceptions: { open: 1 } },
  };
  const ours = Object.keys(documents);

  beforeAll(async () => {
    await Promise.all((await database().collection("franchisees").get()).docs.map(({ ref }) => ref.delete()));
    await Promise.all(
      ours.map((id) =>
        database()
          .doc(`franchisees/${id}`)
          .set(documents[id] ?? {}),
      ),
    );
  });

  const list = (query: string) => read(`?${query}`, franchiseesResponseSchema);

  async function walked(query: string): Promise<string[][]> {
    const pages: string[][] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const page: z.infer<typeof franchiseesResponseSchema> = await list(`${query}${cursor && `&cursor=${cursor}`}`);
      pages.push([...page.franchisees.map(({ franchiseeId }) => franchiseeId), ...(page.warnings ? ["-"] : [])]);
      cursor = page.nextCursor;
    }
    return pages;
  }

  it("contains their totals, their exceptions, the time of the last sync, and the last comparison of the balance", async () => {
    const { franchisees, warnings, nextCursor } = await list("");
    const none = { expected: 0, matched: 0, mismatched: 0, missing_in_portal: 0, missing_in_stripe: 0, unrelated: 0 };
    const profile = { businessName: null, city: null, owner: null };
    expect(franchisees.slice(0, 2)).toEqual([
      {
        franchiseeId: "acct_a",
        profile,
        totals: { cad: { ...ZEROS, gross: 5, net: 9, unallocated: -4, earned: 9 } },
        unrelated: {},
        reconciliation: none,
        exceptions: { open: 0, resolved: 0 },
        sync: { platform: { lastRunAt: "1970-01-01T00:00:00.000Z", error: null } },
        balance: null,
      },
      {
        franchiseeId: "acct_b",
        profile,
        totals: { cad: { ...ZEROS, gross: 7, net: 1, unallocated: 6, earned: 1 } },
        unrelated: {},
        reconciliation: { ...none, matched: 2 },
        exceptions: { open: 3, resolved: 1 },
        sync: {},
        balance: {
          checkedAt: "1970-01-01T00:00:09.000Z",
          isExplained: false,
          unexplainedSince: "1970-01-01T00:00:08.000Z",
          currencies: { cad: { available: 4, pending: 3, recorded: 9, difference: 2 } },
        },
      },
    ]);
    expect([franchisees.length, nextCursor]).toEqual([5, null]);
    expect(warnings).toEqual(["The document franchisees/acct_f cannot be read: totals.cad.gross"]);
  });

  test.each([
    [
      "limit=4",
      [
        ["acct_a", "acct_b", "acct_c", "acct_d"],
        ["acct_e", "-"],
      ],
    ],
    [
      "limit=2&sort=exceptions",
      [
        ["acct_c", "acct_b"],
        ["acct_e", "-"],
        ["acct_d", "acct_a"],
      ],
    ],
    ["limit=1&sort=gross", [["-"], ["acct_c"], ["acct_b"], ["acct_a"]]],
    ["limit=3&sort=net", [["acct_a", "acct_c", "-"], ["acct_b"]]],
    ["sort=gross&currency=USD", [["acct_d"]]],
    ["sort=net&currency=eur", [[]]],
  ])("with ?%s can be read in order, each franchisee once", async (query, pages) => {
    expect(await walked(query)).toEqual(pages);
  });

  test.each([
    ["limit=0", ["query.limit"]],
    ["limit=201", ["query.limit"]],
    ["sort=name", ["query.sort"]],
    ["sort=gross&currency=xyz", ["query.currency"]],
    ["currency=cad", ["query.currency"]],
    ["sort=id&sort=net", ["query.sort"]],
    ["cursor=", ["query.cursor"]],
    ["page=2", ["query"]],
  ])("with ?%s gets a 400 that names the parameter", async (query, paths) => {
    expect(await problems(`?${query}`)).toEqual([400, paths]);
  });

  it("refuses a cursor of another order", async () => {
    const { nextCursor } = await list("limit=1&sort=net");
    for (const order of ["sort=id", "sort=gross", "sort=net&currency=usd"]) {
      expect(await problems(`?${order}&cursor=${nextCursor}`)).toEqual([400, ["query.cursor"]]);
    }
  });

  test("is for head office and the orchestrator; an owner reads their own revenue", async () => {
    const status = async (path: string, headers: Record<string, string>) =>
      (await send(`${api}/api/franchisees${path}`, { headers })).status;
    expect(await status("", {})).toBe(401);
    const paths = [
      "",
      "/acct_a/revenue",
      "/acct_b/revenue",
      "/acct_a/revenue/2025-11/workshops",
      "/acct_b/revenue/2025-11/workshops",
    ];
    for (const [claims, statuses] of [
      [{ franchisees: ["acct_a"] }, [403, 200, 403, 200, 403]],
      [{ admin: true }, [200, 200, 200, 200, 200]],
    ] as const) {
      const headers = { Authorization: `Bearer ${(await user(claims)).token}` };
      expect(await Promise.all(paths.map((path) => status(path, headers)))).toEqual(statuses);
    }
  });
});
