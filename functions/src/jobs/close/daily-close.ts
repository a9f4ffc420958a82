/**
 * The daily close: each past day gets one document per franchisee, in order. Each document is one commit that names its
 * predecessor, so a run can stop after any commit, and two runs can work concurrently.
 */
import { recordDefaults } from "../../config.ts";
import { dayAfter, dayOf } from "../../domain/calendar.ts";
import {
  hashOf,
  type CloseFormat,
  type ClosePosition,
  CURRENT_FORMAT,
  positionAfter,
  type Tally,
  CloseAccumulator,
} from "../../domain/close.ts";
import { log } from "../../log.ts";
import { createClose, firstBookedDay, hasBeenSynced, lastClose, syncedUntil } from "../../store/closes.ts";
import { franchiseeIds } from "../../store/franchisees.ts";
import { bookedAt, type ReadTime, currentReadTime } from "../../store/snapshot-reads.ts";

/** Franchisees closed concurrently. */
const CONCURRENCY = 4;

interface CloseOptions {
  /** The last day to close; yesterday by default and at the latest. */
  until?: string | undefined;
  /** Called after each day. */
  onClose?: (day: string) => void;
}

/** Closes the days of all franchisees. A failure does not stop the others; the first one is thrown at the end. */
export async function closeAll(): Promise<void> {
  const startedAt = performance.now();
  const ids = await franchiseeIds();
  const failures: unknown[] = [];
  let closes = 0;
  const waiting = ids.values();
  const work = async (): Promise<void> => {
    for (const franchiseeId of waiting) {
      try {
        // The first close covers everything before it, so it waits for the first syncs, which import the history.
        const isDue = (await lastClose(franchiseeId)) !== null || (await hasBeenSynced(franchiseeId));
        if (isDue) closes += await closeFranchisee(franchiseeId);
      } catch (error) {
        failures.push(error);
        log.error("days could not be closed", error, { franchiseeId });
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  const durationMs = Math.round(performance.now() - startedAt);
  log.info("days closed", { franchisees: ids.length, closes, failed: failures.length, durationMs });
  if (failures.length > 0) throw failures[0];
}

/**
 * Closes a franchisee's past days that have no close yet, as of now, from the first day with a booked transaction.
 * Returns how many. Throws AppError `unavailable`, UnreadableCloseError, UnbookedTransactionsError.
 */
export async function closeFranchisee(franchiseeId: string, { until, onClose }: CloseOptions = {}): Promise<number> {
  const { timeZone } = recordDefaults();
  const at = await currentReadTime();
  const yesterday = dayAfter(dayOf(at.toDate(), timeZone), -1);
  const lastDay = until !== undefined && until < yesterday ? until : yesterday;

  const last = await lastClose(franchiseeId);
  const first = last ? null : await firstBookedDay(at, franchiseeId);
  let position: ClosePosition | null = first === null ? null : { day: first, previous: null };
  if (last) position = positionAfter(last);
  const sync = await syncedUntil(at, franchiseeId);
  let closed = 0;
  while (position && position.day <= lastDay) {
    const tally = await tallyAt(at, franchiseeId, position, CURRENT_FORMAT);
    const read = { franchiseeId, timeZone, asOf: at.toDate(), sync, closedAt: new Date() };
    const content = { format: CURRENT_FORMAT, ...position, ...tally, ...read } as const;
    const close = { ...content, hash: hashOf(content) };
    const stored = await createClose(close, at);
    if (stored === close) closed += 1;
    onClose?.(position.day);
    position = positionAfter(stored);
  }
  return closed;
}

/** The totals of a day's transactions at that time. */
export async function tallyAt(
  at: ReadTime,
  franchiseeId: string,
  position: ClosePosition,
  format: CloseFormat,
): Promise<Tally> {
  const accumulator = new CloseAccumulator(recordDefaults(), format);
  for await (const page of bookedAt(at, franchiseeId, position)) {
    for (const entry of page) accumulator.add(entry.snapshot.id, "transaction" in entry ? entry.transaction : null);
  }
  return accumulator.result();
}
