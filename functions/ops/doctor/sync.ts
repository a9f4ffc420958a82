import { LEASE_MS, PLATFORM, type ScopeState, syncStates } from "../../src/store/sync-state.ts";
import { creationTimes, franchiseeIds } from "../../src/store/franchisees.ts";
import { type Check, type Finding, LATE_MS, named } from "./check.ts";
import { type FranchiseeSummary, listFranchisees } from "../../src/store/revenue-queries.ts";

/** How far two machines' clocks may differ. */
const CLOCKS_MS = 60_000;

/** How the last sync of every scope went, and what it left undone. */
export const sync: Check = {
  title: "sync",
  run: async ({ id, target, google, now }) => {
    const states = new Map((await syncStates()).map((state) => [state.scope, state]));
    const { franchisees, unreadable } = await summaries();
    const log = google
      ? ` Whether the schedule runs: npx firebase functions:log --only syncStripe --project ${id}`
      : "";
    const again = `npm run ops -- sync ${target} runs it now, and says why it fails.${log}`;
    const findings: Finding[] = unreadable.map((problem) => ({
      problem,
      remedy: "Correct the document by hand (docs/operations.md, Troubleshooting).",
    }));

    const errors = new Map<string, string[]>();
    for (const { franchiseeId, sync: freshnesses } of franchisees) {
      for (const [scope, freshness] of [
        [PLATFORM, freshnesses.platform],
        [franchiseeId, freshnesses.account],
      ] as const) {
        const message = freshness?.error?.message;
        if (message !== undefined) errors.set(message, [...new Set([...(errors.get(message) ?? []), scope])]);
      }
    }
    for (const [message, scopes] of errors) {
      const problem = `The last sync of ${named(scopes)} failed: ${message}`;
      findings.push({ problem, remedy: 'docs/operations.md, "A sync fails", says what each message means.' });
    }

    const failed = new Set([...errors.values()].flat());
    const silent = [PLATFORM, ...(await franchiseeIds())].filter((scope) => !failed.has(scope));
    const unbegun = silent.filter((scope) => !states.has(scope));
    const since = await creationTimes(unbegun);
    const isNew = (scope: string): boolean => since.has(scope) && !isBefore(since.get(scope), now, LATE_MS);
    const notes = unbegun.some(isNew)
      ? [`The next sync is the first one of ${named(unbegun.filter(isNew))}: they are new.`]
      : [];
    const missed = unbegun.filter((scope) => !isNew(scope));
    if (missed.length > 0) findings.push({ problem: `There has been no sync of ${named(missed)}.`, remedy: again });
    const unfinished = silent.filter((scope) => states.get(scope)?.watermark === null);
    if (unfinished.length > 0) {
      findings.push({ problem: `The first sync of ${named(unfinished)} is not finished.`, remedy: again });
    }
    const late = silent.filter((scope) => isBefore(states.get(scope)?.watermark, now, LATE_MS));
    if (late.length > 0) {
      const earliest = late.map((scope) => states.get(scope)?.watermark?.toISOString() ?? "").toSorted()[0];
      findings.push({
        problem: `The sync of ${named(late)} is behind: nothing since ${earliest} has been read from Stripe.`,
        remedy: again,
      });
    }
    for (const state of states.values()) findings.push(...leftBy(state, now));
    return { findings, notes };
  },
};

function isBefore(time: Date | null | undefined, now: Date, byMs: number): boolean {
  return time instanceof Date && now.getTime() - time.getTime() > byMs;
}

function leftBy({ scope, failed, lease }: ScopeState, now: Date): Finding[] {
  const findings: Finding[] = [];
  if (failed.length > 0) {
    const problem = `Payments of ${scope} could not be imported: ${named(failed.map(({ reason }) => reason))}.`;
    findings.push({
      problem,
      remedy: "Correct what it names (docs/operations.md, Troubleshooting): every sync tries them again.",
    });
  }
  // A run extends its lease as it works, by LEASE_MS at most.
  if (lease && lease.until.getTime() - now.getTime() > LEASE_MS + CLOCKS_MS) {
    const problem = `The sync of ${scope} is held by ${lease.owner} until ${lease.until.toISOString()}, which is longer than any run may hold it.`;
    findings.push({
      problem,
      remedy: `Set lease to null in syncState/${scope}, and put the clock of that machine right.`,
    });
  }
  return findings;
}

/** All franchisees, and what is wrong with those that cannot be read. */
export async function summaries(): Promise<{ franchisees: FranchiseeSummary[]; unreadable: string[] }> {
  const franchisees: FranchiseeSummary[] = [];
  const unreadable: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listFranchisees({ by: "id" }, { limit: 200, cursor });
    franchisees.push(...page.franchisees);
    unreadable.push(...page.unreadable);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return { franchisees, unreadable };
}
