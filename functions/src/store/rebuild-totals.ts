/** Corrects stored totals to the sums of the transactions. */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { type Counters, groupOf, type Reporting } from "../domain/revenue.ts";
import { type Audit, audit, type OnProgress } from "./verify-totals.ts";
import { type Entry, isCurrent, toFirestore } from "./transaction-converter.ts";
import { ifUnchanged, chunksOf, type Deadline, operation, readAndCommit } from "./firestore.ts";
import { readAt } from "./snapshot-reads.ts";
import { legacyOverwriteOf, withLegacyOverwrite } from "./legacy/overwrite.ts";
import {
  type DocumentUpdate,
  documentOf,
  fieldOf,
  MAX_DOCUMENTS,
  MAX_INCREMENTS,
  putUpdate,
  totalsDocument,
  TotalsUpdate,
} from "./totals.ts";
import { moveWorkshops, retryIfTooLarge } from "./legacy/month-workshops.ts";
import { repairsRef } from "./refs.ts";
import { changesOf } from "./writes.ts";

export class ConcurrentRebuildError extends Error {
  override readonly name = "ConcurrentRebuildError";
}

/**
 * Corrects the totals while payments continue: a concurrent write changes the stored and the right value equally, so
 * the drift of one point in time can be added later, once. Also rewrites legacy documents in the current form, replaces
 * search terms of earlier versions, moves workshops out of months' documents, and removes empty workshops and
 * currencies. Returns the audit. Throws ConcurrentRebuildError.
 */
export async function rebuild(franchiseeId: string, reporting: Reporting, onProgress?: OnProgress): Promise<Audit> {
  await moveWorkshops(franchiseeId);
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const onPage = async (page: readonly Entry[]): Promise<void> => {
      await rewriteLegacy(franchiseeId, page, reporting);
      await rewriteSearch(page);
    };
    const found = await audit(franchiseeId, reporting, onProgress, onPage);
    if (found.drift.size + found.empty.length === 0 || (await repair(franchiseeId, found))) return found;
  }
  throw new ConcurrentRebuildError(`The totals of ${franchiseeId} are being rebuilt by another process.`);
}

const MAX_ATTEMPTS = 3;

/**
 * Replaces search terms of earlier versions. A document that has changed since is skipped: this service writes the
 * current ones.
 */
async function rewriteSearch(page: readonly Entry[]): Promise<void> {
  const outdated = page.flatMap((entry) => {
    if (!("transaction" in entry) || !isCurrent(entry.snapshot.data())) return [];
    const { search } = toFirestore(entry.transaction);
    return isDeepStrictEqual(entry.snapshot.get("search"), search) ? [] : [{ ...entry, search }];
  });
  for (const chunk of chunksOf(outdated, REWRITTEN_AT_ONCE)) {
    await Promise.all(
      chunk.map(({ snapshot, search }) =>
        operation((deadline) =>
          readAndCommit([snapshot.ref], deadline, (writes, [current]) => {
            if (!current?.updateTime?.isEqual(snapshot.updateTime)) return;
            writes.update(snapshot.ref, changesOf({ search }), ifUnchanged(snapshot));
          }),
        ),
      ),
    );
  }
}

/**
 * Rewrites legacy documents in the current form. Their counters stay, except that an overwritten document is booked on
 * its former day again. A document that has changed since is skipped: this service writes the current form.
 */
async function rewriteLegacy(franchiseeId: string, page: readonly Entry[], reporting: Reporting): Promise<void> {
  const legacy = page.flatMap((entry) => ("transaction" in entry && !isCurrent(entry.snapshot.data()) ? [entry] : []));
  for (const chunk of chunksOf(legacy, REWRITTEN_AT_ONCE)) {
    await Promise.all(
      chunk.map(async ({ snapshot, transaction: before }) => {
        const overwrite = await operation(() => legacyOverwriteOf(snapshot));
        const after = withLegacyOverwrite(before, overwrite);
        const { createdAt: _createdAt, ...fields } = toFirestore(after);
        // Keeps values of another type, such as "a dozen" participants, for people to read.
        const readable = Object.entries(fields).filter(
          ([name, value]) => value !== null || (snapshot.get(name) ?? null) === null,
        );
        const written = { ...Object.fromEntries(readable), ...(overwrite && { createdAt: overwrite.createdAt }) };
        const totals = new TotalsUpdate(reporting);
        totals.add({ franchiseeId, before, after });
        const references = [snapshot.ref, ...totals.workshopsToRead()];
        const rewrite = (deadline: Deadline) =>
          readAndCommit(references, deadline, (transaction, [current, ...workshops]) => {
            if (!current?.updateTime?.isEqual(snapshot.updateTime)) return;
            transaction.update(snapshot.ref, changesOf(written), ifUnchanged(snapshot));
            totals.write(transaction, workshops);
          });
        await operation((deadline) => retryIfTooLarge([franchiseeId], () => rewrite(deadline)));
      }),
    );
  }
}

const REWRITTEN_AT_ONCE = 50;

/**
 * Adds the drift of a point in time. Each commit creates the next document of `franchisees/{acct}/repairs`, so that
 * nothing is added twice. Returns false if another process has created it since: the drift must be computed again.
 */
async function repair(franchiseeId: string, found: Audit): Promise<boolean> {
  const { at } = found;
  const repairs = repairsRef(franchiseeId);
  const { docs } = await readAt(at, (transaction) => transaction.get(repairs.orderBy("number", "desc").limit(1)));
  let number = z.int().catch(0).parse(docs[0]?.get("number"));
  for (const updates of commitsOf(franchiseeId, found)) {
    number += 1;
    const [repaired, fields] = [repairs.doc(String(number)), { number, at, repairedAt: new Date() }];
    const workshops = updates.map(({ reference }) => reference).filter(({ parent }) => parent.id === "workshops");
    const addOnce = (deadline: Deadline) =>
      readAndCommit([repaired, ...workshops], deadline, (writes, [before, ...read]) => {
        if (before?.exists) return false;
        writes.create(repaired, fields);
        const known = new Map(read.map((snapshot) => [snapshot.ref.path, snapshot]));
        for (const update of updates) putUpdate(writes, update, known.get(update.reference.path));
        return true;
      });
    if (!(await operation((deadline) => retryIfTooLarge([franchiseeId], () => addOnce(deadline))))) return false;
  }
  return true;
}

/**
 * The updates for the drift and for workshops that are empty in some currency, one list per commit, within Firestore's
 * limits.
 */
function commitsOf(franchiseeId: string, found: Audit): DocumentUpdate[][] {
  const labelsByDocument = Map.groupBy(found.labels, ([label]) => documentOf(label));
  const countersByDocument = Map.groupBy(withTheirGroups(found), ([counter]) => documentOf(counter));
  for (const document of found.empty) if (!countersByDocument.has(document)) countersByDocument.set(document, []);
  // The n-th round has the n-th chunk of each document, so that no commit has a document twice.
  const rounds: DocumentUpdate[][] = [];
  for (const [document, counters] of countersByDocument) {
    const reference = totalsDocument(franchiseeId, document);
    const labels = new Map((labelsByDocument.get(document) ?? []).map(([label, text]) => [fieldOf(label), text]));
    for (let start = 0; start === 0 || start < counters.length; start += MAX_INCREMENTS) {
      const chunk = counters.slice(start, start + MAX_INCREMENTS);
      const increments = new Map(chunk.map(([counter, amount]) => [fieldOf(counter), amount]));
      (rounds[start / MAX_INCREMENTS] ??= []).push({ reference, increments, labels });
    }
  }
  return rounds.flatMap((round) => chunksOf(round, MAX_DOCUMENTS));
}

/**
 * The drift, and a 0 for each other counter of the same groups in the franchisee's own document, by which lists are
 * sorted.
 */
function withTheirGroups({ drift, counters }: Audit): Counters {
  const groups = new Set(["lifetime/exceptions", ...[...drift.keys()].map(groupOf)]);
  const others = [...counters.keys()].filter(
    (counter) => documentOf(counter) === "lifetime" && groups.has(groupOf(counter)) && !drift.has(counter),
  );
  return new Map([...drift, ...others.map((counter) => [counter, 0] as const)]);
}
