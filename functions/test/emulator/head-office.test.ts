import { revisionsResponseSchema } from "../../src/http/revisions.ts";
import { ADDRESS, PROJECT_ID } from "../../tools/cli/ports.ts";
import { apply } from "../../src/store/apply.ts";
import { type ApiResponse, HOSTING, newFranchisee, send, sendSigned, transactionsPath } from "../support/api.ts";
import { revisionsOf, transactionsOf } from "../support/database.ts";
import { DEFAULTS, snapshotSeen, observation } from "../support/records.ts";
import { user, type User } from "../support/users.ts";

let admin: User;
beforeAll(async () => {
  admin = await user({ admin: true });
});

/** A franchisee whose record of `pi_1` is a cent higher than Stripe's figure. */
async function franchiseeInDispute(): Promise<string> {
  const franchiseeId = newFranchisee();
  const context = { now: new Date(), defaults: DEFAULTS };
  await apply(franchiseeId, observation({ amount_total: 1001, amount_franchisee_net: 901 }), context);
  await apply(franchiseeId, snapshotSeen(), context);
  return franchiseeId;
}

const SEEN = {
  status: "mismatched",
  differences: [
    { field: "amount_total", recorded: 1001, stripe: 1000 },
    { field: "amount_franchisee_net", recorded: 901, stripe: 900 },
  ],
  amounts: { amount_total: 1001, amount_stripe_fee: 59, amount_platform_fee: 41, amount_franchisee_net: 901 },
  currency: "cad",
};
const DECISION = { isResolved: true, reason: "a cent was paid in cash", seen: SEEN };

const url = (franchiseeId: string, what: string): string => `${HOSTING}${transactionsPath(franchiseeId)}/pi_1/${what}`;

function decide(franchiseeId: string, body: object, { token } = admin): Promise<ApiResponse> {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  return send(url(franchiseeId, "resolution"), { method: "POST", headers, body: JSON.stringify(body) });
}

describe("an exception", () => {
  it("is resolved by an admin, whose name and reason are stored, and shown with the revisions", async () => {
    const franchiseeId = await franchiseeInDispute();
    expect((await decide(franchiseeId, DECISION)).body).toEqual({
      success: true,
      franchiseeId,
      transactionId: "pi_1",
      outcome: "updated",
      transactions: [],
    });
    const document = await transactionsOf(franchiseeId).doc("pi_1").get();
    expect(document.data()).toMatchObject({
      exception: "resolved",
      resolution: { by: "head office", reason: "a cent was paid in cash", ...SEEN },
    });
    expect((await decide(franchiseeId, DECISION)).body).toMatchObject({ outcome: "duplicate" });

    const { status, text } = await send(url(franchiseeId, "revisions"), {
      headers: { Authorization: `Bearer ${admin.token}` },
    });
    expect([status, revisionsResponseSchema.parse(JSON.parse(text))]).toMatchObject([
      200,
      {
        revisions: [
          {
            revision: 2,
            reason: `resolved by ${admin.email}: a cent was paid in cash`,
            before: { exception: "open", amount_total: 1001, stripe: { status: "succeeded" } },
          },
          { revision: 1, reason: "first Stripe snapshot", before: { exception: null, stripe: null } },
        ],
      },
    ]);
    expect(text).not.toContain('"golden"');
  });

  it("that has changed since it was displayed stays open", async () => {
    const franchiseeId = await franchiseeInDispute();
    const { status, body } = await decide(franchiseeId, { ...DECISION, seen: { ...SEEN, differences: [] } });
    expect([status, body?.error?.message]).toEqual([409, "The payment has changed. Reload and try again."]);
    expect(await revisionsOf(franchiseeId, "pi_1")).toHaveLength(1);
  });

  it("that does not exist cannot be resolved", async () => {
    expect(await decide(newFranchisee(), DECISION)).toMatchObject({
      status: 409,
      body: { error: { code: "conflict" } },
    });
  });

  test.each<[string, object, string[]]>([
    ["no reason", { ...DECISION, reason: " " }, ["body.reason"]],
    ["a reason that is too long", { ...DECISION, reason: "x".repeat(501) }, ["body.reason"]],
    ["no decision", { ...DECISION, isResolved: "yes" }, ["body.isResolved"]],
    ["no discrepancy", { isResolved: true, reason: "so" }, ["body.seen"]],
    ["an unknown status", { ...DECISION, seen: { ...SEEN, status: "odd" } }, ["body.seen.status"]],
    [
      "no amounts",
      { ...DECISION, seen: { ...SEEN, amounts: {} } },
      Object.keys(SEEN.amounts).map((f) => `body.seen.amounts.${f}`),
    ],
    ["an unknown field", { ...DECISION, by: "somebody else" }, ["body"]],
  ])("is not resolved with %s", async (_what, body, fields) => {
    const franchiseeId = await franchiseeInDispute();
    const response = await decide(franchiseeId, body);
    expect([response.status, response.body?.error?.details.map(({ path }) => path)]).toEqual([400, fields]);
    expect(await revisionsOf(franchiseeId, "pi_1")).toHaveLength(1);
  });
});

describe("the author of a resolution", () => {
  /**
   * Everything that a franchisee can read of the payment: its document under the rules, and each form of the API's
   * response.
   */
  async function readByOwner(franchiseeId: string): Promise<string[]> {
    const { token } = await user({ franchisees: [franchiseeId] });
    const headers = { Authorization: `Bearer ${token}` };
    const path = `${PROJECT_ID}/databases/(default)/documents/franchisees/${franchiseeId}/transactions/pi_1`;
    const list = `${HOSTING}${transactionsPath(franchiseeId)}`;
    const urls = [
      `http://${ADDRESS.firestore}/v1/projects/${path}`,
      list,
      `${list}?format=csv`,
      `${list}?format=ndjson`,
    ];
    const responses = await Promise.all(urls.map((address) => send(address, { headers })));
    expect(responses.map(({ status }) => status)).toEqual(urls.map(() => 200));
    return responses.map(({ text }) => text);
  }

  it("is shown as head office to the franchisee, and by name to head office", async () => {
    const franchiseeId = await franchiseeInDispute();
    expect((await decide(franchiseeId, DECISION)).status).toBe(200);
    const read = await readByOwner(franchiseeId);
    expect(read.filter((text) => text.includes(admin.email) || text.includes(admin.uid))).toEqual([]);
    expect(read.filter((text) => text.includes("head office"))).toHaveLength(3);
    const revisions = await send(url(franchiseeId, "revisions"), {
      headers: { Authorization: `Bearer ${admin.token}` },
    });
    expect(revisions.text).toContain(`resolved by ${admin.email}`);
  });

  it("is shown as head office in the API's responses if an earlier version stored the address", async () => {
    const franchiseeId = await franchiseeInDispute();
    await decide(franchiseeId, DECISION);
    await transactionsOf(franchiseeId).doc("pi_1").update({ "resolution.by": admin.email });
    const [, ...responses] = await readByOwner(franchiseeId);
    expect(responses.filter((text) => text.includes(admin.email))).toEqual([]);
    expect(responses.filter((text) => text.includes("head office"))).toHaveLength(2);
  });
});

test("is an admin: neither the owner nor the orchestrator can resolve, or read revisions", async () => {
  const franchiseeId = await franchiseeInDispute();
  const owner = await user({ franchisees: [franchiseeId] });
  const headers = { Authorization: `Bearer ${owner.token}` };
  expect((await decide(franchiseeId, DECISION, owner)).status).toBe(403);
  expect((await send(url(franchiseeId, "revisions"), { headers })).status).toBe(403);
  const json = { headers: { "Content-Type": "application/json" } };
  const signed = await sendSigned("POST", url(franchiseeId, "resolution"), JSON.stringify(DECISION), json);
  expect([signed.status, (await sendSigned("GET", url(franchiseeId, "revisions"))).status]).toEqual([401, 401]);
  expect((await transactionsOf(franchiseeId).doc("pi_1").get()).get("exception")).toBe("open");
});
