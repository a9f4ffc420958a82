/** Reads the totals that `store/totals` writes. */
import {
  type DocumentSnapshot,
  FieldPath,
  type Query,
  type Transaction as FirestoreTransaction,
} from "firebase-admin/firestore";
import { z } from "zod";
import { compareTexts } from "../domain/canonical-json.ts";
import type { ExceptionState } from "../domain/reconciliation-exception.ts";
import type { Reconciliation } from "../domain/reconciliation.ts";
import { type Revenue, sumOf } from "../domain/revenue.ts";
import type { Totals } from "../domain/totals.ts";
import { balanceSchema } from "./balance-documents.ts";
import { decodeCursor, encodeCursor, positionOf } from "./cursor.ts";
import { firestore } from "./connection.ts";
import { operation, storedDateSchema as date, unreadable } from "./firestore.ts";
import { embeddedWorkshops } from "./legacy/month-workshops.ts";
import { profileSchema } from "./profiles.ts";
import { franchiseesRef, revenueRef, workshopsRef } from "./refs.ts";
import { labelSchema } from "./workshops.ts";

/** A counter that no commit has written yet is 0. */
const number = z.number().default(0);

const totalsSchema = z.object({
  count: number,
  gross: number,
  stripeFees: number,
  platformFees: number,
  net: number,
  refunded: number,
  disputed: number,
  netAdjustment: number,
  refundsDeducted: number,
  disputesDeducted: number,
  disputeFees: number,
  feesReturned: number,
} satisfies Record<keyof Totals, typeof number>);

const revenueSchema: z.ZodType<Revenue> = z.record(z.string(), totalsSchema);

/** The totals and days of a month's document, without its workshops. */
export const storedMonthSchema = z.object({
  totals: revenueSchema.default({}),
  unrelated: revenueSchema.default({}),
  days: z.record(z.string(), revenueSchema).default({}),
});

const workshopSchema = z.object({ ...labelSchema.shape, totals: revenueSchema.default({}) });

type StoredWorkshop = z.infer<typeof workshopSchema>;

export interface WorkshopPage {
  workshops: StoredWorkshop[];
  /** Leads to the next page; null on the last one. */
  nextCursor: string | null;
}

export type StoredMonth = z.infer<typeof storedMonthSchema> & WorkshopPage;

/**
 * The totals of several months at one point in time, with up to `maxWorkshops` workshops in all: the unused part of a
 * month's equal share goes to the others. Costs a read per month and workshop. Throws for an unreadable document,
 * without which a sum would be wrong.
 */
export async function monthsOf(
  franchiseeId: string,
  months: readonly string[],
  maxWorkshops: number,
): Promise<StoredMonth[]> {
  const references = months.map((month) => revenueRef(franchiseeId).doc(month));
  const share = Math.floor(maxWorkshops / months.length);
  const read = async (transaction: FirestoreTransaction): Promise<StoredMonth[]> => {
    const snapshots = await transaction.getAll(...references);
    const pages = await Promise.all(
      snapshots.map(async (month) => ({ month, page: await workshopsIn(transaction, month, "", share) })),
    );
    const left = maxWorkshops - pages.reduce((sum, { page }) => sum + page.workshops.length, 0);
    const extra = Math.floor(left / pages.filter(({ page }) => page.nextCursor !== null).length);
    return Promise.all(
      pages.map(async ({ month, page }) => {
        const { totals, unrelated, days } = parse(storedMonthSchema, month, month.data() ?? {});
        const isPart = page.nextCursor !== null;
        const { workshops, nextCursor } = isPart ? await workshopsIn(transaction, month, "", share + extra) : page;
        return { totals, unrelated, days, workshops, nextCursor };
      }),
    );
  };
  return operation(() => firestore().runTransaction(read, { readOnly: true }));
}

/** A page of one month's workshops. Costs a read each. Throws like `monthsOf`. */
export async function workshopsOf(
  franchiseeId: string,
  month: string,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<WorkshopPage> {
  const reference = revenueRef(franchiseeId).doc(month);
  const after = cursor === undefined ? "" : decodeCursor(cursor, reference.path).id;
  const read = async (transaction: FirestoreTransaction): Promise<WorkshopPage> =>
    workshopsIn(transaction, await transaction.get(reference), after, limit);
  return operation(() => firestore().runTransaction(read, { readOnly: true }));
}

/** The workshops whose keys follow `after`, including those in the month's own document. */
async function workshopsIn(
  transaction: FirestoreTransaction,
  month: DocumentSnapshot,
  after: string,
  limit: number,
): Promise<WorkshopPage> {
  if (!month.exists) return { workshops: [], nextCursor: null };
  let query = workshopsRef(month.ref).orderBy(FieldPath.documentId());
  if (after !== "") query = query.startAfter(after);
  const { docs } = await transaction.get(query.limit(limit + 1));
  const own = docs.map((snapshot) => [snapshot.id, parse(workshopSchema, snapshot, snapshot.data())] as const);
  const embedded = Object.entries(embeddedWorkshops(month))
    .filter(([key]) => key > after)
    .map(([key, workshop]) => [key, parse(workshopSchema, month, workshop)] as const);
  const byKey = [...Map.groupBy([...own, ...embedded], ([key]) => key)].toSorted(([a], [b]) => compareTexts(a, b));
  const shown = byKey.slice(0, limit);
  const last = byKey.length > limit ? shown.at(-1)?.[0] : undefined;
  return {
    workshops: shown.map(([, parts]) => merged(parts.map(([, part]) => part))),
    nextCursor: last === undefined ? null : encodeCursor({ key: null, id: last }, month.ref.path),
  };
}

function merged(parts: readonly StoredWorkshop[]): StoredWorkshop {
  const [newest, embedded] = parts;
  return {
    workshopId: newest?.workshopId ?? embedded?.workshopId ?? null,
    workshopName: newest?.workshopName ?? embedded?.workshopName ?? null,
    organizationType: newest?.organizationType ?? null,
    totals: sumOf(parts.map(({ totals }) => totals)),
  };
}

/** Throws for an unreadable document. */
export function parse<T>(schema: z.ZodType<T>, snapshot: DocumentSnapshot, fields: unknown): T {
  const result = schema.safeParse(fields);
  if (!result.success) throw new Error(unreadable(snapshot.ref, result.error));
  return result.data;
}

const freshnessSchema = z.object({
  completeUntil: date.optional(),
  lastRunAt: date,
  error: z.object({ at: date, message: z.string() }).nullable(),
});

const reconciliationCounts = {
  expected: number,
  matched: number,
  mismatched: number,
  missing_in_portal: number,
  missing_in_stripe: number,
  unrelated: number,
} satisfies Record<Reconciliation["status"], typeof number>;

const exceptionCounts = { open: number, resolved: number } satisfies Record<ExceptionState, typeof number>;

const franchiseeSchema = z.object({
  totals: revenueSchema.default({}),
  unrelated: revenueSchema.default({}),
  reconciliation: z.object(reconciliationCounts).prefault({}),
  exceptions: z.object(exceptionCounts).prefault({}),
  sync: z.object({ platform: freshnessSchema.optional(), account: freshnessSchema.optional() }).default({}),
  balance: balanceSchema.nullable().default(null),
  profile: profileSchema.prefault({}),
});

export type FranchiseeSummary = z.infer<typeof franchiseeSchema> & { franchiseeId: string };

/**
 * - `id`: all, by id
 * - `exceptions`: most open exceptions first
 * - `gross`, `net`: highest first; only franchisees with money in this currency
 */
export type FranchiseeOrder =
  { by: "id" } | { by: "exceptions" } | { by: (typeof MONEY_ORDERS)[number]; currency: string };

export const MONEY_ORDERS = ["gross", "net"] as const;

export interface FranchiseePage {
  franchisees: FranchiseeSummary[];
  /** Leads to the next page; null on the last one. */
  nextCursor: string | null;
  /** Why documents of this page cannot be read; the page omits them. */
  unreadable: string[];
}

/**
 * A page of the franchisees that have a document; ties by id, descending. Costs a read per document, and one more.
 * Throws AppError `invalid_request` for a cursor of another list, `unavailable`.
 */
export async function listFranchisees(
  order: FranchiseeOrder,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<FranchiseePage> {
  const scope = JSON.stringify(["franchisees", order]);
  const field = sortField(order);
  // Firestore's automatic indexes cover descending ids with a descending field, in any currency.
  const all = franchiseesRef();
  let query: Query = field
    ? all.orderBy(field, "desc").orderBy(FieldPath.documentId(), "desc")
    : all.orderBy(FieldPath.documentId());
  if (cursor !== undefined) {
    const { key, id } = decodeCursor(cursor, scope);
    query = field ? query.startAfter(key, id) : query.startAfter(id);
  }

  const { docs } = await operation(() => query.limit(limit + 1).get());
  const shown = docs.slice(0, limit);
  const last = docs.length > limit ? shown.at(-1) : undefined;
  const page: FranchiseePage = {
    franchisees: [],
    nextCursor: last === undefined ? null : encodeCursor(positionOf(last, field), scope),
    unreadable: [],
  };
  for (const snapshot of shown) {
    const parsed = franchiseeSchema.safeParse(snapshot.data());
    if (parsed.success) page.franchisees.push({ franchiseeId: snapshot.id, ...parsed.data });
    else page.unreadable.push(unreadable(snapshot.ref, parsed.error));
  }
  return page;
}

/** The field to sort by before the id. */
function sortField(order: FranchiseeOrder): FieldPath | null {
  if (order.by === "id") return null;
  if (order.by === "exceptions") return new FieldPath("exceptions", "open");
  return new FieldPath("totals", order.currency, order.by);
}
