/**
 * The daily close: every day that is over gets its document, of every franchisee, in order. Each is one commit, and the last one
 * says what comes next: a run can end between any two, and two runs can be at it at once.
 */
import { reporting } from "../config.ts";
import { dayAfter, dayOf } from "../domain/calendar.ts";
import { firstPlace, hashOf, type Place, placeAfter, type Tally, Tallying } from "../domain/close.ts";
import { log } from "../log.ts";
import { createClose, earliestTransaction, lastClose, syncedUntil } from "../store/closes.ts";
import { franchiseeIds } from "../store/franchisees.ts";
import { type Moment, thisMoment, transactionsAt } from "../store/moment.ts";

/** How many franchisees are closed side by side. */
const AT_A_TIME = 4;

export interface CloseOptions {
  /** The last day to close, if that is not yesterday. One that is not over is not closed. */
  until?: string | undefined;
  /** After each day. */
  onClose?: (day: string) => void;
}

/** Closes the days of all franchisees. One that fails stops no other; it throws what the first of them failed with. */
export async function closeAll(): Promise<void> {
  const startedAt = performance.now();
  const ids = await franchiseeIds();
  const failures: unknown[] = [];
  let closes = 0;
  const waiting = ids.values();
  const work = async (): Promise<void> => {
    for (const franchiseeId of waiting) {
      try {
        closes += await closeFranchisee(franchiseeId);
      } catch (error) {
        failures.push(error);
        log.error("days could not be closed", error, { franchiseeId });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  const durationMs = Math.round(performance.now() - startedAt);
  log.info("days closed", { franchisees: ids.length, closes, failed: failures.length, durationMs });
  if (failures.length > 0) throw failures[0];
}

/**
 * Closes every day of a franchisee that is over and has no close yet, as of this moment; the first is the day of the earliest
 * transaction. Says how many there were. Throws AppError `unavailable`, or UnreadableClose.
 */
export async function closeFranchisee(franchiseeId: string, { until, onClose }: CloseOptions = {}): Promise<number> {
  const { timeZone } = reporting();
  const at = await thisMoment();
  const yesterday = dayAfter(dayOf(at.toDate(), timeZone), -1);
  const lastDay = until !== undefined && until < yesterday ? until : yesterday;

  const last = await lastClose(franchiseeId);
  const earliest = last ? null : await earliestTransaction(at, franchiseeId);
  let place = last ? placeAfter(last, timeZone) : earliest && firstPlace(dayOf(earliest, timeZone), timeZone);
  const sync = await syncedUntil(at, franchiseeId);
  let closed = 0;
  while (place && place.day <= lastDay) {
    const tally = await tallyAt(at, franchiseeId, place);
    const content = { ...place, ...tally, franchiseeId, timeZone, asOf: at.toDate(), sync, closedAt: new Date() };
    const close = { ...content, hash: hashOf(content) };
    const stored = await createClose(close, at);
    if (stored === close) closed += 1;
    onClose?.(place.day);
    place = placeAfter(stored, timeZone);
  }
  return closed;
}

/** What the transactions of a time came to at that moment. */
export async function tallyAt(
  at: Moment,
  franchiseeId: string,
  { from, to }: Pick<Place, "from" | "to">,
): Promise<Tally> {
  const tallying = new Tallying(reporting());
  for await (const page of transactionsAt(at, franchiseeId, "asc", { from: from ?? undefined, to })) {
    for (const entry of page) tallying.add(entry.snapshot.id, "transaction" in entry ? entry.transaction : null);
  }
  return tallying.result();
}
