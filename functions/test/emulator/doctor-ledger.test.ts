import { database, isolateDatabase } from "../support/database.ts";
import { ago, DoctorFixture, franchiseeId } from "../support/doctor-fixture.ts";
import { fakeStripes } from "../support/stripe.ts";

isolateDatabase();

const startStripe = fakeStripes();
let doctor: DoctorFixture;
beforeAll(async () => {
  doctor = await DoctorFixture.start(await startStripe());
});
beforeEach(() => doctor.reset());
afterAll(() => doctor.close());

const matching = (sentence: RegExp): unknown => expect.stringMatching(sentence);

test.each<{ fault: string; change: object; side?: "platform" | "connect"; named: RegExp[] }>([
  {
    fault: "none for connected accounts",
    change: { url: "https://elsewhere.example/api/stripe/webhook" },
    side: "connect",
    named: [/^webhook endpoints: No endpoint at https:\/\/portal-1\.web\.app.* receives events of connected/],
  },
  {
    fault: "a disabled one",
    change: { status: "disabled" },
    named: [/^webhook endpoints: .* is disabled\.$/],
  },
  {
    fault: "one with a missing and an unneeded event type",
    change: { enabled_events: ["charge.succeeded", "customer.created"] },
    named: [
      /does not listen to payment_intent\.succeeded, .* and \d+ more\.$/,
      /listens to customer\.created, which this project/,
    ],
  },
  {
    fault: "one with all event types",
    change: { enabled_events: ["*"] },
    named: [/^webhook .* listens to \*, which this project/],
  },
  {
    fault: "one with another API version",
    change: { api_version: null },
    named: [/sends events of the account's default API version/],
  },
  {
    fault: "two for the same accounts",
    change: { id: "we_another" },
    named: [/^webhook endpoints: Several endpoints receive events of the platform's own account \(we_\w+, we_\w+\)\.$/],
  },
])("finds only $fault among the webhook endpoints", async ({ change, side = "platform", named }) => {
  const endpoints = doctor.fake.books.platform.webhook_endpoint;
  const endpoint = endpoints.newestFirst().find(({ application }) => (application === null) === (side === "platform"));
  if (!endpoint) throw new Error("There is no endpoint.");
  const changed = endpoints.add({ ...endpoint, ...change });
  try {
    expect(await doctor.problems()).toEqual(named.map(matching));
  } finally {
    endpoints.delete(changed.id);
    endpoints.add(endpoint);
  }
});

const left = { franchiseeId: "acct_1", stripePaymentId: "pi_1" };
const event = (status: string, receivedAt: Date, reason: string | null = null) => ({
  type: "charge.succeeded",
  account: null,
  livemode: false,
  createdAt: receivedAt,
  subject: { kind: "nothing", reason: "no" },
  status,
  reason,
  receivedAt,
  finishedAt: null,
  effects: [],
  payments: 0,
  expiresAt: new Date(),
});

test.each<{ fault: string; path: string; fields: object; named: RegExp }>([
  {
    fault: "a sync that is behind",
    path: "syncState/platform",
    fields: { watermark: ago(10) },
    named: /^sync: The sync of platform is behind: nothing since .* has been read from Stripe\.$/,
  },
  {
    fault: "a sync that fails",
    path: `franchisees/${franchiseeId}`,
    fields: { sync: { account: { error: { at: new Date(), message: "Stripe cannot be reached." } } } },
    named: new RegExp(`^sync: The last sync of ${franchiseeId} failed: Stripe cannot be reached\\.$`),
  },
  {
    fault: "a first sync that has not finished",
    path: `syncState/${franchiseeId}`,
    fields: { watermark: null },
    named: new RegExp(`^sync: The first sync of ${franchiseeId} is not finished\\.$`),
  },
  {
    fault: "a lease that has been held too long",
    path: "syncState/platform",
    fields: { lease: { owner: "task-1", until: ago(-24) } },
    named: /^sync: The lease of platform is held by task-1 until /,
  },
  {
    fault: "a payment that could not be imported",
    path: "syncState/platform",
    fields: { failed: [{ stripePaymentId: "pi_1", franchiseeId: null, reason: "pi_1 is inconsistent" }] },
    named: /^sync: Payments of platform could not be imported: pi_1 is inconsistent\.$/,
  },
  {
    fault: "an event in quarantine",
    path: "stripeEvents/evt_1",
    fields: event("quarantined", ago(1), "Stripe does not know pi_1."),
    named:
      /^events: Events of the last 7 days are quarantined: evt_1 \(charge\.succeeded: Stripe does not know pi_1\.\)/,
  },
  {
    fault: "an event that was interrupted",
    path: "stripeEvents/evt_1",
    fields: event("processing", ago(10)),
    named: /^events: Events have been in progress for hours: evt_1 \(charge\.succeeded\)\.$/,
  },
  {
    fault: "a balance that the movements do not explain",
    path: `franchisees/${franchiseeId}`,
    fields: {
      balance: {
        checkedAt: ago(0),
        currencies: { cad: { available: 900, pending: 100, recorded: 995, difference: -5 } },
        isExplained: false,
        unexplainedSince: ago(10),
      },
    },
    named: new RegExp(
      `^balances: The recorded movements do not add up to Stripe's balance \\(in minor units\\): ${franchiseeId} -5 cad\\.$`,
    ),
  },
  {
    fault: "an erasure that was interrupted",
    path: "erasures/e1",
    fields: { startedAt: ago(2), finishedAt: null, by: "Grace", reason: "as asked", payments: [] },
    named: /^erasures: The erasure e1 of \S+Z is not finished\.$/,
  },
  {
    fault: "an erasure with a failed payment",
    path: "erasures/e1",
    fields: { startedAt: ago(0), finishedAt: ago(0), by: "Grace", reason: "as asked", payments: [], failed: [left] },
    named: /^erasures: The erasure e1 of \S+Z is not finished: these payments cannot be read: acct_1 pi_1\.$/,
  },
  {
    fault: "a resolution that shows an address to franchisees",
    path: `franchisees/${franchiseeId}/transactions/pi_resolved`,
    fields: { resolution: { by: "Ada <ada@example.org>" } },
    named: new RegExp(
      `^exceptions: Franchisees can read the email address .*: franchisees/${franchiseeId}/transactions/pi_resolved\\.$`,
    ),
  },
])("finds only $fault in the ledger", async ({ path, fields, named }) => {
  const reference = database().doc(path);
  const before = (await reference.get()).data();
  await reference.set(fields, { merge: true });
  try {
    expect(await doctor.problems()).toEqual([expect.stringMatching(named)]);
  } finally {
    await (before ? reference.set(before) : reference.delete());
  }
});

test.each([
  { whose: "of the other mode", fields: { livemode: true } },
  { whose: "of an unknown account", fields: { account: "acct_nobody" } },
])("an event in quarantine $whose is a note, not a problem", async ({ fields }) => {
  const reference = database().doc("stripeEvents/evt_foreign");
  await reference.set({ ...event("quarantined", ago(1), "It is not ours."), ...fields });
  try {
    const { problems, notes } = await doctor.report();
    expect(problems).toEqual([]);
    const note =
      /^events: Events of the other mode .* stay quarantined: evt_foreign \(charge\.succeeded: It is not ours\.\)\.$/;
    expect(notes).toContainEqual(matching(note));
  } finally {
    await reference.delete();
  }
});

test("a new franchisee waits for the first sync, and is a problem if it does not come", async () => {
  const reference = database().doc("franchisees/acct_new");
  await reference.set({ exceptions: { open: 0 } });
  try {
    const { problems, notes } = await doctor.report();
    expect(problems).toEqual([]);
    expect(notes).toContain("sync: The next sync is the first of acct_new: they are new.");
    const later = await doctor.report((project) => ({ ...project, now: ago(-10) }));
    expect(later.problems).toContain("sync: Never synced: acct_new.");
    expect(later.remedies.join()).toContain("npx firebase functions:log --only syncStripe --project portal-1");
  } finally {
    await reference.delete();
  }
});

test("finds a franchisee without closes, one night after the first sync", async () => {
  const closes = database().collection(`franchisees/${franchiseeId}/closes`);
  const { docs } = await closes.get();
  await Promise.all(docs.map((close) => close.ref.delete()));
  const synced = { completeUntil: new Date(), lastRunAt: new Date(), error: null };
  await database()
    .doc(`franchisees/${franchiseeId}`)
    .update({ sync: { platform: synced, account: synced } });
  try {
    const { problems, notes } = await doctor.report();
    expect(problems).toEqual([]);
    expect(notes).toContain(`closes: Not closed yet: ${franchiseeId}.`);
    const later = await doctor.problems((project) => ({ ...project, now: ago(-72) }));
    const problem = /^closes: No day has ever been closed, but closes are due: acct_\w+ \(from .*\)\.$/;
    expect(later).toContainEqual(matching(problem));
  } finally {
    await Promise.all(docs.map((close) => close.ref.set(close.data())));
  }
});

test("finds days that are not closed, and an unreadable close", async () => {
  const { docs } = await database().collection(`franchisees/${franchiseeId}/closes`).orderBy("day", "desc").get();
  const [last] = docs;
  const before = last?.data();
  if (!last || !before) throw new Error("There is no close.");
  await last.ref.update({ note: "by hand" });
  expect(await doctor.problems()).toEqual([expect.stringMatching(/^closes: The document .* cannot be read/)]);
  await last.ref.delete();
  const problem = /^closes: Days up to .* are not closed: acct_\w+ \(up to .*\)\.$/;
  expect(await doctor.problems((project) => ({ ...project, now: ago(-24) }))).toContainEqual(
    expect.stringMatching(problem),
  );
  await last.ref.set(before);
});

test("names the command that hides addresses and the number of them, but no name", async () => {
  const by = (index: number) => (index === 0 ? "Ada" : `ada${index}@example.org`);
  const documents = Array.from({ length: 8 }, (_none, index) =>
    database().doc(`franchisees/${franchiseeId}/transactions/pi_resolved_${index}`),
  );
  await Promise.all(documents.map((document, index) => document.set({ resolution: { by: by(index) } })));
  try {
    const { problems, remedies } = await doctor.report();
    expect(problems).toEqual([matching(/^exceptions: .*pi_resolved_1, .*pi_resolved_5 and 2 more\.$/)]);
    expect(remedies).toEqual([
      'npm run ops -- exceptions hide-addresses --project portal-1 replaces it with "head office".',
    ]);
  } finally {
    await Promise.all(documents.map((document) => document.delete()));
  }
});
