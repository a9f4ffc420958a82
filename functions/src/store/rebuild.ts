/** Makes the totals what the transactions come to. */
import { FieldValue, type Transaction as FirestoreTransaction } from "firebase-admin/firestore";
import { z } from "zod";
import { type Figures, groupOf, type Reporting } from "../domain/revenue.ts";
import { type Audit, auditPages, type DetailedAudit, type OnProgress } from "./audit.ts";
import { type Entry, isCurrent, writeTransaction } from "./document.ts";
import { commit, isContended, isOutdated, operation } from "./firestore.ts";
import { readAt } from "./moment.ts";
import {
  documentOf,
  fieldOf,
  franchisee,
  isTold,
  MAX_INCREMENTS,
  nested,
  totalsDocument,
  type Detail,
  inFittingDetail,
  TotalsUpdate,
} from "./totals.ts";
import { keptOf, withKept } from "./overwritten.ts";

/** Others rebuild the same totals, again and again. */
export class RebuiltByOthers extends Error {
  override readonly name = "RebuiltByOthers";
}

/**
 * Makes the totals right while payments go on: whatever is written meanwhile changes what is said and what is right by the
 * same, so what was missing at one moment is missing until it is added, once. Documents of the legacy service are written
 * anew in today's form. Says what it found. Throws RebuiltByOthers where others do the same, again and again.
 */
export async function rebuild(franchiseeId: string, reporting: Reporting, onProgress?: OnProgress): Promise<Audit> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const onPage = (page: readonly Entry[]) => adopt(franchiseeId, page, reporting);
    const found = await auditPages(franchiseeId, reporting, onProgress, onPage);
    if (found.drift.size === 0 || (await repair(franchiseeId, found))) return found;
  }
  throw new RebuiltByOthers(`The totals of ${franchiseeId} are being rebuilt by somebody else.`);
}

const MAX_ATTEMPTS = 3;

/**
 * Writes documents of the legacy service anew in today's form: what they say, and so every figure, stays; but one that it has written over
 * is booked where it was, and the totals with it. Whatever has been written since that page was read is left alone: this service writes in
 * today's form.
 */
async function adopt(franchiseeId: string, page: readonly Entry[], reporting: Reporting): Promise<void> {
  const legacy = page.flatMap((entry) => ("transaction" in entry && !isCurrent(entry.snapshot.data()) ? [entry] : []));
  for (let start = 0; start < legacy.length; start += ADOPTED_AT_ONCE) {
    await Promise.all(
      legacy.slice(start, start + ADOPTED_AT_ONCE).map(async ({ snapshot, transaction: before }) => {
        const kept = await operation(() => keptOf(snapshot));
        const after = withKept(before, kept);
        const { createdAt: _createdAt, ...fields } = writeTransaction(after);
        // What cannot be read as what it should be, such as "a dozen" participants, is kept for people to read.
        const known = Object.entries(fields).filter(
          ([name, value]) => value !== null || (snapshot.get(name) ?? null) === null,
        );
        const written = { ...Object.fromEntries(known), ...(kept && { createdAt: kept.createdAt }) };
        const precondition = { lastUpdateTime: snapshot.updateTime };
        const commitOnce = (detail: Detail) =>
          commit((one) => {
            one.update(snapshot.ref, written, precondition);
            const totals = new TotalsUpdate(reporting, detail);
            totals.take({ franchiseeId, before, after });
            totals.write(one);
          });
        try {
          await operation(() => inFittingDetail(commitOnce));
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
async function repair(franchiseeId: string, audit: DetailedAudit): Promise<boolean> {
  const { at } = audit;
  const repairs = franchisee(franchiseeId).collection("repairs");
  const { docs } = await readAt(at, (transaction) => transaction.get(repairs.orderBy("number", "desc").limit(1)));
  let number = z.int().catch(0).parse(docs[0]?.get("number"));
  const names = Map.groupBy(audit.labels, ([label]) => documentOf(label));
  const missing = [...Map.groupBy(withTheirGroups(audit), ([figure]) => documentOf(figure))];
  const most = Math.max(...missing.map(([, figures]) => figures.length));
  for (let start = 0; start < most; start += MAX_INCREMENTS) {
    number += 1;
    const repaired = repairs.doc(String(number));
    const add = (transaction: FirestoreTransaction, detail: Detail): void => {
      transaction.create(repaired, { number, at, repairedAt: FieldValue.serverTimestamp() });
      for (const [document, figures] of missing) {
        const all = figures.slice(start, start + MAX_INCREMENTS);
        const part = all.filter(([figure]) => isTold(figure, detail));
        const called = (names.get(document) ?? []).filter(([label]) => isTold(label, detail));
        const values = [
          ...part.map(([figure, amount]) => [fieldOf(figure), FieldValue.increment(amount)] as const),
          ...called.map(([label, text]) => [fieldOf(label), text] as const),
        ];
        if (part.length > 0) transaction.set(totalsDocument(franchiseeId, document), nested(values), { merge: true });
      }
    };
    const commitOnce = (detail: Detail) => commit((one) => add(one, detail), { maxAttempts: 1 });
    if (!(await operation(() => isFirst(() => inFittingDetail(commitOnce))))) return false;
  }
  return true;
}

/** Whether nobody was there before. */
async function isFirst(create: () => Promise<void>): Promise<boolean> {
  try {
    await create();
    return true;
  } catch (error) {
    if (isContended(error)) return false;
    throw error;
  }
}

/** The drift, and a 0 for every other number of the same totals, and of the exceptions: lists are sorted by them. */
function withTheirGroups({ drift, figures }: DetailedAudit): Figures {
  const groups = new Set(["lifetime/exceptions", ...[...drift.keys()].map(groupOf)]);
  const others = [...figures.keys()].filter((figure) => groups.has(groupOf(figure)) && !drift.has(figure));
  return new Map([...drift, ...others.map((figure) => [figure, 0] as const)]);
}
