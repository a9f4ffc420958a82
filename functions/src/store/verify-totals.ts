/** Compares stored totals with the sums of the transactions. */
import type { DocumentSnapshot, Query } from "firebase-admin/firestore";
import { addCounters, contribution, driftOf, type Counters, countersOf, type Reporting } from "../domain/revenue.ts";
import { type Entry, isCurrent } from "./transaction-converter.ts";
import { type ReadTime, readAt, currentReadTime, transactionsAt } from "./snapshot-reads.ts";
import { emptyGroups, labelsOf, numbersIn } from "./totals.ts";
import { workshopPages } from "./workshops.ts";
import { franchiseeRef, revenueRef, transactionsRef } from "./refs.ts";

/** A franchisee's totals, computed and stored, at one point in time. */
export interface Audit {
  at: ReadTime;
  /** The number of transaction documents, including unreadable ones. */
  transactions: number;
  /** Those of the legacy service. */
  legacy: number;
  /** Why documents cannot be counted, one message each. */
  uncounted: string[];
  counters: Counters;
  stored: Counters;
  /** What must be added to the stored counters; empty if they are right. */
  drift: Counters;
  /** The labels of workshops, named like counters. */
  labels: ReadonlyMap<string, string | null>;
  /** The documents of workshops that are empty in some currency, as prefixes of counter names. */
  empty: string[];
}

/** Progress, in documents. */
export type OnProgress = (done: number, all: number) => void | Promise<void>;

/**
 * Adds up a franchisee's transactions, and compares. All reads are at one point in time, so that concurrent writes are
 * no drift. Costs a read per transaction, month and workshop; memory grows with months and workshops only.
 */
export async function audit(
  franchiseeId: string,
  reporting: Reporting,
  onProgress?: OnProgress,
  onPage?: (page: readonly Entry[]) => Promise<void>,
): Promise<Audit> {
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
    await onPage?.(page);
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

/** The fields that contain counters. Earlier versions stored workshops in the months' documents. */
const COUNTER_FIELDS = ["totals", "unrelated", "reconciliation", "exceptions", "days", "workshops"] as const;

async function storedCounters(at: ReadTime, franchiseeId: string) {
  const stored = new Map<string, number>();
  const empty: string[] = [];
  const snapshots = await readAt(at, async (transaction) => {
    const lifetime = await transaction.get(franchiseeRef(franchiseeId));
    const months = await transaction.get(revenueRef(franchiseeId));
    return [lifetime, ...months.docs];
  });
  for (const snapshot of snapshots) addCounters(stored, countersIn(snapshot));
  const read = (page: Query) => readAt(at, (transaction) => transaction.get(page));
  for await (const page of workshopPages(franchiseeId, read)) {
    for (const snapshot of page) {
      const counters = countersIn(snapshot);
      addCounters(stored, counters);
      if (counters.size === 0 || emptyGroups(counters).size > 0) empty.push(nameOf(snapshot));
    }
  }
  return { stored, empty };
}

function countersIn(snapshot: DocumentSnapshot): Counters {
  return new Map(COUNTER_FIELDS.flatMap((field) => numbersIn(`${nameOf(snapshot)}/${field}`, snapshot.get(field))));
}

/** The prefix of the counter names of a document. */
function nameOf({ ref }: DocumentSnapshot): string {
  if (ref.parent.id === "workshops") return `${ref.parent.parent?.id}/workshops/${ref.id}`;
  return ref.parent.id === "franchisees" ? "lifetime" : ref.id;
}
