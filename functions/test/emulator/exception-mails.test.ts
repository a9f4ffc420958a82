import { z } from "zod";
import { mailExceptions as scheduled } from "../../src/index.ts";
import { mailExceptions } from "../../src/jobs/mail/exception-mails.ts";
import { log } from "../../src/log.ts";
import { apply } from "../../src/store/apply.ts";
import { get, HOSTING, newFranchisee, newPayment, send } from "../support/api.ts";
import { database } from "../support/database.ts";
import { DEFAULTS, observation } from "../support/records.ts";
import { user, type User } from "../support/users.ts";

const URL = `${HOSTING}/api/email-settings`;

/** 06:50 in Vancouver, in a year of this file's own: other tests' exceptions are not new. */
const EARLY = new Date("2031-03-03T14:50:00Z");
const later = (minutes: number): Date => new Date(EARLY.getTime() + minutes * 60_000);

const messageSchema = z.strictObject({ subject: z.string(), text: z.string() });

const progress = () => database().doc("emailProgress/exceptions");

/** A payment whose parts exceed its total by so many cents. */
async function openException(cents: number, now: Date): Promise<void> {
  const stripePaymentId = newPayment();
  const record = observation({ stripePaymentId, amount_total: 1000, amount_franchisee_net: 900 + cents });
  await apply(newFranchisee(), record, { now, defaults: DEFAULTS });
}

async function change({ token }: User, body: object) {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const { status, text } = await send(URL, { method: "POST", headers, body: JSON.stringify(body) });
  return { status, body: JSON.parse(text) as unknown };
}

async function settingsOf({ token }: User): Promise<unknown> {
  const { status, text } = await send(URL, { headers: { Authorization: `Bearer ${token}` } });
  expect(status).toBe(200);
  return JSON.parse(text);
}

async function mailsTo({ email }: User): Promise<{ subject: string; text: string }[]> {
  const { docs } = await database().collection("mail").where("to", "array-contains", email).get();
  return docs
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map((document) => messageSchema.parse(document.get("message")));
}

beforeEach(() => {
  process.env["MAIL_COLLECTION"] = "mail";
  process.env["PORTAL_URL"] = "https://portal.example";
  jest.spyOn(log, "info").mockReturnValue();
});

afterAll(() => progress().delete());

test("head office gets a digest each morning, and at once an email about large exceptions, each once", async () => {
  const [everything, onlyLarge, stopped] = [
    await user({ admin: true }),
    await user({ admin: true }),
    await user({ admin: true }),
  ];
  const [franchisee, former] = [await user({ franchisees: [newFranchisee()] }), await user({ admin: false })];
  const all = [everything, onlyLarge, stopped, franchisee, former];
  expect(await settingsOf(everything)).toEqual({ success: true, isSending: true, daily: true, immediateFrom: null });
  expect((await change(onlyLarge, { daily: false, immediateFrom: 5 })).status).toBe(200);
  expect((await change(stopped, { daily: false, immediateFrom: null })).status).toBe(200);
  expect(await settingsOf(onlyLarge)).toMatchObject({ daily: false, immediateFrom: 5 });

  await progress().delete();
  // The first run only remembers.
  await openException(900, later(-60));
  await mailExceptions(EARLY);
  expect(await Promise.all(all.map(mailsTo))).toEqual([[], [], [], [], []]);

  await openException(499, EARLY);
  await openException(500, EARLY);
  // A commit may still be on its way.
  await mailExceptions(later(1));
  expect(await mailsTo(onlyLarge)).toEqual([]);
  await mailExceptions(later(5));
  expect(await mailsTo(onlyLarge)).toEqual([
    {
      subject: "1 exception of 5 or more",
      text: expect.stringContaining("Differs from Stripe: 1, at stake 5.00 CAD") as unknown,
    },
  ]);
  expect((await mailsTo(onlyLarge))[0]?.text).toContain("https://portal.example/#/emails");

  // 07:00, by two runs at once and one more.
  await Promise.all([mailExceptions(later(10)), mailExceptions(later(10))]);
  await mailExceptions(later(15));
  const [digest, ...more] = await mailsTo(everything);
  expect(more).toEqual([]);
  expect(digest?.subject).toMatch(/^\d+ exceptions open$/);
  expect(digest?.text).toContain("New since yesterday: 3.");
  expect((await Promise.all(all.slice(1).map(mailsTo))).map((mails) => mails.length)).toEqual([1, 0, 0, 0]);
  for (const { text } of [...(await mailsTo(everything)), ...(await mailsTo(onlyLarge))]) {
    expect(text).not.toMatch(/acct_|pi_|Ada|@/);
  }

  await mailExceptions(later(24 * 60 + 10));
  expect(await mailsTo(everything)).toHaveLength(2);
});

test("without a collection no email is written, and an invalid one is an error", async () => {
  await progress().delete();
  process.env["MAIL_COLLECTION"] = "none";
  await scheduled.run({ scheduleTime: EARLY.toISOString() });
  expect((await progress().get()).exists).toBe(false);
  process.env["MAIL_COLLECTION"] = "a/b";
  await expect(mailExceptions(EARLY)).rejects.toThrow("MAIL_COLLECTION");
  process.env["MAIL_COLLECTION"] = "mail";
  process.env["PORTAL_URL"] = "http://portal.example";
  await expect(mailExceptions(EARLY)).rejects.toThrow("PORTAL_URL");
});

test("only head office has email settings", async () => {
  const owner = await user({ franchisees: [newFranchisee()] });
  expect((await change(owner, { daily: true, immediateFrom: null })).status).toBe(403);
  expect((await get(URL)).status).toBe(401);
  expect((await database().doc(`emailSettings/${owner.uid}`).get()).exists).toBe(false);
});

test.each<[string, object, string]>([
  ["no amount", { daily: true }, "body.immediateFrom"],
  ["an amount of 0", { daily: true, immediateFrom: 0 }, "body.immediateFrom"],
  ["a negative amount", { daily: true, immediateFrom: -1 }, "body.immediateFrom"],
  ["a text", { daily: "yes", immediateFrom: null }, "body.daily"],
  ["another person's address", { daily: true, immediateFrom: null, email: "x@example.org" }, "body"],
])("%s is refused", async (_what, body, path) => {
  const admin = await user({ admin: true });
  expect(await change(admin, body)).toMatchObject({
    status: 400,
    body: { error: { code: "invalid_request", details: [{ path }] } },
  });
  expect(await settingsOf(admin)).toMatchObject({ daily: true, immediateFrom: null });
});
