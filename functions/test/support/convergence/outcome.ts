import { type DocumentSnapshot, Timestamp } from "firebase-admin/firestore";
import { z } from "zod";
import { EVENT_TYPES } from "../../../src/domain/stripe-event.ts";
import { database, revisionsOf, transactionsOf } from "../database.ts";
import { recordDefaults } from "../../../src/config.ts";
import { expectedDocument } from "../oracle-document.ts";
import { expectBalance } from "../balances.ts";
import { dayIn, wrongTotals } from "../oracle-totals.ts";
import { snapshotInBooks, recordInForce } from "../oracle.ts";
import { workshopOf } from "../totals.ts";
import type { SimulatedPayment } from "./orchestrator.ts";
import type { Simulation } from "./simulation.ts";

const A_DAY = 24 * 3_600_000;

/** Fails unless Firestore has exactly what the oracle expects. */
export async function expectConvergence(simulation: Simulation): Promise<void> {
  const documents = await documentsOf(simulation);
  const expected = simulation.payments.filter((payment) => hasDocument(simulation, payment));
  expect([...documents.keys()].toSorted()).toEqual(
    expected.map(({ account, id }) => `franchisees/${account}/transactions/${id}`).toSorted(),
  );
  await Promise.all([
    ...expected.map(async (payment) => {
      const document = documents.get(`franchisees/${payment.account}/transactions/${payment.id}`);
      if (document) await expectDocument(simulation, payment, document);
    }),
    ...simulation.accounts.map((account) => expectTotals(account, documents)),
    ...simulation.accounts.map((account) => expectBalance(simulation.books, account)),
    expectEventsDone(simulation),
  ]);
}

async function expectTotals(account: string, documents: ReadonlyMap<string, DocumentSnapshot>): Promise<void> {
  const own = database().doc(`franchisees/${account}`);
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

/** The balance transactions and payouts by their paths. */
export async function balanceDocumentsOf({ accounts }: Simulation): Promise<Map<string, DocumentSnapshot>> {
  const references = accounts.flatMap((account) => {
    const own = database().doc(`franchisees/${account}`);
    return [own.collection("balanceTransactions"), own.collection("payouts")];
  });
  const lists = await Promise.all(references.map((reference) => reference.get()));
  return new Map(lists.flatMap(({ docs }) => docs.map((document) => [document.ref.path, document] as const)));
}

/** The transactions by their paths. */
export async function documentsOf({ accounts }: Simulation): Promise<Map<string, DocumentSnapshot>> {
  const lists = await Promise.all(accounts.map((account) => transactionsOf(account).get()));
  return new Map(lists.flatMap(({ docs }) => docs.map((document) => [document.ref.path, document] as const)));
}

/** A payment has a document once a record was posted or it has succeeded in Stripe. */
function hasDocument({ books }: Simulation, { intent, records }: SimulatedPayment): boolean {
  if (records.some(({ isPosted }) => isPosted)) return true;
  return intent?.status === "succeeded" && snapshotInBooks(books, intent) !== null;
}

async function expectDocument(
  simulation: Simulation,
  payment: SimulatedPayment,
  document: DocumentSnapshot,
): Promise<void> {
  const { id, intent, records } = payment;
  const {
    createdAt,
    day,
    updatedAt,
    revision,
    exceptionOpenedAt,
    search: _search,
    ...rest
  } = documentSchema.parse(plain(document.data()));
  const readAt = rest.stripe?.asOf ?? rest.absentAsOf;
  expect(rest.reconciliation.checkedAt).toEqual(readAt);
  expect(day).toBe(dayIn("America/Vancouver", createdAt));
  expect(createdAt).toEqual(payment.createdAt ?? new Date((intent?.created ?? 0) * 1000));
  expect(updatedAt.getTime()).toBeLessThanOrEqual(simulation.now().getTime());
  expect(exceptionOpenedAt !== null).toBe(rest["exception"] === "open");
  expect(exceptionOpenedAt?.getTime() ?? 0).toBeLessThanOrEqual(updatedAt.getTime());

  const isOld = simulation.now().getTime() - createdAt.getTime() >= A_DAY;
  const inBooks = intent && snapshotInBooks(simulation.books, intent);
  // Only events report the payout of a payment.
  if (inBooks && !simulation.hasWebhooks) inBooks.payout = null;
  // A payment that has not succeeded may be unknown to the sync until its record is a day old and it fetches the
  // payment.
  const mayBeUnknown = intent?.status !== "succeeded" && !isOld;
  const golden = recordInForce(records.filter(({ isPosted }) => isPosted));
  const expected = expectedDocument({
    id,
    golden: golden && { record: golden.record, sentAt: golden.sentAt },
    snapshot: mayBeUnknown && rest.stripe === null ? null : inBooks,
    isAbsent: intent === null && isOld,
    isStripeLater: simulation.isLongAgo,
  });
  expect(comparable(rest)).toEqual(expected);

  const revisions = await revisionsOf(payment.account, id);
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
  exceptionOpenedAt: z.date().nullable(),
  absentAsOf: z.date().nullable(),
  stripe: z.looseObject({ asOf: z.date() }).nullable(),
  reconciliation: z.looseObject({
    checkedAt: z.date().nullable(),
    differences: z.array(z.looseObject({ field: z.string() })),
  }),
});

type Compared = Pick<z.infer<typeof documentSchema>, "stripe" | "absentAsOf" | "reconciliation">;

/** Without the times of results; differences are sorted by field. */
function comparable({ stripe, absentAsOf, reconciliation, ...rest }: Compared): Record<string, unknown> {
  const { asOf: _asOf, ...snapshot } = stripe ?? { asOf: null };
  const { checkedAt: _checkedAt, differences, ...compared } = reconciliation;
  const byField = differences.toSorted((a, b) => (a.field < b.field ? -1 : 1));
  return {
    ...rest,
    stripe: stripe && snapshot,
    absentAsOf: absentAsOf && "known",
    reconciliation: { ...compared, differences: byField },
  };
}

/** Every event is processed: from a webhook, or found undelivered by the sync. */
async function expectEventsDone({ events }: Simulation): Promise<void> {
  const ours = events.filter((event) => EVENT_TYPES.some((type) => type === event.type));
  if (ours.length === 0) return;
  const stored = await database().getAll(...ours.map(({ id }) => database().doc(`stripeEvents/${id}`)));
  const statuses = stored.map((one): unknown => one.get("status"));
  const types = ours.map(({ type }) => type);
  expect([types, statuses]).toEqual([types, types.map(() => "done")]);
}

/** Replaces Firestore's timestamps by dates. */
function plain(value: unknown): unknown {
  if (value instanceof Timestamp) return value.toDate();
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Array.from<unknown, unknown>(value, plain);
  return Object.fromEntries(Object.entries<unknown>({ ...value }).map(([key, part]) => [key, plain(part)]));
}
