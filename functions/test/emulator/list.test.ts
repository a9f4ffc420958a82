import { Timestamp } from "firebase-admin/firestore";
import {
  functionUrl,
  get,
  getTransactions,
  HOSTING,
  newFranchisee,
  newPayment,
  postRecord,
  send,
  sendSigned,
  transactionsPath,
} from "../support/api.ts";
import { database, revisionsOf, transactionsOf } from "../support/database.ts";
import { apply } from "../../src/store/apply.ts";
import { DEFAULTS, legacyExample, observation, PENDING, snapshotSeen } from "../support/records.ts";

// cspell:ignore ingi miwic msis

/** A document as the legacy service wrote it: flat fields and a time with microseconds. */
const legacyDocument = (stripePaymentId: string, createdAt: Timestamp) => ({
  ...legacyExample,
  stripePaymentId,
  createdAt,
});

const time = (seconds: number): Timestamp => new Timestamp(1_760_000_000 + seconds, 123_456_000);

async function store(franchiseeId: string, documents: { stripePaymentId: string }[]): Promise<void> {
  const writer = database().bulkWriter();
  for (const document of documents)
    void writer.create(transactionsOf(franchiseeId).doc(document.stripePaymentId), document);
  await writer.close();
}

describe("a franchisee's list", () => {
  it("of an unknown franchisee is empty", async () => {
    const franchiseeId = newFranchisee();
    const { status, body } = await getTransactions(franchiseeId);
    expect([status, body]).toEqual([
      200,
      { success: true, franchiseeId, transactions: [], count: 0, nextCursor: null },
    ]);
  });

  it.each([
    ["through Hosting", (path: string) => HOSTING + path],
    ["at the api function's URL", (path: string) => functionUrl("api") + path.slice("/api".length)],
    ["at its own URL", (path: string) => functionUrl("listTransactions") + path],
  ])("is available %s", async (_where, url) => {
    expect((await get(url(transactionsPath(newFranchisee())))).status).toBe(200);
  });

  it("has the same response to HEAD as to GET, without a body", async () => {
    const { status, text } = await sendSigned("HEAD", HOSTING + transactionsPath(newFranchisee()));
    expect([status, text]).toEqual([200, ""]);
  });

  it("contains legacy and new documents, newest first", async () => {
    const franchiseeId = newFranchisee();
    await store(franchiseeId, [legacyDocument("pi_old", time(1)), legacyDocument("pi_older", time(0))]);
    await postRecord(franchiseeId, { ...legacyExample, stripePaymentId: "pi_new" });
    const { body } = await getTransactions(franchiseeId);
    expect(body?.transactions.map(({ stripePaymentId }) => stripePaymentId)).toEqual(["pi_new", "pi_old", "pi_older"]);
    expect(body?.transactions[1]).toEqual({
      ...legacyExample,
      stripePaymentId: "pi_old",
      createdAt: "2025-10-09T08:53:21.123Z",
      day: "2025-10-09",
      updatedAt: "2025-10-09T08:53:21.123Z",
      currency: "cad",
      livemode: false,
      source: "orchestrator",
      revision: 0,
      goldenSentAt: null,
      stripe: null,
      reconciliation: { status: "expected", differences: [], notCompared: [], checkedAt: null },
      exception: null,
      exceptionOpenedAt: null,
      resolution: null,
      erasedAt: null,
    });
  });

  it("contains each of 1,234 documents once, many with the same time, by default 50 a page", async () => {
    const franchiseeId = newFranchisee();
    const documents = Array.from({ length: 1234 }, (_none, index) => legacyDocument(newPayment(), time(index % 100)));
    await store(franchiseeId, documents);
    const expected = documents
      .toSorted((a, b) => b.createdAt.seconds - a.createdAt.seconds || (a.stripePaymentId < b.stripePaymentId ? 1 : -1))
      .map(({ stripePaymentId }) => stripePaymentId);

    for (const [limit, pages] of [
      ["", [...Array.from({ length: 24 }, () => 50), 34]],
      ["limit=500", [500, 500, 234]],
    ] as const) {
      const counts: (number | undefined)[] = [];
      const walked: string[] = [];
      let cursor: string | null | undefined = "";
      do {
        const query: string = [limit, cursor && `cursor=${cursor}`].filter(Boolean).join("&");
        const { body } = await getTransactions(franchiseeId, `?${query}`);
        counts.push(body?.count);
        walked.push(...(body?.transactions ?? []).map(({ stripePaymentId }) => stripePaymentId));
        cursor = body?.nextCursor;
      } while (cursor);
      expect(walked).toEqual(expected);
      expect(counts).toEqual(pages);
    }
  });

  it("can be filtered by status and time", async () => {
    const franchiseeId = newFranchisee();
    const statuses = ["succeeded", "processing", "succeeded", "canceled"];
    const documents = statuses.map((status, index) =>
      Object.assign(legacyDocument(`pi_${index}`, new Timestamp(1_760_000_000 + index, 0)), { status }),
    );
    await store(franchiseeId, documents);
    const ids = async (query: string): Promise<string[] | undefined> =>
      (await getTransactions(franchiseeId, query)).body?.transactions.map(({ stripePaymentId }) => stripePaymentId);
    expect(await ids("?status=succeeded")).toEqual(["pi_2", "pi_0"]);
    expect(await ids("?from=2025-10-09T08:53:21Z&to=2025-10-09T08:53:23Z")).toEqual(["pi_2", "pi_1"]);
    expect(await ids("?status=succeeded&from=2025-10-09T10:53:22%2B02:00")).toEqual(["pi_2"]);
  });

  it("can be filtered by currency and by what happened, also in combination and as a file", async () => {
    const franchiseeId = newFranchisee();
    const record = async (stripePaymentId: string, fields: object, stripe: Parameters<typeof snapshotSeen>[0]) => {
      const at = { now: new Date(), defaults: DEFAULTS };
      await apply(franchiseeId, observation({ stripePaymentId, ...fields }), at);
      await apply(franchiseeId, { ...snapshotSeen(stripe), stripePaymentId }, at);
    };
    const dispute = {
      id: "du_1",
      status: "lost",
      reason: "fraudulent",
      isCountered: false,
      createdAt: new Date(0),
      respondBy: null,
    };
    const inUsd = { charged: { currency: "usd", amount: 1000 } };
    await record("pi_1", {}, {});
    await record("pi_2", {}, { amountRefunded: 250 });
    await record("pi_3", {}, { amountRefunded: 1000, disputes: [{ ...dispute, currency: "cad", amount: 5 }] });
    await record("pi_4", { amount_total: 1001, amount_franchisee_net: 901 }, {});
    await record("pi_5", { currency: "usd", status: "canceled" }, { ...inUsd, ...PENDING, status: "canceled" });
    const ids = async (query: string): Promise<unknown> => {
      const { body } = await getTransactions(franchiseeId, query);
      return body?.transactions.map(({ stripePaymentId }) => stripePaymentId).toSorted();
    };
    const all = ["pi_1", "pi_2", "pi_3", "pi_4", "pi_5"];
    expect(await ids("")).toEqual(all);
    expect(await ids("?currency=CAD")).toEqual(all.slice(0, 4));
    expect(await ids("?currency=usd&status=canceled")).toEqual(["pi_5"]);
    expect(await ids("?currency=usd&status=succeeded")).toEqual([]);
    expect(await ids("?has=refund")).toEqual(["pi_2", "pi_3"]);
    expect(await ids("?has=dispute&currency=cad&status=succeeded")).toEqual(["pi_3"]);
    expect(await ids("?has=open_exception")).toEqual(["pi_4"]);
    expect(await ids("?has=resolved_exception")).toEqual([]);
    const { text } = await getTransactions(franchiseeId, "?format=ndjson&has=refund&from=1970-01-01T00:00:00Z");
    expect(text.match(/"stripePaymentId":"\w+"/g)?.toSorted()).toEqual([
      '"stripePaymentId":"pi_2"',
      '"stripePaymentId":"pi_3"',
    ]);
  });

  test.each([
    ["limit=0", ["query.limit"]],
    ["limit=501", ["query.limit"]],
    ["limit=-1", ["query.limit"]],
    ["limit=5.5", ["query.limit"]],
    ["limit=many", ["query.limit"]],
    ["limit=", ["query.limit"]],
    ["limit=1&limit=2", ["query.limit"]],
    ["status=paid", ["query.status"]],
    ["currency=dollars", ["query.currency"]],
    ["has=refunds", ["query.has"]],
    ["from=yesterday&to=2025-11-01", ["query.from", "query.to"]],
    ["from=2025-11-02T00:00:00Z&to=2025-11-01T00:00:00Z", ["query.from"]],
    ["cursor=", ["query.cursor"]],
    ["cursor=WzEsMiwicGlfMSIsIngiXQ", ["query.cursor"]],
    ["from=0000-01-01T00:00:00Z", ["query.from"]],
    ["to=9999-12-31T23:59:59-23:59", ["query.to"]],
    ["page=2", ["query"]],
  ])("with ?%s gets a 400 that names the parameter", async (query, paths) => {
    const { status, body } = await getTransactions(newFranchisee(), `?${query}`);
    expect([status, body?.error?.details.map(({ path }) => path)]).toEqual([400, paths]);
  });

  it("refuses the cursor of another franchisee or filter, and a damaged one", async () => {
    const [franchiseeId, other] = [newFranchisee(), newFranchisee()];
    for (const id of [franchiseeId, other]) {
      await store(id, [legacyDocument("pi_1", time(1)), legacyDocument("pi_2", time(2))]);
    }
    const cursor = (await getTransactions(franchiseeId, "?limit=1")).body?.nextCursor ?? "";
    expect((await getTransactions(franchiseeId, `?cursor=${cursor}`)).body?.transactions).toMatchObject([
      { stripePaymentId: "pi_1" },
    ]);
    const damaged = cursor.replace(/^./, (first) => (first === "A" ? "B" : "A"));
    expect((await getTransactions(other, `?cursor=${cursor}`)).status).toBe(400);
    expect((await getTransactions(franchiseeId, `?status=succeeded&cursor=${cursor}`)).status).toBe(400);
    expect((await getTransactions(franchiseeId, `?cursor=${damaged}`)).status).toBe(400);
  });
});

describe("a document of the legacy service", () => {
  it("makes an equal record a duplicate", async () => {
    const franchiseeId = newFranchisee();
    await store(franchiseeId, [legacyDocument("pi_1", time(0))]);
    const { body } = await postRecord(franchiseeId, { ...legacyExample, stripePaymentId: "pi_1" });
    expect(body?.outcome).toBe("duplicate");
  });

  it("keeps its time to the microsecond, its other fields and a revision when a newer record arrives", async () => {
    const franchiseeId = newFranchisee();
    const document = { ...legacyDocument("pi_1", time(0)), note: "a field of nobody's" };
    await store(franchiseeId, [document]);
    const { body } = await postRecord(franchiseeId, { ...legacyExample, stripePaymentId: "pi_1", phone: "6045550199" });
    expect(body?.outcome).toBe("updated");
    const stored = await transactionsOf(franchiseeId).doc("pi_1").get();
    expect(stored.data()).toMatchObject({ ...document, phone: "6045550199", revision: 1 });
    expect(await revisionsOf(franchiseeId, "pi_1")).toMatchObject([{ revision: 1, before: document }]);
  });

  it("is read whatever the types of its fields, and listed with the others", async () => {
    const franchiseeId = newFranchisee();
    await store(franchiseeId, [
      legacyDocument("pi_1", time(0)),
      Object.assign(legacyDocument("pi_2", time(1)), {
        amount_total: "544500",
        name: { first: "Ada" },
        phone: 6045550100,
        participantCount: "280",
        workshopDate: new Timestamp(1_763_000_000, 0),
        organizationType: true,
        status: "paid",
      }),
    ]);
    const { body } = await getTransactions(franchiseeId);
    expect(body?.transactions).toMatchObject([
      {
        amount_total: 544500,
        name: '{"first":"Ada"}',
        phone: "6045550100",
        participantCount: 280,
        workshopDate: "2025-11-13T02:13:20.000Z",
        organizationType: "true",
        status: "paid",
      },
      { stripePaymentId: "pi_1" },
    ]);
  });

  it("with an invalid amount is named in a warning, and the others are listed", async () => {
    const franchiseeId = newFranchisee();
    await store(franchiseeId, [
      legacyDocument("pi_1", time(0)),
      Object.assign(legacyDocument("pi_2", time(1)), { amount_total: "a lot", amount_stripe_fee: [] }),
    ]);
    const { status, body } = await getTransactions(franchiseeId);
    expect([status, body?.count, body?.warnings]).toEqual([
      200,
      1,
      [`The document franchisees/${franchiseeId}/transactions/pi_2 cannot be read: amount_total, amount_stripe_fee`],
    ]);
  });

  it("without a total is replaced by the next golden record", async () => {
    const franchiseeId = newFranchisee();
    await store(franchiseeId, [Object.assign(legacyDocument("pi_1", time(0)), { amount_total: null })]);
    const { body } = await postRecord(franchiseeId, { ...legacyExample, stripePaymentId: "pi_1" });
    expect(body?.outcome).toBe("updated");
  });

  it("with only a total takes the split from a later record", async () => {
    const franchiseeId = newFranchisee();
    const split = { amount_stripe_fee: 0, amount_platform_fee: 0, amount_franchisee_net: 0 };
    await store(franchiseeId, [{ ...legacyDocument("pi_1", time(0)), ...split }]);
    const { body } = await postRecord(franchiseeId, { ...legacyExample, stripePaymentId: "pi_1" });
    expect(body?.outcome).toBe("updated");
  });
});

test("health is available through Hosting and at its own URL", async () => {
  for (const url of [`${HOSTING}/health`, functionUrl("health"), `${functionUrl("health")}/health`]) {
    const { status, body } = await send(url);
    expect([status, body]).toMatchObject([200, { status: "healthy" }]);
    expect(new Date(String(body?.["timestamp"])).getTime()).toBeGreaterThan(Date.now() - 60_000);
  }
});
