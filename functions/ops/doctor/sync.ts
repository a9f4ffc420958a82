import { LEASE_MS, PLATFORM, type ScopeState, syncStates } from "../../src/store/sync-state.ts";
import { creationTimes, franchiseeIds } from "../../src/store/franchisees.ts";
import { type Check, type Finding, LATE_MS, named } from "./check.ts";
import { type FranchiseeSummary, listFranchisees } from "../../src/store/revenue-queries.ts";

/** The maximum difference between two machines' clocks. */
const CLOCK_SKEW_MS = 60_000;

/** The last sync of every scope succeeded and imported everything. */
export const sync: Check = {
  title: "sync",
  run: async ({ id, target, google, now }) => {
    const states = new Map((await syncStates()).map((state) => [state.scope, state]));
    const { franchisees, unreadable } = await summaries();
    const log = google ? ` To check the schedule: npx firebase functions:log --only syncStripe --project ${id}` : "";
    const again = `npm run ops -- sync ${target} runs it now and prints errors.${log}`;
    const findings: Finding[] = unreadable.map((problem) => ({
      problem,
      remedy: "Correct the document manually (docs/operations.md, Troubleshooting).",
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
      findings.push({ problem, remedy: 'docs/operations.md, "A sync fails", explains each message.' });
    }

    const failed = new Set([...errors.values()].flat());
    const scopes = [PLATFORM, ...(await franchiseeIds())].filter((scope) => !failed.has(scope));
    const neverSynced = scopes.filter((scope) => !states.has(scope));
    const since = await creationTimes(neverSynced);
    const isNew = (scope: string): boolean => since.has(scope) && !isBefore(since.get(scope), now, LATE_MS);
    const notes = neverSynced.some(isNew)
      ? [`The next sync is the first of ${named(neverSynced.filter(isNew))}: they are new.`]
      : [];
    const missed = neverSynced.filter((scope) => !isNew(scope));
    if (missed.length > 0) findings.push({ problem: `Never synced: ${named(missed)}.`, remedy: again });
    const unfinished = scopes.filter((scope) => states.get(scope)?.watermark === null);
    if (unfinished.length > 0) {
      findings.push({ problem: `The first sync of ${named(unfinished)} is not finished.`, remedy: again });
    }
    const late = scopes.filter((scope) => isBefore(states.get(scope)?.watermark, now, LATE_MS));
    if (late.length > 0) {
      const earliest = late.map((scope) => states.get(scope)?.watermark?.toISOString() ?? "").toSorted()[0];
      findings.push({
        problem: `The sync of ${named(late)} is behind: nothing since ${earliest} has been read from Stripe.`,
        remedy: again,
      });
    }
    for (const state of states.values()) findings.push(...leftoversOf(state, now));
    return { findings, notes };
  },
};

function isBefore(time: Date | null | undefined, now: Date, byMs: number): boolean {
  return time instanceof Date && now.getTime() - time.getTime() > byMs;
}

function leftoversOf({ scope, failed, lease }: ScopeState, now: Date): Finding[] {
  const findings: Finding[] = [];
  if (failed.length > 0) {
    const problem = `Payments of ${scope} could not be imported: ${named(failed.map(({ reason }) => reason))}.`;
    findings.push({
      problem,
      remedy: "Correct what it names (docs/operations.md, Troubleshooting): every sync retries them.",
    });
  }
  // A run extends its lease as it works, by LEASE_MS at most.
  if (lease && lease.until.getTime() - now.getTime() > LEASE_MS + CLOCK_SKEW_MS) {
    const problem = `The lease of ${scope} is held by ${lease.owner} until ${lease.until.toISOString()}, which is longer than any run can hold it.`;
    findings.push({
      problem,
      remedy: `Set lease to null in syncState/${scope}, and correct that machine's clock.`,
    });
  }
  return findings;
}

/** All franchisees, and a message for each that cannot be read. */
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
