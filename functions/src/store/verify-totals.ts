/** Compares stored totals with what the transactions add up to. */
import type { DocumentSnapshot, Query, Timestamp } from "firebase-admin/firestore";
import { addCounters, contribution, driftOf, type Counters, countersOf, type Reporting } from "../domain/revenue.ts";
import { type Entry, isCurrent } from "./transaction-converter.ts";
import { readAt, currentReadTime, transactionsAt } from "./snapshot-reads.ts";
import { emptyGroups, labelsOf, numbersIn } from "./totals.ts";
import { workshopPages } from "./workshops.ts";
import { franchiseeRef, revenueRef, transactionsRef } from "./refs.ts";

/** A franchisee's totals, computed and stored, at one point in time. */
export interface Audit {
  /** All transaction documents, countable or not. */
  transactions: number;
  /** Those of the legacy service. */
  legacy: number;
  /** Why documents cannot be counted, one message each. */
  uncounted: string[];
  counters: Counters;
  stored: Counters;
  /** What must be added to the stored numbers; empty if they are right. */
  drift: Counters;
}

/** Progress, in documents. */
export type OnProgress = (done: number, all: number) => void | Promise<void>;

/**
 * Adds up a franchisee's transactions page by page, and compares. All reads are at one point in time, so that
 * concurrent writes are no drift. Costs a read per transaction, month and workshop; memory grows with months and
 * workshops only.
 */
export async function audit(franchiseeId: string, reporting: Reporting, onProgress?: OnProgress): Promise<Audit> {
  const { labels: _labels, empty: _empty, at: _at, ...found } = await auditPages(franchiseeId, reporting, onProgress);
  return found;
}

/** An audit, with what a rebuild needs. */
export interface DetailedAudit extends Audit {
  at: Timestamp;
  /** The labels of workshops, named like counters. */
  labels: Map<string, string | null>;
  /** The documents of workshops that are empty, or empty in a currency, as prefixes of counter names. */
  empty: string[];
}

export async function auditPages(
  franchiseeId: string,
  reporting: Reporting,
  onProgress?: OnProgress,
  onPage: (page: readonly Entry[]) => Promise<void> = () => Promise.resolve(),
): Promise<DetailedAudit> {
  const at = await currentReadTime();
  const all = (await readAt(at, (transaction) => transaction.get(transactionsRef(franchiseeId).count()))).data().count;
  const counters = new Map<string, number>();
  const labels = new Map<string, string | null>();
  const uncounted: string[] = [];
  let [done, legacy] = [0, 0];
  for await (const page of transactionsAt(at, franchiseeId, "asc")) {
    for (const entry of page) {
      if ("unreadable" in entry) uncounted.push(entry.unreadable);
      else {
        addCounters(counters, countersOf(entry.transaction, reporting));
        const counts = Object.keys(contribution(entry.transaction, reporting)).length > 0;
        for (const [label, text] of counts ? labelsOf(entry.transaction) : []) labels.set(label, text);
      }
      if (!isCurrent(entry.snapshot.data())) legacy += 1;
    }
    await onPage(page);
    done += page.length;
    await onProgress?.(done, all);
  }
  if (done < all) uncounted.push(`${all - done} documents have no createdAt: they are in no list and in no total`);
  const { stored, empty } = await storedCounters(at, franchiseeId);
  return {
    at,
    transactions: all,
    legacy,
    uncounted,
    counters,
    stored,
    drift: driftOf(counters, stored),
    labels,
    empty,
  };
}

/**
 * The fields of the totals' documents that hold counters. Earlier versions stored workshops in the months' documents.
 */
const COUNTER_FIELDS = ["totals", "unrelated", "reconciliation", "exceptions", "days", "workshops"] as const;

interface StoredCounters {
  stored: Counters;
  empty: string[];
}

async function storedCounters(at: Timestamp, franchiseeId: string): Promise<StoredCounters> {
  const stored = new Map<string, number>();
  const empty: string[] = [];
  const snapshots = await readAt(at, async (transaction) => {
    const lifetime = await transaction.get(franchiseeRef(franchiseeId));
    const months = await transaction.get(revenueRef(franchiseeId));
    return [lifetime, ...months.docs];
  });
  for (const snapshot of snapshots) addCounters(stored, countersIn(documentIn(snapshot), snapshot));
  const read = (page: Query) => readAt(at, (transaction) => transaction.get(page));
  for await (const page of workshopPages(franchiseeId, read)) {
    for (const snapshot of page) {
      const document = workshopIn(snapshot);
      const counters = countersIn(document, snapshot);
      addCounters(stored, counters);
      if (counters.size === 0 || emptyGroups(counters).size > 0) empty.push(document);
    }
  }
  return { stored, empty };
}

/** The counters in a document of totals. */
function countersIn(document: string, snapshot: DocumentSnapshot): Counters {
  return new Map(COUNTER_FIELDS.flatMap((field) => numbersIn(`${document}/${field}`, snapshot.get(field))));
}

/** The prefix of the counter names of a document. */
function documentIn({ ref }: DocumentSnapshot): string {
  return ref.parent.id === "franchisees" ? "lifetime" : ref.id;
}

/** The same for a workshop's document. */
function workshopIn({ ref }: DocumentSnapshot): string {
  return `${ref.parent.parent?.id}/workshops/${ref.id}`;
}
