/** The totals as they stand, beside what the transactions come to; and what takes the one to the other. */
import {
  type DocumentSnapshot,
  FieldValue,
  type Timestamp,
  type Transaction as FirestoreTransaction,
} from "firebase-admin/firestore";
import { monthOf } from "../domain/calendar.ts";
import { addFigures, contribution, driftOf, type Figures, figuresOf, type Reporting } from "../domain/revenue.ts";
import type { Transaction } from "../domain/transaction.ts";
import { type Entry, isCurrent, writeTransaction } from "./document.ts";
import { commit, isContended, isOutdated, operation } from "./firestore.ts";
import { readAt, thisMoment, transactionsAt } from "./moment.ts";
import {
  documentOf,
  fieldOf,
  franchisee,
  labelsOf,
  MAX_INCREMENTS,
  nested,
  revenue,
  totalsDocument,
} from "./totals.ts";
import { transactions } from "./transactions.ts";

/** What a franchisee's transactions come to, and what is said instead, at one moment. */
export interface Audit {
  /** Documents of transactions, those included that cannot be counted. */
  transactions: number;
  /** Those of the legacy service. */
  legacy: number;
  /** Why documents cannot be counted, one message each. */
  uncounted: string[];
  figures: Figures;
  stored: Figures;
  /** What has to be added to what is said; empty where it is right. */
  drift: Figures;
}

/** How far an audit has come, in documents. */
export type OnProgress = (done: number, all: number) => void;

/**
 * Adds up a franchisee's transactions page by page, and compares. Everything is read as it was at one moment, so that what
 * is written meanwhile is no drift. Costs a read a transaction and a month; memory grows with months and workshops alone.
 */
export async function audit(franchiseeId: string, reporting: Reporting, onProgress?: OnProgress): Promise<Audit> {
  const { labels: _labels, at: _at, ...told } = await auditPages(franchiseeId, reporting, onProgress);
  return told;
}

/**
 * Makes the totals right while payments go on: whatever is written meanwhile changes what is said and what is right by the
 * same, so what was missing at one moment is missing until it is added, once. Documents of the legacy service are written
 * anew in today's form. Says what it found. Throws where others do the same, again and again.
 */
export async function rebuild(franchiseeId: string, reporting: Reporting, onProgress?: OnProgress): Promise<Audit> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const found = await auditPages(franchiseeId, reporting, onProgress, adopt);
    if (found.drift.size === 0 || (await repair(franchiseeId, found))) return found;
  }
  throw new Error(`The totals of ${franchiseeId} are being rebuilt by somebody else.`);
}

const MAX_ATTEMPTS = 3;

interface DetailedAudit extends Audit {
  at: Timestamp;
  /** What workshops are called, by the figure-like name of the field. */
  labels: Map<string, string | null>;
}

async function auditPages(
  franchiseeId: string,
  reporting: Reporting,
  onProgress?: OnProgress,
  onPage: (page: readonly Entry[]) => Promise<void> = () => Promise.resolve(),
): Promise<DetailedAudit> {
  const at = await thisMoment();
  const all = (await readAt(at, (transaction) => transaction.get(transactions(franchiseeId).count()))).data().count;
  const figures = new Map<string, number>();
  const labels = new Map<string, string | null>();
  const uncounted: string[] = [];
  let [done, legacy] = [0, 0];
  for await (const page of transactionsAt(at, franchiseeId, "asc")) {
    for (const entry of page) {
      if ("unreadable" in entry) uncounted.push(entry.unreadable);
      else {
        addFigures(figures, figuresOf(entry.transaction, reporting));
        for (const [label, text] of monthLabels(entry.transaction, reporting)) labels.set(label, text);
      }
      if (!isCurrent(entry.snapshot.data())) legacy += 1;
    }
    await onPage(page);
    done += page.length;
    onProgress?.(done, all);
  }
  if (done < all) uncounted.push(`${all - done} documents have no createdAt: they are in no list and in no total`);
  const stored = await storedFigures(at, franchiseeId);
  return { at, transactions: all, legacy, uncounted, figures, stored, drift: driftOf(figures, stored), labels };
}

function monthLabels(transaction: Transaction, reporting: Reporting): [string, string | null][] {
  if (Object.keys(contribution(transaction, reporting)).length === 0) return [];
  const month = monthOf(transaction.day);
  return labelsOf(transaction).map(([field, text]) => [`${month}/${field}`, text]);
}

/** The fields of the totals' documents that hold figures. */
const FIGURE_FIELDS = ["totals", "reconciliation", "exceptions", "days", "workshops"] as const;

async function storedFigures(at: Timestamp, franchiseeId: string): Promise<Figures> {
  const snapshots = await readAt(at, async (transaction) => {
    const lifetime = await transaction.get(franchisee(franchiseeId));
    const months = await transaction.get(revenue(franchiseeId));
    return [lifetime, ...months.docs];
  });
  const figures = new Map<string, number>();
  for (const snapshot of snapshots) addFigures(figures, figuresIn(snapshot));
  return figures;
}

/** The figures that a document of totals holds. */
function figuresIn(snapshot: DocumentSnapshot): Figures {
  const figures = new Map<string, number>();
  for (const field of FIGURE_FIELDS) collectNumbers(`${documentIn(snapshot)}/${field}`, snapshot.get(field), figures);
  return figures;
}

/** As the names of figures begin. */
function documentIn({ ref }: DocumentSnapshot): string {
  return ref.parent.id === "franchisees" ? "lifetime" : ref.id;
}

function collectNumbers(name: string, value: unknown, figures: Map<string, number>): void {
  if (typeof value === "number") figures.set(name, value);
  if (typeof value !== "object" || value === null) return;
  for (const [field, part] of Object.entries<unknown>({ ...value })) collectNumbers(`${name}/${field}`, part, figures);
}

/**
 * Writes documents of the legacy service anew in today's form: what they say, and so every figure, stays. Whatever has been
 * written since that page was read is left alone: this service writes in today's form.
 */
async function adopt(page: readonly Entry[]): Promise<void> {
  const legacy = page.flatMap((entry) => ("transaction" in entry && !isCurrent(entry.snapshot.data()) ? [entry] : []));
  for (let start = 0; start < legacy.length; start += ADOPTED_AT_ONCE) {
    await Promise.all(
      legacy.slice(start, start + ADOPTED_AT_ONCE).map(async ({ snapshot: { ref, updateTime }, transaction }) => {
        const { createdAt: _createdAt, ...fields } = writeTransaction(transaction);
        try {
          await operation(() => commit((one) => one.update(ref, fields, { lastUpdateTime: updateTime })));
        } catch (error) {
          if (!isOutdated(error)) throw error;
        }
      }),
    );
  }
}

const ADOPTED_AT_ONCE = 50;

/**
 * Adds what was missing at a moment. Each commit creates the next document of `franchisees/{acct}/repairs`, so that nothing is
 * added twice; where somebody else has created it since that moment, it says no, and what is missing has to be found anew.
 */
async function repair(franchiseeId: string, { at, drift, labels }: DetailedAudit): Promise<boolean> {
  const repairs = franchisee(franchiseeId).collection("repairs");
  let { count } = (await readAt(at, (transaction) => transaction.get(repairs.count()))).data();
  const names = Map.groupBy(labels, ([label]) => documentOf(label));
  const missing = [...Map.groupBy(drift, ([figure]) => documentOf(figure))];
  const most = Math.max(...missing.map(([, figures]) => figures.length));
  for (let start = 0; start < most; start += MAX_INCREMENTS) {
    count += 1;
    const repaired = repairs.doc(String(count));
    const add = (transaction: FirestoreTransaction): void => {
      transaction.create(repaired, { at, repairedAt: FieldValue.serverTimestamp() });
      for (const [document, figures] of missing) {
        const part = figures.slice(start, start + MAX_INCREMENTS);
        const values = [
          ...part.map(([figure, number]) => [fieldOf(figure), FieldValue.increment(number)] as const),
          ...(names.get(document) ?? []).map(([label, text]) => [fieldOf(label), text] as const),
        ];
        if (part.length > 0) transaction.set(totalsDocument(franchiseeId, document), nested(values), { merge: true });
      }
    };
    try {
      await operation(() => commit(add, { maxAttempts: 1 }));
    } catch (error) {
      if (isContended(error)) return false;
      throw error;
    }
  }
  return true;
}
