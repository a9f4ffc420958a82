import { franchiseeIds } from "../../src/store/franchisees.ts";
import { type EventRecord, listEvents } from "../../src/store/stripe-events.ts";
import { type Check, type Finding, LATE_MS, named } from "./check.ts";

/** The doctor runs daily, so older events were reported. */
const RECENT_MS = 7 * 24 * 60 * 60_000;

export const events: Check = {
  title: "events",
  run: async ({ target, settings, now }) => {
    const ago = (ms: number): Date => new Date(now.getTime() - ms);
    const any = { from: null, to: null, limit: null };
    const quarantined = await listEvents({ ...any, status: "quarantined" });
    const interrupted = await listEvents({ ...any, status: "processing", to: ago(LATE_MS) });
    const known = new Set(await franchiseeIds());
    const isLive = settings["STRIPE_MODE"] === "live";
    const isOwn = ({ livemode, account }: EventRecord): boolean =>
      livemode === isLive && (account === null || known.has(account));
    const recent = quarantined.filter(({ receivedAt }) => receivedAt >= ago(RECENT_MS));
    const own = recent.filter(isOwn);
    const foreign = recent.filter((event) => !isOwn(event));
    const findings: Finding[] = [];
    const notes: string[] = [];
    if (own.length > 0) {
      const problem = `Events of the last 7 days are quarantined: ${described(own)}.`;
      const remedy = `Fix the reason, then: npm run ops -- events replay ${target} --status quarantined --from ${dayOf(own.at(-1))}`;
      findings.push({ problem, remedy });
    }
    if (interrupted.length > 0) {
      const problem = `Events have been in progress for hours: ${described(interrupted)}.`;
      const remedy = `Every sync retries them, so the sync does not run or they fail: npm run ops -- events replay ${target} ${interrupted.at(-1)?.id}`;
      findings.push({ problem, remedy });
    }
    const old = quarantined.length - recent.length;
    if (old > 0) notes.push(`${old} older events are also quarantined.`);
    if (foreign.length > 0) {
      notes.push(`Events of the other mode or of unknown accounts stay quarantined: ${described(foreign)}.`);
    }
    return { findings, notes };
  },
};

function described(found: readonly EventRecord[]): string {
  return named(found.map(({ id, type, reason }) => `${id} (${type}${reason === null ? "" : `: ${reason}`})`));
}

function dayOf(event: EventRecord | undefined): string {
  return event?.receivedAt.toISOString().slice(0, "YYYY-MM-DD".length) ?? "";
}
