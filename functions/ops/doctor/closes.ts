import { recordDefaults } from "../../src/config.ts";
import { dayAfter, dayOf } from "../../src/domain/calendar.ts";
import {
  firstBookedDay,
  hasBeenSynced,
  lastClose,
  UnbookedTransactionsError,
  UnreadableCloseError,
} from "../../src/store/closes.ts";
import { franchiseeIds } from "../../src/store/franchisees.ts";
import { currentReadTime } from "../../src/store/snapshot-reads.ts";
import { syncStates } from "../../src/store/sync-state.ts";
import { type Check, type Finding, named } from "./check.ts";

/** `closeDays` starts at 3:10 and may run until 5:00. */
const CLOSED_BY_HOUR = 5;

/** The first close waits for the first sync, then for the night. */
const FIRST_CLOSE_MS = 2 * 24 * 60 * 60_000;

export const closes: Check = {
  title: "closes",
  run: async ({ target, now }) => {
    const { timeZone } = recordDefaults();
    const due = dayAfter(dayOf(new Date(now.getTime() - CLOSED_BY_HOUR * 60 * 60_000), timeZone), -1);
    const findings: Finding[] = [];
    const late: string[] = [];
    const notStarted: string[] = [];
    const overdue: string[] = [];
    const syncedSince = new Map((await syncStates()).map(({ scope, createdAt }) => [scope, createdAt]));
    const isSynced = async (franchiseeId: string): Promise<boolean> => {
      const since = syncedSince.get(franchiseeId);
      return since !== undefined && now.getTime() - since.getTime() > FIRST_CLOSE_MS && hasBeenSynced(franchiseeId);
    };
    for (const franchiseeId of await franchiseeIds()) {
      try {
        const last = await lastClose(franchiseeId);
        if (last) {
          if (last.day < due) late.push(`${franchiseeId} (up to ${last.day})`);
          continue;
        }
        const first = (await isSynced(franchiseeId))
          ? await firstBookedDay(await currentReadTime(), franchiseeId)
          : null;
        if (first !== null && first < dayAfter(due, -1)) overdue.push(`${franchiseeId} (from ${first})`);
        else notStarted.push(franchiseeId);
      } catch (error) {
        if (error instanceof UnbookedTransactionsError) {
          findings.push({ problem: error.message, remedy: `npm run ops -- revenue rebuild ${franchiseeId} ${target}` });
          continue;
        }
        if (!(error instanceof UnreadableCloseError)) throw error;
        findings.push({
          problem: error.message,
          remedy: 'docs/close.md, "When a day differs", explains how to restore it.',
        });
      }
    }
    const remedy = `npm run ops -- close run ${target} closes them or prints why it cannot.`;
    if (late.length > 0) {
      findings.push({ problem: `Days up to ${due} are not closed: ${named(late)}.`, remedy });
    }
    if (overdue.length > 0) {
      findings.push({ problem: `No day has ever been closed, but closes are due: ${named(overdue)}.`, remedy });
    }
    const notes = notStarted.length > 0 ? [`Not closed yet: ${named(notStarted)}.`] : [];
    return { findings, notes };
  },
};
