import { saveStripeProfiles } from "../../src/store/profiles.ts";
import { HOSTING, newFranchisee, post, send } from "../support/api.ts";
import { database } from "../support/database.ts";
import { user, type User } from "../support/users.ts";
import { franchiseesResponseSchema } from "../../src/http/franchisees.ts";

let admin: User;
beforeAll(async () => {
  admin = await user({ admin: true });
});

const pathOf = (franchiseeId: string): string => `/api/franchisees/${franchiseeId}/profile`;

async function enter(franchiseeId: string, body: object, { token } = admin) {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const { status, text } = await send(`${HOSTING}${pathOf(franchiseeId)}`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  return { status, body: JSON.parse(text) as unknown };
}

const STRIPES = { businessName: "Moon Vancouver Inc.", city: "Vancouver", owner: "Grace Hopper" };
const ENTERED = { businessName: "Moon Kitsilano", city: null, owner: null };
const NOTHING = { businessName: null, city: null, owner: null };

async function newProfile(): Promise<string> {
  const id = newFranchisee();
  await saveStripeProfiles([{ id, profile: STRIPES }]);
  return id;
}

const stored = async (id: string) => (await database().doc(`franchisees/${id}`).get()).data();
const changes = async (id: string) => (await database().collection(`franchisees/${id}/profileChanges`).get()).docs;

test("head office enters a name, which later syncs keep; null gives the field back to Stripe", async () => {
  const id = await newProfile();
  expect(await stored(id)).toMatchObject({ profile: STRIPES, exceptions: { open: 0, resolved: 0 } });
  const profile = { ...STRIPES, businessName: "Moon Kitsilano" };
  expect(await enter(id, ENTERED)).toEqual({
    status: 200,
    body: { success: true, franchiseeId: id, outcome: "updated", profile },
  });
  expect((await enter(id, ENTERED)).body).toMatchObject({ outcome: "duplicate" });

  await saveStripeProfiles([{ id, profile: { ...STRIPES, businessName: "Moon Inc.", city: "Burnaby" } }]);
  expect(await stored(id)).toMatchObject({ profile: { ...profile, city: "Burnaby" } });
  expect((await enter(id, NOTHING)).body).toMatchObject({
    outcome: "updated",
    profile: { ...STRIPES, businessName: "Moon Inc.", city: "Burnaby" },
  });
});

test("who changed what is kept, and is not in the franchisee's document", async () => {
  const id = await newProfile();
  await enter(id, ENTERED);
  await enter(id, NOTHING);
  const [first, second, ...more] = await changes(id);
  expect([first?.id, first?.data()]).toMatchObject(["1", { before: NOTHING, after: ENTERED, by: admin.email }]);
  expect([second?.id, second?.data()]).toMatchObject(["2", { before: ENTERED, after: NOTHING, by: admin.email }]);
  expect(more).toEqual([]);
  expect(JSON.stringify(await stored(id))).not.toContain(admin.email);
});

test("two changes at once are both kept", async () => {
  const id = await newProfile();
  const both = await Promise.all(["One", "Two"].map((city) => enter(id, { ...NOTHING, city })));
  expect(both.map(({ status }) => status)).toEqual([200, 200]);
  expect(await changes(id)).toHaveLength(2);
});

test("an unchanged profile is not written", async () => {
  const id = await newProfile();
  const { updateTime } = await database().doc(`franchisees/${id}`).get();
  await saveStripeProfiles([{ id, profile: STRIPES }]);
  expect((await database().doc(`franchisees/${id}`).get()).updateTime).toEqual(updateTime);
});

test("the list of franchisees has the profile, and nulls for one without", async () => {
  const [named, nameless] = [await newProfile(), newFranchisee()];
  await database().doc(`franchisees/${nameless}`).set({});
  const profiles = new Map<string, unknown>();
  let cursor: string | null = "";
  while (cursor !== null) {
    const query: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const headers = { Authorization: `Bearer ${admin.token}` };
    const { text } = await send(`${HOSTING}/api/franchisees?limit=200${query}`, { headers });
    const page = franchiseesResponseSchema.parse(JSON.parse(text));
    for (const { franchiseeId, profile } of page.franchisees) profiles.set(franchiseeId, profile);
    cursor = page.nextCursor;
  }
  expect([profiles.get(named), profiles.get(nameless)]).toEqual([STRIPES, NOTHING]);
});

test("only head office enters a profile, and only of a franchisee that exists", async () => {
  const id = await newProfile();
  expect((await enter(id, ENTERED, await user({ franchisees: [id] }))).status).toBe(403);
  expect((await post(`${HOSTING}${pathOf(id)}`, ENTERED)).status).toBe(401);
  const unknown = newFranchisee();
  expect(await enter(unknown, ENTERED)).toMatchObject({
    status: 404,
    body: { error: { code: "not_found", message: `There is no franchisee ${unknown}.` } },
  });
  expect(await changes(id)).toEqual([]);
  expect(await stored(unknown)).toBeUndefined();
});

test.each<[string, object, string]>([
  ["a missing field", { businessName: "Moon", city: null }, "body.owner"],
  ["an empty text", { ...NOTHING, city: " " }, "body.city"],
  ["a text that is too long", { ...NOTHING, owner: "x".repeat(201) }, "body.owner"],
  ["a line break", { ...NOTHING, businessName: "Moon\nInc." }, "body.businessName"],
  ["a bidirectional override", { ...NOTHING, businessName: "Moon\u202e" }, "body.businessName"],
  ["ill-formed Unicode", { ...NOTHING, businessName: "Moon\ud800" }, "body.businessName"],
  ["a number", { ...NOTHING, city: 5 }, "body.city"],
  ["an unknown field", { ...NOTHING, by: "somebody else" }, "body"],
])("%s is refused", async (_what, body, path) => {
  const id = await newProfile();
  const { status, body: response } = await enter(id, body);
  expect([status, response]).toMatchObject([400, { error: { details: [{ path }] } }]);
  expect(await stored(id)).toMatchObject({ profile: STRIPES });
});
