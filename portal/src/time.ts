import { dayOf } from "../../functions/src/domain/calendar.ts";

const LOCALE = "en-CA";
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** "just now", "4 minutes ago", "2 days ago". */
export function ago(instant: Date, now: Date): string {
  const elapsed = now.getTime() - instant.getTime();
  if (elapsed < MINUTE_MS) return "just now";
  if (elapsed < HOUR_MS) return count(elapsed / MINUTE_MS, "minute");
  if (elapsed < DAY_MS) return count(elapsed / HOUR_MS, "hour");
  return count(elapsed / DAY_MS, "day");
}

function count(number: number, unit: string): string {
  const whole = Math.floor(number);
  return `${whole} ${unit}${whole === 1 ? "" : "s"} ago`;
}

/** 14 Nov 2025, 09:05. */
export function dateAndTime(instant: Date, timeZone: string): string {
  return `${date(dayOf(instant, timeZone))}, ${timeOfDay(instant, timeZone)}`;
}

export function timeOfDay(instant: Date, timeZone: string): string {
  return formatOf({ hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone }).format(instant);
}

/** Pacific Time. */
export function timeZoneName(timeZone: string): string {
  const parts = formatOf({ timeZone, timeZoneName: "longGeneric" }).formatToParts(new Date());
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? timeZone;
}

/** 14 Nov 2025, for a day as YYYY-MM-DD. */
export function date(day: string): string {
  return `${Number(day.slice(8))} ${shortMonth(day.slice(0, 7))} ${day.slice(0, 4)}`;
}

/** The day of a deposit's arrival, which Stripe states as midnight UTC. */
export function arrivalDate(arrivesAt: Date): string {
  return date(arrivesAt.toISOString().slice(0, "YYYY-MM-DD".length));
}

/** November 2025, for a month as YYYY-MM. */
export function monthName(month: string): string {
  return `${longMonth(month)} ${month.slice(0, 4)}`;
}

/** Nov, for a month as YYYY-MM. */
export function shortMonth(month: string): string {
  return longMonth(month).slice(0, 3);
}

function longMonth(month: string): string {
  return formatOf({ month: "long", timeZone: "UTC" }).format(new Date(`${month}-01T12:00:00Z`));
}

/** The first instant of a day. It is not always midnight, which some zones skip when clocks go forward. */
export function startOfDay(day: string, timeZone: string): Date {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // No zone is further from UTC.
  let [before, from] = [midnight - 15 * HOUR_MS, midnight + 15 * HOUR_MS];
  while (from - before > 1) {
    const middle = Math.floor((before + from) / 2);
    if (dayOf(new Date(middle), timeZone) < day) before = middle;
    else from = middle;
  }
  return new Date(from);
}

/** Every day of a month, as YYYY-MM-DD. */
export function daysOf(month: string): string[] {
  const [year = 0, number = 1] = month.split("-").map(Number);
  const length = new Date(Date.UTC(year, number, 0)).getUTCDate();
  return Array.from({ length }, (_, index) => `${month}-${String(index + 1).padStart(2, "0")}`);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify(options);
  const cached = formats.get(key);
  if (cached) return cached;
  const format = new Intl.DateTimeFormat(LOCALE, options);
  formats.set(key, format);
  return format;
}
