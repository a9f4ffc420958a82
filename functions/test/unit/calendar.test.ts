import { dayAfter, dayOf, monthAfter, monthOf } from "../../src/domain/calendar.ts";

const HOUR = 3_600_000;

/** How far its clocks are ahead of Greenwich, in milliseconds: another way to tell the time than the one under test. */
function clockOf(timeZone: string): (instant: number) => string {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" });
  return (instant) => format.format(instant);
}

function offsetAt(clock: (instant: number) => string, instant: number): number {
  return Date.parse(`${clock(instant).replace(" ", "T")}Z`) - Math.floor(instant / 1000) * 1000;
}

/** The instants from 2015 to 2030 at which clocks are put forward or back. */
function changesOf(clock: (instant: number) => string): number[] {
  const changes: number[] = [];
  const end = Date.UTC(2031, 0);
  // Two changes are never as close together as this.
  const step = 14 * 24 * HOUR;
  for (let from = Date.UTC(2015, 0); from < end; from += step) {
    const before = offsetAt(clock, from);
    if (offsetAt(clock, from + step) === before) continue;
    let [low, high] = [from, from + step];
    while (high - low > 60_000) {
      const middle = Math.floor((low + high) / 2);
      if (offsetAt(clock, middle) === before) low = middle;
      else high = middle;
    }
    changes.push(high);
  }
  return changes;
}

const ZONES = Intl.supportedValuesOf("timeZone");

test(`in each of the ${ZONES.length} time zones, the day is the one of its clocks, whatever they do`, () => {
  const wrong: string[] = [];
  const histories = new Set<string>();
  for (const timeZone of ZONES) {
    const clock = clockOf(timeZone);
    const changes = changesOf(clock);
    // Zones that share their clocks share their days.
    const history = `${clock(0)} ${clock(Date.UTC(2015, 0))} ${changes.join(" ")}`;
    if (histories.has(history)) continue;
    histories.add(history);
    for (const change of [...changes, Date.UTC(2024, 1, 29)]) {
      for (const after of [-24 * HOUR, -12 * HOUR, -HOUR, -1, 0, 1, HOUR, 12 * HOUR, 24 * HOUR]) {
        const [day, expected] = [dayOf(new Date(change + after), timeZone), clock(change + after).slice(0, 10)];
        if (day !== expected) wrong.push(`${timeZone} ${new Date(change + after).toISOString()} is ${day}`);
      }
    }
  }
  expect(wrong).toEqual([]);
  expect(histories.size).toBeGreaterThan(50);
});

test.each([
  ["the last millisecond of a month", "2025-12-01T07:59:59.999Z", "2025-11-30", "2025-11"],
  ["the first of the next", "2025-12-01T08:00:00.000Z", "2025-12-01", "2025-12"],
  ["the last millisecond of a year", "2026-01-01T07:59:59.999Z", "2025-12-31", "2025-12"],
  ["a leap day", "2024-02-29T20:00:00.000Z", "2024-02-29", "2024-02"],
  ["the hour that comes twice", "2025-11-02T09:30:00.000Z", "2025-11-02", "2025-11"],
  ["1970", "1970-01-01T00:00:00.000Z", "1969-12-31", "1969-12"],
])("%s", (_what, instant, day, month) => {
  expect(dayOf(new Date(instant), "America/Vancouver")).toBe(day);
  expect(monthOf(day)).toBe(month);
});

test.each([
  ["2025-12", 1, "2026-01"],
  ["2025-01", -1, "2024-12"],
  ["2025-11", 14, "2027-01"],
  ["2025-11", -23, "2023-12"],
  ["2024-02", 0, "2024-02"],
])("the month %s and %i are %s", (month, months, expected) => {
  expect(monthAfter(month, months)).toBe(expected);
});

test.each([
  ["2024-02-28", 1, "2024-02-29"],
  ["2025-02-28", 1, "2025-03-01"],
  ["2025-12-31", 1, "2026-01-01"],
  ["2024-03-01", -1, "2024-02-29"],
])("the day %s and %i are %s", (day, days, expected) => {
  expect(dayAfter(day, days)).toBe(expected);
});
