import {
  dayAfter,
  dayOf,
  isTimeZone,
  monthAfter,
  monthOf,
  monthsIncluding,
  periodName,
  startOfMonth,
} from "../../src/domain/calendar.ts";

test.each([
  ["the last millisecond of a month", "2025-12-01T07:59:59.999Z", "2025-11-30", "2025-11"],
  ["the first millisecond of the next month", "2025-12-01T08:00:00.000Z", "2025-12-01", "2025-12"],
  ["the last millisecond of a year", "2026-01-01T07:59:59.999Z", "2025-12-31", "2025-12"],
  ["a leap day", "2024-02-29T20:00:00.000Z", "2024-02-29", "2024-02"],
  ["the hour that is repeated when clocks go back", "2025-11-02T09:30:00.000Z", "2025-11-02", "2025-11"],
  ["1970", "1970-01-01T00:00:00.000Z", "1969-12-31", "1969-12"],
  ["a year with a leading zero", "0250-09-04T20:00:00.000Z", "0250-09-04", "0250-09"],
])("the day and month of %s are those of the time zone", (_what, instant, day, month) => {
  expect(dayOf(new Date(instant), "America/Vancouver")).toBe(day);
  expect(monthOf(day)).toBe(month);
});

test.each([
  ["2025-12", 1, "2026-01"],
  ["2025-01", -1, "2024-12"],
  ["2025-11", 14, "2027-01"],
  ["2025-11", -23, "2023-12"],
  ["2024-02", 0, "2024-02"],
])("the month %s plus %i is %s", (month, months, expected) => {
  expect(monthAfter(month, months)).toBe(expected);
});

test.each([
  ["2025-11", "America/Vancouver", "2025-11-01T07:00:00.000Z"],
  ["2025-12", "America/Vancouver", "2025-12-01T08:00:00.000Z"],
  ["2025-03", "America/Vancouver", "2025-03-01T08:00:00.000Z"],
  ["2025-04", "America/Vancouver", "2025-04-01T07:00:00.000Z"],
  ["2026-01", "Etc/UTC", "2026-01-01T00:00:00.000Z"],
  ["2025-11", "Asia/Kathmandu", "2025-10-31T18:15:00.000Z"],
  ["2025-11", "Pacific/Auckland", "2025-10-31T11:00:00.000Z"],
  ["2025-11", "Pacific/Honolulu", "2025-11-01T10:00:00.000Z"],
  // Clocks went forward at midnight, to 01:00.
  ["1983-04", "Asia/Beirut", "1983-03-31T22:00:00.000Z"],
  ["2024-03", "Europe/London", "2024-03-01T00:00:00.000Z"],
  ["9999-12", "Etc/UTC", "9999-12-01T00:00:00.000Z"],
  ["1000-01", "Etc/UTC", "1000-01-01T00:00:00.000Z"],
])("the month %s begins in %s at %s", (month, timeZone, start) => {
  expect(startOfMonth(month, timeZone).toISOString()).toBe(start);
});

test.each([
  ["2024-02-28", 1, "2024-02-29"],
  ["2025-02-28", 1, "2025-03-01"],
  ["2025-12-31", 1, "2026-01-01"],
  ["2024-03-01", -1, "2024-02-29"],
])("the day %s plus %i is %s", (day, days, expected) => {
  expect(dayAfter(day, days)).toBe(expected);
});

test.each([
  ["2025-11", "2025-11", 1],
  ["2025-10", "2025-11", 2],
  ["2024-12", "2025-11", 12],
  ["2025-11", "2025-10", 0],
])("from %s to %s there are %d months", (from, to, months) => {
  expect(monthsIncluding(from, to)).toBe(months);
});

test.each([
  ["America/Vancouver", true],
  ["Etc/UTC", true],
  ["", false],
  ["America/Nowhere", false],
  ["constructor", false],
])("whether %j is a time zone: %j", (name, isOne) => {
  expect(isTimeZone(name)).toBe(isOne);
  expect(isTimeZone(name)).toBe(isOne);
});

test.each([
  ["2025-11-01", "2025-11-30", "2025-11"],
  ["2024-02-01", "2024-02-29", "2024-02"],
  ["2025-12-01", "2025-12-31", "2025-12"],
  ["2025-11-01", "2025-11-29", "2025-11-01_2025-11-29"],
  ["2025-11-02", "2025-11-30", "2025-11-02_2025-11-30"],
  ["2025-10-01", "2025-11-30", "2025-10-01_2025-11-30"],
  ["2025-11-14", "2025-11-14", "2025-11-14"],
  [null, "2025-11-30", "until_2025-11-30"],
])("the period from %s to %s is named %s", (first, last, name) => {
  expect(periodName(first, last)).toBe(name);
});
