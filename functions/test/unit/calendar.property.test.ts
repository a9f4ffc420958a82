import { dayOf, monthAfter, startOfMonth } from "../../src/domain/calendar.ts";

const HOUR = 3_600_000;

/** The offset of a time zone's clocks from UTC, in milliseconds, computed differently than in the code under test. */
function clockOf(timeZone: string): (instant: number) => string {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" });
  return (instant) => format.format(instant);
}

function offsetAt(clock: (instant: number) => string, instant: number): number {
  return Date.parse(`${clock(instant).replace(" ", "T")}Z`) - Math.floor(instant / 1000) * 1000;
}

/** The instants from 2015 to 2030 at which clocks change. */
function changesOf(clock: (instant: number) => string): number[] {
  const changes: number[] = [];
  const end = Date.UTC(2031, 0);
  // Two changes are always further apart than this.
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

test(`in each of the ${ZONES.length} time zones, the day is the local date, despite clock changes`, () => {
  const wrong: string[] = [];
  const histories = new Set<string>();
  for (const timeZone of ZONES) {
    const clock = clockOf(timeZone);
    const changes = changesOf(clock);
    // Zones with the same clock changes have the same days.
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

test("in each time zone, each month begins after the last instant of the month before", () => {
  const wrong: string[] = [];
  for (const timeZone of ZONES) {
    const clock = clockOf(timeZone);
    for (let month = "2015-01"; month < "2027-01"; month = monthAfter(month, 1)) {
      const start = startOfMonth(month, timeZone).getTime();
      const days = [clock(start - 1), clock(start)].map((time) => time.slice(0, 10));
      const isFirst = days[0] !== undefined && days[0] < `${month}-01` && days[1] === `${month}-01`;
      if (!isFirst) wrong.push(`${timeZone} ${month}: ${new Date(start).toISOString()}`);
    }
  }
  expect(wrong).toEqual([]);
});
