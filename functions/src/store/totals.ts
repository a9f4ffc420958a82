/** How figures (`domain/revenue`) stand in Firestore, and how a commit changes them. */
import { type DocumentReference, FieldValue, type Transaction as FirestoreTransaction } from "firebase-admin/firestore";
import { monthOf } from "../domain/calendar.ts";
import { changeOf, contribution, type Reporting, workshopKey } from "../domain/revenue.ts";
import type { Transaction } from "../domain/transaction.ts";
import { log } from "../log.ts";
import { firestore, isTooLarge } from "./firestore.ts";

/** A transaction of a franchisee before and after a commit; null before its first. */
export interface Change {
  franchiseeId: string;
  before: Transaction | null;
  after: Transaction;
}

/** franchisees/{acct} */
export function franchisee(franchiseeId: string): DocumentReference {
  return firestore().collection("franchisees").doc(franchiseeId);
}

/** franchisees/{acct}/revenue: a document a month. */
export function revenue(franchiseeId: string) {
  return franchisee(franchiseeId).collection("revenue");
}

/** The part of a figure's name that says its document. */
export function documentOf(figure: string): string {
  return figure.slice(0, figure.indexOf("/"));
}

/** The part of a figure's name that says its field. */
export function fieldOf(figure: string): string {
  return figure.slice(figure.indexOf("/") + 1);
}

/** The document of a figure whose name begins with this. */
export function totalsDocument(franchiseeId: string, document: string): DocumentReference {
  return document === "lifetime" ? franchisee(franchiseeId) : revenue(franchiseeId).doc(document);
}

/** Firestore increments no more fields of one document in one commit. */
export const MAX_INCREMENTS = 500;

interface DocumentUpdate {
  reference: DocumentReference;
  /** By the field's path, its parts separated by slashes. */
  increments: Map<string, number>;
  labels: Map<string, string | null>;
}

/** How far the totals of a month go into detail. */
export type Detail = "workshops" | "days" | "months";

/**
 * Commits with all details, or, where a month has so many workshops that its document can hold no more, with fewer: a payment is
 * recorded whatever a report can hold. The audit says what the details lack then.
 */
export async function inFittingDetail<T>(run: (detail: Detail) => Promise<T>): Promise<T> {
  try {
    return await run("workshops");
  } catch (error) {
    if (!isTooLarge(error)) throw error;
    log.error("a month has more workshops than its document can hold", error);
  }
  try {
    return await run("days");
  } catch (error) {
    if (!isTooLarge(error)) throw error;
    return run("months");
  }
}

/** Whether a figure, or a label, is told where it goes so far into detail. */
export function isTold(figure: string, detail: Detail): boolean {
  const field = fieldOf(figure);
  if (field.startsWith("workshops/")) return detail === "workshops";
  return !field.startsWith("days/") || detail !== "months";
}

/** What the changes of one commit do to the totals: one write for each document that they are in, without a read. */
export class TotalsUpdate {
  readonly #reporting: Reporting;
  readonly #detail: Detail;
  readonly #documents = new Map<string, DocumentUpdate>();

  constructor(reporting: Reporting, detail: Detail) {
    this.#reporting = reporting;
    this.#detail = detail;
  }

  /** Takes a change in; not so, and says no, where a commit with it would be more than Firestore takes. */
  take({ franchiseeId, before, after }: Change): boolean {
    const all = changeOf(before, after, this.#reporting);
    const change = [...all].filter(([figure]) => isTold(figure, this.#detail));
    const documents = Map.groupBy(change, ([figure]) => documentOf(figure));
    for (const [document, figures] of documents) {
      const known = this.#documents.get(totalsDocument(franchiseeId, document).path)?.increments;
      const added = figures.filter(([figure]) => !known?.has(fieldOf(figure)));
      if (known && known.size + added.length > MAX_INCREMENTS) return false;
    }
    for (const [document, figures] of documents) {
      const { increments } = this.#update(franchiseeId, document);
      for (const [figure, number] of figures) {
        const field = fieldOf(figure);
        increments.set(field, (increments.get(field) ?? 0) + number);
      }
    }
    if (this.#detail === "workshops") this.#label(franchiseeId, before, after);
    return true;
  }

  /** Puts it into a commit, and says how many documents that writes. */
  write(transaction: FirestoreTransaction): number {
    for (const { reference, increments, labels } of this.#documents.values()) {
      const numbers = [...increments].map(([field, number]) => [field, FieldValue.increment(number)] as const);
      transaction.set(reference, nested([...numbers, ...labels]), { merge: true });
    }
    return this.#documents.size;
  }

  #update(franchiseeId: string, document: string): DocumentUpdate {
    const reference = totalsDocument(franchiseeId, document);
    const known = this.#documents.get(reference.path);
    if (known) return known;
    const update: DocumentUpdate = { reference, increments: new Map(), labels: new Map() };
    this.#documents.set(reference.path, update);
    return update;
  }

  /** A workshop is called what the last payment to name it called it. */
  #label(franchiseeId: string, before: Transaction | null, after: Transaction): void {
    const counts = (one: Transaction) => Object.keys(contribution(one, this.#reporting)).length > 0;
    const told = (one: Transaction | null) => JSON.stringify(one && counts(one) ? labelsOf(one) : []);
    if (!counts(after) || told(before) === told(after)) return;
    const { labels } = this.#update(franchiseeId, monthOf(after.day));
    for (const [field, text] of labelsOf(after)) labels.set(field, text);
  }
}

/** What a month's document calls the workshop of this transaction, by the field's path. */
export function labelsOf({ workshopId, workshopName }: Transaction): [field: string, text: string | null][] {
  const workshop = `workshops/${workshopKey(workshopId)}`;
  const named: [string, string][] = workshopName === null ? [] : [[`${workshop}/workshopName`, clipped(workshopName)]];
  return [[`${workshop}/workshopId`, workshopId === null ? null : clipped(workshopId)], ...named];
}

/** A document holds a mebibyte, and a month many workshops. */
const MAX_LABEL = 100;

function clipped(text: string): string {
  const letters = Array.from(text);
  return letters.length > MAX_LABEL ? `${letters.slice(0, MAX_LABEL).join("")}…` : text;
}

interface Nested {
  [field: string]: unknown;
}

/** The fields of a document that hold these values. */
export function nested(values: Iterable<readonly [field: string, value: unknown]>): Nested {
  const fields: Nested = {};
  for (const [path, value] of values) {
    const parts = path.split("/");
    const last = parts.pop() ?? "";
    let place = fields;
    for (const part of parts) {
      const inner: Nested = isNested(place[part]) ? place[part] : {};
      place[part] = inner;
      place = inner;
    }
    place[last] = value;
  }
  return fields;
}

function isNested(value: unknown): value is Nested {
  return typeof value === "object" && value !== null;
}
