/** Corrects stored totals to what the transactions add up to. */
import { z } from "zod";
import { type Counters, groupOf, type Reporting } from "../domain/revenue.ts";
import { type Audit, auditPages, type DetailedAudit, type OnProgress } from "./verify-totals.ts";
import { type Entry, isCurrent, toFirestore } from "./transaction-converter.ts";
import { asRead, chunksOf, type Deadline, operation, readAndCommit } from "./firestore.ts";
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
import { moveWorkshops, withRoom } from "./legacy/month-workshops.ts";
import { repairsRef } from "./refs.ts";
import { changesOf } from "./writes.ts";

/** Other processes keep rebuilding the same totals. */
export class ConcurrentRebuildError extends Error {
  override readonly name = "ConcurrentRebuildError";
}

/**
 * Corrects the totals while payments continue: a concurrent write changes the stored and the right value equally, so a
 * drift found at one time can be added later, once. Also rewrites legacy documents in the current form, moves workshops
 * out of months' documents, and removes empty workshops and currencies. Returns what it found. Throws
 * ConcurrentRebuildError.
 */
export async function rebuild(franchiseeId: string, reporting: Reporting, onProgress?: OnProgress): Promise<Audit> {
  await moveWorkshops(franchiseeId);
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const onPage = (page: readonly Entry[]) => adopt(franchiseeId, page, reporting);
    const found = await auditPages(franchiseeId, reporting, onProgress, onPage);
    if (found.drift.size + found.empty.length === 0 || (await repair(franchiseeId, found))) return found;
  }
  throw new ConcurrentRebuildError(`The totals of ${franchiseeId} are being rebuilt by another process.`);
}

const MAX_ATTEMPTS = 3;

/**
 * Rewrites legacy documents in the current form. Their counters stay, except that a replaced document is booked where
 * it was, and the totals with it. Documents written since that page was read are left alone: this service writes the
 * current form.
 */
async function adopt(franchiseeId: string, page: readonly Entry[], reporting: Reporting): Promise<void> {
  const legacy = page.flatMap((entry) => ("transaction" in entry && !isCurrent(entry.snapshot.data()) ? [entry] : []));
  for (const some of chunksOf(legacy, ADOPTED_AT_ONCE)) {
    await Promise.all(
      some.map(async ({ snapshot, transaction: before }) => {
        const kept = await operation(() => legacyOverwriteOf(snapshot));
        const after = withLegacyOverwrite(before, kept);
        const { createdAt: _createdAt, ...fields } = toFirestore(after);
        // A value that cannot be read as its type, such as "a dozen" participants, is kept for people to read.
        const known = Object.entries(fields).filter(
          ([name, value]) => value !== null || (snapshot.get(name) ?? null) === null,
        );
        const written = { ...Object.fromEntries(known), ...(kept && { createdAt: kept.createdAt }) };
        const totals = new TotalsUpdate(reporting);
        totals.take({ franchiseeId, before, after });
        const adoptOnce = async (deadline: Deadline): Promise<void> => {
          const references = [snapshot.ref, ...totals.leaving()];
          await readAndCommit(references, deadline, (one, [current, ...left]) => {
            if (!current?.updateTime?.isEqual(snapshot.updateTime)) return;
            one.update(snapshot.ref, changesOf(written), asRead(snapshot));
            totals.write(one, left);
          });
        };
        await operation((deadline) => withRoom([franchiseeId], () => adoptOnce(deadline)));
      }),
    );
  }
}

const ADOPTED_AT_ONCE = 50;

/**
 * Adds the drift found at a point in time. Each commit creates the next document of `franchisees/{acct}/repairs`, so
 * that nothing is added twice. Returns false if another process has created it since: the drift must be computed again.
 */
async function repair(franchiseeId: string, audit: DetailedAudit): Promise<boolean> {
  const { at } = audit;
  const repairs = repairsRef(franchiseeId);
  const { docs } = await readAt(at, (transaction) => transaction.get(repairs.orderBy("number", "desc").limit(1)));
  let number = z.int().catch(0).parse(docs[0]?.get("number"));
  for (const updates of commitsOf(franchiseeId, audit)) {
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
    if (!(await operation((deadline) => withRoom([franchiseeId], () => addOnce(deadline))))) return false;
  }
  return true;
}

/**
 * The drift, and the workshops that are empty or empty in a currency, in as many commits as Firestore's limits require.
 */
function commitsOf(franchiseeId: string, audit: DetailedAudit): DocumentUpdate[][] {
  const labels = Map.groupBy(audit.labels, ([label]) => documentOf(label));
  const missing = Map.groupBy(withTheirGroups(audit), ([counter]) => documentOf(counter));
  for (const document of audit.empty) if (!missing.has(document)) missing.set(document, []);
  const updates: DocumentUpdate[][] = [];
  for (const [document, counters] of missing) {
    const named = new Map((labels.get(document) ?? []).map(([label, text]) => [fieldOf(label), text] as const));
    for (let start = 0; start === 0 || start < counters.length; start += MAX_INCREMENTS) {
      const some = counters.slice(start, start + MAX_INCREMENTS);
      const increments = new Map(some.map(([counter, amount]) => [fieldOf(counter), amount] as const));
      const place = (updates[start / MAX_INCREMENTS] ??= []);
      place.push({ reference: totalsDocument(franchiseeId, document), increments, labels: named });
    }
  }
  // Each document is once in each of these, and so in each commit.
  return updates.flatMap((some) => chunksOf(some, MAX_DOCUMENTS));
}

/**
 * The drift, and a 0 for each other number of the same groups in the franchisee's own document: lists are sorted by
 * them.
 */
function withTheirGroups({ drift, counters }: DetailedAudit): Counters {
  const groups = new Set(["lifetime/exceptions", ...[...drift.keys()].map(groupOf)]);
  const others = [...counters.keys()].filter(
    (counter) => documentOf(counter) === "lifetime" && groups.has(groupOf(counter)) && !drift.has(counter),
  );
  return new Map([...drift, ...others.map((counter) => [counter, 0] as const)]);
}
