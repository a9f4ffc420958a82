/** The day (`YYYY-MM-DD`) of an instant in an IANA time zone. */
export function dayOf(instant: Date, timeZone: string): string {
  const parts = formatOf(timeZone).formatToParts(instant);
  const valueOf = (name: "year" | "month" | "day") => String(parts.find(({ type }) => type === name)?.value);
  return `${valueOf("year").padStart(4, "0")}-${valueOf("month")}-${valueOf("day")}`;
}

/** Cheap for a time zone that was used before. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

export function monthOf(day: string): string {
  return day.slice(0, "YYYY-MM".length);
}

export function dayAfter(day: string, days = 1): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 24 * HOUR_MS).toISOString().slice(0, "YYYY-MM-DD".length);
}

/** Negative numbers go back. */
export function monthAfter(month: string, months: number): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 + months)).toISOString().slice(0, "YYYY-MM".length);
}

/**
 * The instant at which a month begins in an IANA time zone. If clocks go back over that midnight, it is passed twice:
 * one of the two, always the same.
 */
export function startOfMonth(month: string, timeZone: string): Date {
  const firstDay = `${month}-01`;
  const midnight = Date.parse(`${firstDay}T00:00:00Z`);
  // No clock is a day ahead of UTC, or behind it.
  let [before, start] = [midnight - 24 * HOUR_MS, midnight + 24 * HOUR_MS];
  while (start - before > 1) {
    const middle = Math.floor((before + start) / 2);
    if (dayOf(new Date(middle), timeZone) < firstDay) before = middle;
    else start = middle;
  }
  return new Date(start);
}

/**
 * A name for the days from `first` to `last`, both included: `2025-11` for a whole month, `2025-11-14` for a day, else
 * `2025-11-14_2025-12-01`; without a first one `until_2025-12-01`.
 */
export function periodName(first: string | null, last: string): string {
  if (first === null) return `until_${last}`;
  if (first === last) return first;
  const month = monthOf(first);
  const isWholeMonth = first === `${month}-01` && dayAfter(last) === `${monthAfter(month, 1)}-01`;
  return isWholeMonth ? month : `${first}_${last}`;
}

/** The number of months, both included; less than 1 if `to` is earlier. */
export function monthsIncluding(from: string, to: string): number {
  return numberOf(to) - numberOf(from) + 1;
}

/** Months since the year 0. */
function numberOf(month: string): number {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return 12 * year + number;
}

const HOUR_MS = 3_600_000;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const options = { timeZone, year: "numeric", month: "2-digit", day: "2-digit" } as const;
  const format = new Intl.DateTimeFormat("en-CA-u-ca-iso8601-nu-latn", options);
  formats.set(timeZone, format);
  return format;
}
