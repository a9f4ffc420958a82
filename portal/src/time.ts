import { dayOf } from "../../functions/src/domain/calendar.ts";

const LOCALE = "en-CA";
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long ago that was, in words: "just now", "4 minutes ago", "2 days ago". */
export function ago(instant: Date, now: Date): string {
  const passed = now.getTime() - instant.getTime();
  if (passed < MINUTE_MS) return "just now";
  if (passed < HOUR_MS) return count(passed / MINUTE_MS, "minute");
  if (passed < DAY_MS) return count(passed / HOUR_MS, "hour");
  return count(passed / DAY_MS, "day");
}

function count(number: number, unit: string): string {
  const whole = Math.floor(number);
  return `${whole} ${unit}${whole === 1 ? "" : "s"} ago`;
}

/** 14 Nov 2025, 09:05, by the clocks of this zone. */
export function dateAndTime(instant: Date, timeZone: string): string {
  return `${date(dayOf(instant, timeZone))}, ${timeOfDay(instant, timeZone)}`;
}

export function timeOfDay(instant: Date, timeZone: string): string {
  return format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone }).format(instant);
}

/** 14 Nov 2025, of a day as YYYY-MM-DD. */
export function date(day: string): string {
  const { month, year } = partsOf(day);
  return `${Number(day.slice(8))} ${month.slice(0, 3)} ${year}`;
}

/** November 2025, of a month as YYYY-MM. */
export function monthName(month: string): string {
  const parts = partsOf(`${month}-01`);
  return `${parts.month} ${parts.year}`;
}

/** Nov, of a month as YYYY-MM. */
export function shortMonth(month: string): string {
  return partsOf(`${month}-01`).month.slice(0, 3);
}

function partsOf(day: string): { month: string; year: string } {
  const month = format({ month: "long", timeZone: "UTC" }).format(new Date(`${day}T12:00:00Z`));
  return { month, year: day.slice(0, 4) };
}

/** The first instant of a day by the clocks of this zone: not always midnight, which some skip when they are put forward. */
export function startOfDay(day: string, timeZone: string): Date {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // Where a day begins is no further from midnight in Greenwich than this.
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

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify(options);
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(LOCALE, options);
  formats.set(key, made);
  return made;
}
