import {
  daysOfPeriod,
  daysText,
  eachDay,
  eachMonth,
  isWithin,
  periodOfDays,
  periodText,
  PRESET_TEXTS,
  shifted,
  yearBefore,
} from "../../../portal/src/period.ts";

const TODAY = "2026-03-15";

test.each([
  ["30-days", "2026-02-14", null],
  ["this-month", "2026-03-01", "2026-03-31"],
  ["last-month", "2026-02-01", "2026-02-28"],
  ["12-months", "2025-04-01", null],
  ["this-year", "2026-01-01", "2026-12-31"],
  ["last-year", "2025-01-01", "2025-12-31"],
  ["all", null, null],
  ["2024-02", "2024-02-01", "2024-02-29"],
  ["2024", "2024-01-01", "2024-12-31"],
  ["2025-11-03_2025-11-14", "2025-11-03", "2025-11-14"],
  ["2025-11-03_", "2025-11-03", null],
  ["_2025-11-14", null, "2025-11-14"],
  // Of a reversed period the page says so.
  ["2025-11-14_2025-11-03", "2025-11-14", "2025-11-03"],
])("the period %s has the days from %s to %s", (period, from, to) => {
  expect(daysOfPeriod(period, TODAY)).toEqual({ from, to });
});

test.each(["", "_", "2025-13", "25", "0025", "2025-02-30_2025-03-01", "2025-11-03", "2025-11-3_", "toString", "hour"])(
  "%j is no period",
  (period) => {
    expect(daysOfPeriod(period, TODAY)).toBeNull();
  },
);

test("each preset has a text, and is read as the URL writes it", () => {
  expect(PRESET_TEXTS.map(([, text]) => text)).toEqual([
    "Last 30 days",
    "This month",
    "Last month",
    "Last 12 months",
    "This year",
    "Last year",
    "All time",
  ]);
});

test.each([
  [null, null, "all"],
  ["2024-02-01", "2024-02-29", "2024-02"],
  ["2025-02-01", "2025-02-27", "2025-02-01_2025-02-27"],
  ["2025-01-01", "2025-12-31", "2025"],
  ["2025-02-01", "2026-01-31", "2025-02-01_2026-01-31"],
  ["2025-11-03", null, "2025-11-03_"],
  [null, "2025-11-03", "_2025-11-03"],
])("the days from %s to %s are written as %s", (from, to, period) => {
  expect(periodOfDays({ from, to })).toBe(period);
  expect(daysOfPeriod(period, TODAY)).toEqual({ from, to });
});

test.each([
  ["30-days", "2026-01-15_2026-02-13", "2026-03-16_2026-04-14", "2025-02-14_2025-03-15"],
  ["this-month", "2026-02", "2026-04", "2025-03"],
  ["2026-03", "2026-02", "2026-04", "2025-03"],
  ["2024-02", "2024-01", "2024-03", "2023-02"],
  // The months that have begun, also the present one.
  ["12-months", "2024-04-01_2025-03-31", "2026-04-01_2027-03-31", "2024-04-01_2025-03-31"],
  ["2025", "2024", "2026", "2024"],
  ["2025-01-01_2025-03-31", "2024-10-01_2024-12-31", "2025-04-01_2025-06-30", "2024-01-01_2024-03-31"],
  ["2024-02-29_2024-03-01", "2024-02-27_2024-02-28", "2024-03-02_2024-03-03", "2023-02-28_2023-03-01"],
  ["2026-03-10_", "2026-03-04_2026-03-09", "2026-03-16_2026-03-21", "2025-03-10_2025-03-15"],
])("%s comes after %s and before %s, and a year after %s", (period, previous, next, before) => {
  const days = daysOfPeriod(period, TODAY);
  if (!days) throw new Error(`${period} is no period.`);
  const written = [shifted(days, -1, TODAY), shifted(days, 1, TODAY), yearBefore(days, TODAY)].map(
    (other) => other && periodOfDays(other),
  );
  expect(written).toEqual([previous, next, before]);
});

test("a period without a beginning has none before it", () => {
  const days = { from: null, to: "2025-11-14" };
  expect([shifted(days, -1, TODAY), yearBefore(days, TODAY)]).toEqual([null, null]);
});

test.each([
  ["30-days", "Last 30 days"],
  ["2025-11", "November 2025"],
  ["2025", "2025"],
  ["2025-11-03_2025-11-14", "3 Nov 2025 – 14 Nov 2025"],
  ["2025-11-03_2025-11-03", "3 Nov 2025"],
  ["2025-11-03_", "Since 3 Nov 2025"],
  ["_2025-11-14", "Until 14 Nov 2025"],
])("%s is shown as %s", (period, text) => {
  expect(periodText(period, daysOfPeriod(period, TODAY) ?? { from: null, to: null })).toBe(text);
});

test("a period's days and months are listed", () => {
  expect(eachDay("2024-02-27", "2024-03-01")).toEqual(["2024-02-27", "2024-02-28", "2024-02-29", "2024-03-01"]);
  expect(eachMonth("2025-11", "2026-02")).toEqual(["2025-11", "2025-12", "2026-01", "2026-02"]);
  expect([eachDay("2025-11-02", "2025-11-01"), eachMonth("2025-11", "2025-10")]).toEqual([[], []]);
  expect(daysText({ from: null, to: null })).toBe("All time");
  const days = { from: "2025-11-03", to: null };
  expect(["2025-11-02", "2025-11-03", "2030-01-01"].map((day) => isWithin(day, days))).toEqual([false, true, true]);
});
