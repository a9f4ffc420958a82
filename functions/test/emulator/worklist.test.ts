import { eraseRevisions } from "../../src/store/erasures.ts";
import { HOSTING, newFranchisee, newPayment, post, postRecord, send } from "../support/api.ts";
import { database } from "../support/database.ts";
import { goldenRecord } from "../support/records.ts";
import { user, type User } from "../support/users.ts";

let admin: User;
beforeAll(async () => {
  admin = await user({ admin: true });
});

const pathOf = (franchiseeId: string, id: string) => `/api/franchisees/${franchiseeId}/transactions/${id}/worklist`;

async function save(franchiseeId: string, id: string, body: object, { token } = admin) {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const url = `${HOSTING}${pathOf(franchiseeId, id)}`;
  const { status, text } = await send(url, { method: "POST", headers, body: JSON.stringify(body) });
  return { status, body: JSON.parse(text) as unknown };
}

/** A payment whose parts do not add up. */
async function newException() {
  const [franchiseeId, id] = [newFranchisee(), newPayment()];
  const record = { ...goldenRecord(), stripePaymentId: id, amount_total: 1000, amount_franchisee_net: 999 };
  const { status } = await postRecord(franchiseeId, { ...record, amount_stripe_fee: 0, amount_platform_fee: 0 });
  expect(status).toBe(200);
  return { franchiseeId, id };
}

const stored = async (franchiseeId: string, id: string) =>
  (await database().doc(`franchisees/${franchiseeId}/worklist/${id}`).get()).data();

const transaction = async (franchiseeId: string, id: string) =>
  (await database().doc(`franchisees/${franchiseeId}/transactions/${id}`).get()).data();

test("head office assigns an exception and notes something; each alone leaves the other, null removes it", async () => {
  const { franchiseeId, id } = await newException();
  const before = await transaction(franchiseeId, id);
  expect(await save(franchiseeId, id, { assignee: " grace@example.org " })).toEqual({
    status: 200,
    body: {
      success: true,
      franchiseeId,
      transactionId: id,
      outcome: "updated",
      assignee: "grace@example.org",
      note: null,
    },
  });
  const note = "Asked the bank.\nThey answer on Monday.";
  expect((await save(franchiseeId, id, { note })).body).toMatchObject({ assignee: "grace@example.org", note });
  expect((await save(franchiseeId, id, { note })).body).toMatchObject({ outcome: "duplicate" });
  expect(await stored(franchiseeId, id)).toMatchObject({ assignee: "grace@example.org", note, by: admin.email });
  expect((await save(franchiseeId, id, { assignee: null })).body).toMatchObject({ assignee: null, note });
  expect((await save(franchiseeId, id, { note: null })).body).toMatchObject({ assignee: null, note: null });
  expect(await stored(franchiseeId, id)).toBeUndefined();
  expect((await save(franchiseeId, id, { note: null })).body).toMatchObject({ outcome: "duplicate" });
  // Franchisees read the transaction.
  expect(await transaction(franchiseeId, id)).toEqual(before);
});

test("two changes at once are both stored", async () => {
  const { franchiseeId, id } = await newException();
  const both = await Promise.all(
    [{ assignee: "Grace" }, { note: "Ask Ada." }].map((one) => save(franchiseeId, id, one)),
  );
  expect(both.map(({ status }) => status)).toEqual([200, 200]);
  expect(await stored(franchiseeId, id)).toMatchObject({ assignee: "Grace", note: "Ask Ada." });
});

test("an erasure of the customer's data reaches the note", async () => {
  const { franchiseeId, id } = await newException();
  await save(franchiseeId, id, { assignee: "Grace", note: "Ada Lovelace called twice." });
  await eraseRevisions({ franchiseeId, stripePaymentId: id }, { personal: ["Ada Lovelace"] });
  expect(await stored(franchiseeId, id)).toMatchObject({ assignee: "Grace", note: "[erased] called twice." });
});

test("the transaction says when its exception opened", async () => {
  const { franchiseeId, id } = await newException();
  const document = await transaction(franchiseeId, id);
  expect(document).toMatchObject({ exception: "open" });
  expect(document?.["exceptionOpenedAt"]).toEqual(document?.["updatedAt"]);
});

test("only head office changes the worklist, of a payment that exists", async () => {
  const { franchiseeId, id } = await newException();
  const owner = await user({ franchisees: [franchiseeId] });
  expect((await save(franchiseeId, id, { note: "Mine." }, owner)).status).toBe(403);
  expect((await post(`${HOSTING}${pathOf(franchiseeId, id)}`, { note: "Signed." })).status).toBe(401);
  const unknown = newPayment();
  expect(await save(franchiseeId, unknown, { note: "Which?" })).toMatchObject({
    status: 404,
    body: { error: { code: "not_found", message: `${franchiseeId} has no payment ${unknown}.` } },
  });
  expect(await stored(franchiseeId, id)).toBeUndefined();
  expect(await stored(franchiseeId, unknown)).toBeUndefined();
});

test.each<[string, object, string]>([
  ["nothing", {}, "body"],
  ["an empty note", { note: " " }, "body.note"],
  ["a note that is too long", { note: "x".repeat(1001) }, "body.note"],
  ["an assignee that is too long", { assignee: "x".repeat(201) }, "body.assignee"],
  ["a control character", { note: "a\u0007" }, "body.note"],
  ["a bidirectional override", { assignee: "Grace\u202e" }, "body.assignee"],
  ["ill-formed Unicode", { note: "a\ud800" }, "body.note"],
  ["a number", { assignee: 5 }, "body.assignee"],
  ["an unknown field", { note: "a", by: "somebody else" }, "body"],
])("%s is refused", async (_what, body, path) => {
  const { franchiseeId, id } = await newException();
  const { status, body: response } = await save(franchiseeId, id, body);
  expect(status).toBe(400);
  expect(response).toMatchObject({ error: { code: "invalid_request", details: [{ path }] } });
  expect(await stored(franchiseeId, id)).toBeUndefined();
});
