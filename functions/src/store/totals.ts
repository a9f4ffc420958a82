/** Stores the counters of `domain/revenue`, and changes them with each commit. */
import { type DocumentReference, type DocumentSnapshot } from "firebase-admin/firestore";
import { monthOf } from "../domain/calendar.ts";
import {
  addCounters,
  changeOf,
  contribution,
  type Counters,
  countersOf,
  groupOf,
  type Reporting,
  workshopKey,
} from "../domain/revenue.ts";
import type { Transaction } from "../domain/transaction.ts";
import { firestore } from "./connection.ts";
import { ifUnchanged } from "./firestore.ts";
import { franchiseeRef, revenueRef } from "./refs.ts";
import { type FieldChange, Increment, Path, REMOVED, type Writes } from "./writes.ts";

export interface Change {
  franchiseeId: string;
  before: Transaction | null;
  after: Transaction;
}

/** The document of a counter, by its name: the franchisee's own, a month's, or a workshop's in a month. */
export function documentOf(counter: string): string {
  return /^[^/]+(?:\/workshops\/[^/]+)?/.exec(counter)?.[0] ?? "";
}

export function fieldOf(counter: string): string {
  return counter.slice(documentOf(counter).length + 1);
}

export function totalsDocument(franchiseeId: string, document: string): DocumentReference {
  return document === "lifetime" ? franchiseeRef(franchiseeId) : revenueRef(franchiseeId).doc(document);
}

/** Per document and commit: Firestore's limit. */
export const MAX_INCREMENTS = 500;

/** Per commit, far below Firestore's limit. */
export const MAX_DOCUMENTS = 200;

/** One commit's changes of one document. Fields are paths, separated by slashes. */
export interface DocumentUpdate {
  reference: DocumentReference;
  increments: Map<string, number>;
  labels: Map<string, string | null>;
}

/**
 * Adds an update to a commit. If the workshop's document was read before, the update requires that it is unchanged, and
 * removes currencies in which all numbers are 0, and the document with the last one.
 */
export function putUpdate(
  writes: Writes,
  { reference, increments, labels }: DocumentUpdate,
  read: DocumentSnapshot | undefined,
): void {
  if (!read) {
    writes.merge(reference, changesOf(increments, labels));
    return;
  }
  const stored = new Map(numbersIn("totals", read.get("totals")));
  const sums = new Map(stored);
  addCounters(sums, increments);
  const empty = emptyGroups(sums);
  if (empty.size === new Set([...sums.keys()].map(groupOf)).size) {
    if (read.exists) writes.delete(reference, ifUnchanged(read));
    return;
  }
  const kept = [...increments].filter(([field]) => !empty.has(groupOf(field)));
  const removed = empty.intersection(new Set([...stored.keys()].map(groupOf)));
  const removals = [...removed].map((group): FieldChange => [pathOf(group), REMOVED]);
  const precondition = read.exists ? ifUnchanged(read) : { exists: false };
  writes.update(reference, [...changesOf(kept, labels), ...removals], precondition);
}

function* changesOf(
  increments: Iterable<readonly [field: string, number: number]>,
  labels: ReadonlyMap<string, string | null>,
): Generator<FieldChange> {
  for (const [field, number] of increments) yield [pathOf(field), new Increment(number)];
  for (const [field, text] of labels) yield [pathOf(field), text];
}

/** Paths of fields by their names: most commits write the same ones. */
const paths = new Map<string, Path>();
const MAX_PATHS = 10_000;

function pathOf(field: string): Path {
  const known = paths.get(field);
  if (known) return known;
  const [first = "", ...others] = field.split("/");
  const path = new Path(first, ...others);
  if (paths.size >= MAX_PATHS) paths.clear();
  paths.set(field, path);
  return path;
}

/** The groups, such as a workshop's currencies, in which all numbers are 0. */
export function emptyGroups(counters: Counters): ReadonlySet<string> {
  const groups = [...Map.groupBy(counters, ([counter]) => groupOf(counter))];
  return new Set(groups.filter(([, group]) => group.every(([, number]) => number === 0)).map(([name]) => name));
}

/** Outside of any transaction. */
export async function readAll(references: readonly DocumentReference[]): Promise<DocumentSnapshot[]> {
  return references.length === 0 ? [] : firestore().getAll(...references);
}

/** The numbers in a field and its nested fields, each with its path. */
export function numbersIn(path: string, value: unknown): [field: string, number: number][] {
  if (typeof value === "number") return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries<unknown>({ ...value }).flatMap(([field, inner]) => numbersIn(`${path}/${field}`, inner));
}

/**
 * The changes that one commit makes to the totals, one write per document. Only workshops that may lose their last
 * payment in a currency must be read: the same commit removes the currency, and the document with the last one
 * (docs/decisions/0017).
 */
export class TotalsUpdate {
  readonly #reporting: Reporting;
  readonly #documents = new Map<string, DocumentUpdate>();
  readonly #workshopsToRead = new Map<string, DocumentReference>();

  constructor(reporting: Reporting) {
    this.#reporting = reporting;
  }

  /** Adds a change. Returns false, without adding it, if the commit would exceed Firestore's limits. */
  add({ franchiseeId, before, after }: Change): boolean {
    // Lists are sorted by the counters of the franchisee's own document, which must exist even if they are 0.
    const change = [...changeOf(before, after, this.#reporting)].filter(
      ([counter, number]) => number !== 0 || documentOf(counter) === "lifetime",
    );
    const documents = [...Map.groupBy(change, ([counter]) => documentOf(counter))].map(
      ([document, counters]) => [totalsDocument(franchiseeId, document), counters] as const,
    );
    let newDocuments = 0;
    for (const [{ path }, counters] of documents) {
      const known = this.#documents.get(path)?.increments;
      if (!known) newDocuments += 1;
      const added = counters.filter(([counter]) => !known?.has(fieldOf(counter)));
      if (known && known.size + added.length > MAX_INCREMENTS) return false;
    }
    if (this.#documents.size > 0 && this.#documents.size + newDocuments > MAX_DOCUMENTS) return false;
    for (const [reference, counters] of documents) {
      const { increments } = this.#update(reference);
      for (const [counter, number] of counters) {
        const field = fieldOf(counter);
        increments.set(field, (increments.get(field) ?? 0) + number);
      }
    }
    for (const document of before ? workshopsLeft(change, after, this.#reporting) : []) {
      const reference = totalsDocument(franchiseeId, document);
      this.#workshopsToRead.set(reference.path, reference);
    }
    this.#label(franchiseeId, before, after);
    return true;
  }

  /** The documents that a commit with these changes must read first. */
  workshopsToRead(): DocumentReference[] {
    return [...this.#workshopsToRead.values()];
  }

  /** Adds the changes to a commit. `workshops` are the documents of `workshopsToRead`. Returns the number of writes. */
  write(writes: Writes, workshops: readonly DocumentSnapshot[]): number {
    const read = new Map(workshops.map((snapshot) => [snapshot.ref.path, snapshot]));
    for (const [path, update] of this.#documents) putUpdate(writes, update, read.get(path));
    return this.#documents.size;
  }

  #update(reference: DocumentReference): DocumentUpdate {
    const known = this.#documents.get(reference.path);
    const update: DocumentUpdate = known ?? { reference, increments: new Map(), labels: new Map() };
    this.#documents.set(reference.path, update);
    return update;
  }

  /** The last payment that names a workshop determines its labels. */
  #label(franchiseeId: string, before: Transaction | null, after: Transaction): void {
    const counts = (transaction: Transaction) => Object.keys(contribution(transaction, this.#reporting)).length > 0;
    const labels = (version: Transaction | null) => JSON.stringify(version && counts(version) ? labelsOf(version) : []);
    if (!counts(after) || labels(before) === labels(after)) return;
    for (const [label, text] of labelsOf(after)) {
      this.#update(totalsDocument(franchiseeId, documentOf(label))).labels.set(fieldOf(label), text);
    }
  }
}

/** The workshops in which a transaction no longer counts in some currency, as prefixes of counter names. */
function workshopsLeft(
  change: readonly (readonly [counter: string, number: number])[],
  after: Transaction,
  reporting: Reporting,
): Set<string> {
  const changed = new Set(
    change.map(([counter]) => groupOf(counter)).filter((group) => documentOf(group).includes("/workshops/")),
  );
  if (changed.size === 0) return changed;
  const stays = new Set(
    [...countersOf(after, reporting)].flatMap(([counter, number]) => (number === 0 ? [] : groupOf(counter))),
  );
  return new Set([...changed].filter((group) => !stays.has(group)).map(documentOf));
}

/** The labels of a transaction's workshop, named like counters. */
export function labelsOf(transaction: Transaction): [label: string, text: string | null][] {
  const { day, workshopId, workshopName, organizationType } = transaction;
  const workshop = `${monthOf(day)}/workshops/${workshopKey(transaction)}`;
  const texts = {
    workshopId,
    ...(workshopName !== null && { workshopName }),
    ...(organizationType !== null && { organizationType }),
  };
  return Object.entries(texts).map(([field, text]) => [`${workshop}/${field}`, text === null ? null : clipped(text)]);
}

/** Senders may send no longer ones, but the legacy service stored texts of any length. */
const MAX_LABEL = 500;

export function clipped(text: string): string {
  const letters = Array.from(text);
  return letters.length > MAX_LABEL ? `${letters.slice(0, MAX_LABEL).join("")}…` : text;
}
