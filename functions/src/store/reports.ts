/** What people read of a franchisee's figures (`domain/revenue`), whose documents `store/totals` writes. */
import { type DocumentSnapshot, FieldPath, type Query } from "firebase-admin/firestore";
import { z } from "zod";
import type { ExceptionState } from "../domain/exception.ts";
import type { Reconciliation } from "../domain/reconciliation.ts";
import type { Revenue } from "../domain/revenue.ts";
import type { Totals } from "../domain/totals.ts";
import { decodeCursor, encodeCursor, positionOf } from "./cursor.ts";
import { firestore, operation } from "./firestore.ts";
import { storedDateSchema as date } from "./timestamp.ts";
import { revenue } from "./totals.ts";

/** A number that no commit has written yet is 0. */
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
} satisfies Record<keyof Totals, typeof number>);

const revenueSchema: z.ZodType<Revenue> = z.record(z.string(), totalsSchema);

const monthSchema = z.object({
  totals: revenueSchema.default({}),
  unrelated: revenueSchema.default({}),
  days: z.record(z.string(), revenueSchema).default({}),
  workshops: z
    .record(
      z.string(),
      z.object({
        workshopId: z.string().nullable().default(null),
        workshopName: z.string().nullable().default(null),
        totals: revenueSchema.default({}),
      }),
    )
    .default({}),
});

/** What the payments of one month come to, as it is stored. */
export type StoredMonth = z.infer<typeof monthSchema>;

/**
 * These months of a franchisee, all of one moment. Costs a read each. Throws where a document makes no sense: a sum without it
 * would be wrong.
 */
export async function monthsOf(franchiseeId: string, months: readonly string[]): Promise<StoredMonth[]> {
  const references = months.map((month) => revenue(franchiseeId).doc(month));
  const snapshots = await operation(() =>
    firestore().runTransaction((transaction) => transaction.getAll(...references), { readOnly: true }),
  );
  return snapshots.map((snapshot) => {
    const parsed = monthSchema.safeParse(snapshot.data() ?? {});
    if (!parsed.success) throw new Error(unreadable(snapshot, parsed.error));
    return parsed.data;
  });
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
});

/** What a franchisee's own document says. */
export type FranchiseeSummary = z.infer<typeof franchiseeSchema> & { franchiseeId: string };

/**
 * - `id`: all of them, by id
 * - `exceptions`: those with the most open exceptions first
 * - `gross`, `net`: those with the most of it first; only those that have had money in this currency
 */
export type FranchiseeOrder =
  { by: "id" } | { by: "exceptions" } | { by: (typeof MONEY_ORDERS)[number]; currency: string };

export const MONEY_ORDERS = ["gross", "net"] as const;

export interface FranchiseePage {
  franchisees: FranchiseeSummary[];
  /** Leads to the next page; null on the last one. */
  nextCursor: string | null;
  /** What is wrong with the documents of this page that cannot be read; they are not among the franchisees. */
  unreadable: string[];
}

/**
 * One page of the franchisees that have a document; those that are alike in what sorts them by id, descending. Every page costs
 * its own documents and one more.
 * Throws AppError `invalid_request` for a cursor of another list, `unavailable` when Firestore cannot serve it.
 */
export async function listFranchisees(
  order: FranchiseeOrder,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<FranchiseePage> {
  const scope = JSON.stringify(["franchisees", order]);
  const field = fieldOf(order);
  // Descending ids beside a descending field are what Firestore has an index for by itself, whatever the currency.
  const all = firestore().collection("franchisees");
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
    else page.unreadable.push(unreadable(snapshot, parsed.error));
  }
  return page;
}

/** What sorts the list before the id does. */
function fieldOf(order: FranchiseeOrder): FieldPath | null {
  if (order.by === "id") return null;
  if (order.by === "exceptions") return new FieldPath("exceptions", "open");
  return new FieldPath("totals", order.currency, order.by);
}

function unreadable({ ref }: DocumentSnapshot, error: z.ZodError): string {
  const fields = [...new Set(error.issues.map(({ path }) => path.join(".")))].join(", ");
  return `The document ${ref.path} cannot be read: ${fields}`;
}
