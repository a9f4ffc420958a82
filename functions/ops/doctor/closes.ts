import { recordDefaults } from "../../src/config.ts";
import { dayAfter, dayOf } from "../../src/domain/calendar.ts";
import { lastClose, UnreadableClose } from "../../src/store/closes.ts";
import { franchiseeIds } from "../../src/store/franchisees.ts";
import { type Check, type Finding, named } from "./check.ts";

/** `closeDays` begins ten past three; until five it may be at it. */
const CLOSED_BY_HOUR = 5;

/** That each franchisee's days are closed up to yesterday, where closing has begun. */
export const closes: Check = {
  title: "closes",
  run: async ({ target, now }) => {
    const { timeZone } = recordDefaults();
    const due = dayAfter(dayOf(new Date(now.getTime() - CLOSED_BY_HOUR * 60 * 60_000), timeZone), -1);
    const findings: Finding[] = [];
    const late: string[] = [];
    const unbegun: string[] = [];
    for (const franchiseeId of await franchiseeIds()) {
      try {
        const last = await lastClose(franchiseeId);
        if (!last) unbegun.push(franchiseeId);
        else if (last.day < due) late.push(`${franchiseeId} (up to ${last.day})`);
      } catch (error) {
        if (!(error instanceof UnreadableClose)) throw error;
        findings.push({
          problem: error.message,
          remedy: 'docs/close.md, "When a day differs", says how to restore it.',
        });
      }
    }
    if (late.length > 0) {
      const problem = `Days up to ${due} are over and not closed: ${named(late)}.`;
      findings.push({ problem, remedy: `npm run close -- run ${target} closes them, or says what is in the way.` });
    }
    const notes = unbegun.length > 0 ? [`No day is closed yet of ${named(unbegun)}.`] : [];
    return { findings, notes };
  },
};
