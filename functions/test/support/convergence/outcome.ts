import { type DocumentSnapshot, Timestamp } from "firebase-admin/firestore";
import { z } from "zod";
import { EVENT_TYPES } from "../../../src/domain/stripe-event.ts";
import { database, revisionsOf, transactionsOf } from "../database.ts";
import { recordDefaults } from "../../../src/config.ts";
import { expectedDocument } from "../oracle-document.ts";
import { dayIn, wrongTotals } from "../oracle-totals.ts";
import { factsInBooks, recordInForce } from "../oracle.ts";
import { workshopOf } from "../totals.ts";
import type { Subject } from "./orchestrator.ts";
import type { World } from "./world.ts";

/** What has come of a history, in Firestore and by the oracle. */

const A_DAY = 24 * 3_600_000;

/** Fails unless Firestore holds what the oracle says, all of it and nothing else. */
export async function expectConvergence(world: World): Promise<void> {
  const documents = await documentsOf(world);
  const expected = world.subjects.filter((subject) => hasDocument(world, subject));
  expect([...documents.keys()].toSorted()).toEqual(
    expected.map(({ account, id }) => `franchisees/${account}/transactions/${id}`).toSorted(),
  );
  await Promise.all([
    ...expected.map(async (subject) => {
      const document = documents.get(`franchisees/${subject.account}/transactions/${subject.id}`);
      if (document) await expectDocument(world, subject, document);
    }),
    ...world.accounts.map((account) => expectTotals(account, documents)),
    expectEventsDone(world),
  ]);
}

async function expectTotals(account: string, documents: ReadonlyMap<string, DocumentSnapshot>): Promise<void> {
  const own = database.doc(`franchisees/${account}`);
  const [franchisee, months] = await Promise.all([own.get(), own.collection("revenue").get()]);
  const workshops = await Promise.all(months.docs.map(({ ref }) => ref.collection("workshops").get()));
  const theirs = [...documents.values()].filter(({ ref }) => ref.parent.parent?.id === account);
  const stored = {
    franchisee: franchisee.data(),
    months: new Map(months.docs.map((month) => [month.id, month.data()])),
    workshops: workshops.flatMap(({ docs }) => docs.map(workshopOf)),
    transactions: theirs.map((document) => document.data()),
  };
  expect([account, wrongTotals(stored, recordDefaults())]).toEqual([account, []]);
}

/** The transactions by their paths. */
export async function documentsOf({ accounts }: World): Promise<Map<string, DocumentSnapshot>> {
  const lists = await Promise.all(accounts.map((account) => transactionsOf(account).get()));
  return new Map(lists.flatMap(({ docs }) => docs.map((document) => [document.ref.path, document] as const)));
}

/** A payment has one once the orchestrator, or its success in Stripe, has told of it. */
function hasDocument({ books }: World, { intent, said }: Subject): boolean {
  if (said.some(({ isPosted }) => isPosted)) return true;
  return intent?.status === "succeeded" && factsInBooks(books, intent) !== null;
}

async function expectDocument(world: World, subject: Subject, document: DocumentSnapshot): Promise<void> {
  const { id, intent, said, createdBy } = subject;
  const {
    createdAt,
    day,
    updatedAt,
    revision,
    search: _search,
    ...rest
  } = documentSchema.parse(plain(document.data()));
  const readAt = rest.stripe?.asOf ?? rest.absentAsOf;
  expect(rest.reconciliation.checkedAt).toEqual(readAt);
  expect(day).toBe(dayIn("America/Vancouver", createdAt));
  expect(createdAt).toEqual(createdBy ?? new Date((intent?.created ?? 0) * 1000));
  expect(updatedAt.getTime()).toBeLessThanOrEqual(world.now().getTime());

  const isOld = world.now().getTime() - createdAt.getTime() >= A_DAY;
  const inBooks = intent && factsInBooks(world.books, intent);
  // What has not succeeded may have no document when Stripe tells of it; it is looked up when the record is a day old.
  const mayBeUnknown = intent?.status !== "succeeded" && !isOld;
  const golden = recordInForce(said.filter(({ isPosted }) => isPosted));
  const expected = expectedDocument({
    id,
    golden: golden && { record: golden.record, sentAt: golden.sentAt },
    facts: mayBeUnknown && rest.stripe === null ? null : inBooks,
    isAbsent: intent === null && isOld,
    isStripeLater: world.isLongAgo,
  });
  expect(comparable(rest)).toEqual(expected);

  const revisions = await revisionsOf(subject.account, id);
  expect([id, revisions.map((one) => revisionSchema.parse(one))]).toEqual([id, revisionsUpTo(revision)]);
}

const revisionSchema = z.object({ revision: z.int(), before: z.object({ revision: z.int() }) });

function revisionsUpTo(n: number): z.infer<typeof revisionSchema>[] {
  return Array.from({ length: n }, (_none, index) => ({ revision: index + 1, before: { revision: index } }));
}

const documentSchema = z.looseObject({
  createdAt: z.date(),
  day: z.string(),
  search: z.array(z.string()),
  updatedAt: z.date(),
  revision: z.int(),
  absentAsOf: z.date().nullable(),
  stripe: z.looseObject({ asOf: z.date() }).nullable(),
  reconciliation: z.looseObject({
    checkedAt: z.date().nullable(),
    differences: z.array(z.looseObject({ field: z.string() })),
  }),
});

type Compared = Pick<z.infer<typeof documentSchema>, "stripe" | "absentAsOf" | "reconciliation">;

/** Without the times of results; differences by field. */
function comparable({ stripe, absentAsOf, reconciliation, ...rest }: Compared): Record<string, unknown> {
  const { asOf: _asOf, ...facts } = stripe ?? { asOf: null };
  const { checkedAt: _checkedAt, differences, ...compared } = reconciliation;
  const byField = differences.toSorted((a, b) => (a.field < b.field ? -1 : 1));
  return {
    ...rest,
    stripe: stripe && facts,
    absentAsOf: absentAsOf && "known",
    reconciliation: { ...compared, differences: byField },
  };
}

/** Whether a webhook brought it, or the sync found that none did. */
async function expectEventsDone({ events }: World): Promise<void> {
  const ours = events.filter((event) => EVENT_TYPES.some((type) => type === event.type));
  if (ours.length === 0) return;
  const stored = await database.getAll(...ours.map(({ id }) => database.doc(`stripeEvents/${id}`)));
  const statuses = stored.map((one): unknown => one.get("status"));
  const types = ours.map(({ type }) => type);
  expect([types, statuses]).toEqual([types, types.map(() => "done")]);
}

/** Dates for Firestore's times. */
function plain(value: unknown): unknown {
  if (value instanceof Timestamp) return value.toDate();
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Array.from<unknown, unknown>(value, plain);
  return Object.fromEntries(Object.entries<unknown>({ ...value }).map(([key, part]) => [key, plain(part)]));
}
