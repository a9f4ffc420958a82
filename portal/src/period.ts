/**
 * The days that a franchisee's page shows: in its figures, chart, list and download. A period is as the URL has it: a
 * preset, a month (`2025-11`), a year (`2025`), or days (`2025-11-03_2025-11-14`, either end may be missing).
 */
import { dayAfter, monthAfter, monthOf, monthsIncluding } from "../../functions/src/domain/calendar.ts";
import { date, monthName } from "./time.ts";

/** Days as YYYY-MM-DD, both included. Null: no end; a period of the present also contains what is paid next. */
export interface Days {
  from: string | null;
  to: string | null;
}

interface Preset {
  text: string;
  daysOf: (today: string) => Days;
}

const MONTHS = 12;

const PRESETS: Readonly<Record<string, Preset>> = {
  "30-days": { text: "Last 30 days", daysOf: last30Days },
  "this-month": { text: "This month", daysOf: (today) => wholeMonths(monthOf(today)) },
  "last-month": { text: "Last month", daysOf: (today) => wholeMonths(monthAfter(monthOf(today), -1)) },
  "12-months": {
    text: "Last 12 months",
    daysOf: (today) => ({ from: `${monthAfter(monthOf(today), 1 - MONTHS)}-01`, to: null }),
  },
  "this-year": { text: "This year", daysOf: (today) => wholeYear(yearOf(today)) },
  "last-year": { text: "Last year", daysOf: (today) => wholeYear(yearOf(monthAfter(monthOf(today), -MONTHS))) },
  all: { text: "All time", daysOf: () => ({ from: null, to: null }) },
};

export const DEFAULT_PERIOD = "30-days";
export const ALL_TIME = "all";

export const PRESET_TEXTS: readonly (readonly [period: string, text: string])[] = Object.entries(PRESETS).map(
  ([period, { text }]) => [period, text],
);

const DAY = "([1-9]\\d{3}-\\d\\d-\\d\\d)";
const DAYS = new RegExp(`^${DAY}?_${DAY}?$`);
const MONTH = /^[1-9]\d{3}-(0[1-9]|1[0-2])$/;
const YEAR = /^[1-9]\d{3}$/;

/** The days of a period; null if it is none. */
export function daysOfPeriod(period: string, today: string): Days | null {
  if (Object.hasOwn(PRESETS, period)) return PRESETS[period]?.daysOf(today) ?? null;
  if (MONTH.test(period)) return wholeMonths(period);
  if (YEAR.test(period)) return wholeYear(period);
  const [, from, to] = DAYS.exec(period) ?? [];
  const days = { from: from ?? null, to: to ?? null };
  const isValid = (day: string | null): boolean => day === null || isDay(day);
  return (from ?? to) !== undefined && isValid(days.from) && isValid(days.to) ? days : null;
}

/** The period of a URL; the default if it has none, or something else. */
export function readPeriod(text: string | null, today: string): { period: string; days: Days } {
  const days = text === null ? null : daysOfPeriod(text, today);
  if (text !== null && days) return { period: text, days };
  return { period: DEFAULT_PERIOD, days: last30Days(today) };
}

/** The shortest way to write days. */
export function periodOfDays({ from, to }: Days): string {
  if (from === null && to === null) return ALL_TIME;
  if (from !== null && to !== null && isWholeMonths({ from, to })) {
    const [first, last] = [monthOf(from), monthOf(to)];
    if (first === last) return first;
    if (yearOf(first) === yearOf(last) && monthsIncluding(first, last) === MONTHS) return yearOf(first);
  }
  return `${from ?? ""}_${to ?? ""}`;
}

/**
 * The period as long as this one that ends before it, or begins after it. Months move by months, whatever their
 * lengths. Null without a beginning.
 */
export function shifted(days: Days, steps: 1 | -1, today: string): Days | null {
  if (days.from === null) return null;
  const whole = { from: days.from, to: days.to ?? today };
  if (isWholeMonths(days)) {
    const [first, last] = [monthOf(whole.from), monthOf(whole.to)];
    const months = steps * monthsIncluding(first, last);
    return wholeMonths(monthAfter(first, months), monthAfter(last, months));
  }
  const length = daysBetween(whole.from, whole.to) + 1;
  return { from: dayAfter(whole.from, steps * length), to: dayAfter(whole.to, steps * length) };
}

/** The same days of the year before; of 29 February, the 28th. Null without a beginning. */
export function yearBefore(days: Days, today: string): Days | null {
  if (days.from === null) return null;
  if (isWholeMonths(days)) {
    return wholeMonths(monthAfter(monthOf(days.from), -MONTHS), monthAfter(monthOf(days.to ?? today), -MONTHS));
  }
  return { from: dayOfYearBefore(days.from), to: dayOfYearBefore(days.to ?? today) };
}

/** What the control shows: "Last 30 days", "November 2025", "3 Nov 2025 – 14 Nov 2025". */
export function periodText(period: string, days: Days): string {
  if (Object.hasOwn(PRESETS, period)) return PRESETS[period]?.text ?? period;
  if (MONTH.test(period)) return monthName(period);
  if (YEAR.test(period)) return period;
  return daysText(days);
}

/** 3 Nov 2025 – 14 Nov 2025. */
export function daysText({ from, to }: Days): string {
  if (from === null) return to === null ? "All time" : `Until ${date(to)}`;
  if (to === null) return `Since ${date(from)}`;
  return from === to ? date(from) : `${date(from)} – ${date(to)}`;
}

/** From the first day to the last, both included. None if they are reversed. */
export function eachDay(from: string, to: string): string[] {
  return Array.from({ length: Math.max(0, daysBetween(from, to) + 1) }, (_none, index) => dayAfter(from, index));
}

/** From the first month to the last, both included. */
export function eachMonth(from: string, to: string): string[] {
  return Array.from({ length: Math.max(0, monthsIncluding(from, to)) }, (_none, index) => monthAfter(from, index));
}

/** Whether it begins after it ends. */
export function isReversed({ from, to }: Days): boolean {
  return from !== null && to !== null && from > to;
}

/**
 * The ends of a chart of these days. Of a long period, or one without an end, only what payments were made in, and the
 * time until today: `paid` are the days of payments. Null if it would be empty.
 */
export function chartedDays(days: Days, paid: readonly string[], today: string): { from: string; to: string } | null {
  const { from, to } = days;
  if (from !== null && to !== null && daysBetween(from, to) < LONG) return from > to ? null : { from, to };
  const sorted = [...paid, today].toSorted();
  const [first = today, last = today] = [sorted[0], sorted.at(-1)];
  const isShort = from !== null && to === null && daysBetween(from, today) < LONG;
  const start = isShort || (from !== null && from > first) ? from : first;
  const end = to !== null && to < last ? to : last;
  return start > end ? null : { from: start, to: end };
}

/** In days. */
const LONG = 367;

export function isWithin(day: string, { from, to }: Days): boolean {
  return (from === null || day >= from) && (to === null || day <= to);
}

/** Whether it contains each of its months from the first day to the last; the present one until now. */
export function isWholeMonths({ from, to }: Days): boolean {
  return (from === null || from.endsWith("-01")) && (to === null || dayAfter(to).endsWith("-01"));
}

function last30Days(today: string): Days {
  return { from: dayAfter(today, -29), to: null };
}

function wholeMonths(first: string, last = first): Days {
  return { from: `${first}-01`, to: dayAfter(`${monthAfter(last, 1)}-01`, -1) };
}

function wholeYear(year: string): Days {
  return wholeMonths(`${year}-01`, `${year}-12`);
}

function yearOf(day: string): string {
  return day.slice(0, "YYYY".length);
}

function dayOfYearBefore(day: string): string {
  const before = `${monthAfter(monthOf(day), -MONTHS)}${day.slice("YYYY-MM".length)}`;
  return isDay(before) ? before : before.replace(/29$/, "28");
}

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / (24 * 3_600_000));
}

function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
