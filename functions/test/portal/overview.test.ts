import { text } from "node:stream/consumers";
import type { Page } from "playwright-core";
import { monthName, shortMonth } from "../../../portal/src/time.ts";
import { dayAfter, dayOf, monthAfter, monthOf } from "../../src/domain/calendar.ts";
import { HOSTING } from "../support/api.ts";
import { ADJUSTED, CloseFixture, snapshot, TWENTY } from "../support/close-fixture.ts";
import { database } from "../support/database.ts";
import { recountNetwork } from "../support/network-recount.ts";
import { DEFAULTS } from "../support/records.ts";
import { violationsOf } from "./support/accessibility.ts";
import { visitAs } from "./support/visit.ts";

/** Three franchisees with payments in March and February of this year and in March of the year before. */
async function threeFranchisees(year: number): Promise<Record<"cedar" | "moon" | "other", CloseFixture>> {
  const [cedar, moon, other] = [new CloseFixture(), new CloseFixture(), new CloseFixture()];
  await cedar.pay("pi_1", `${year}-03-01T20:00:00Z`);
  await cedar.record(snapshot("pi_1", ADJUSTED, 300), `${year}-04-02T20:00:00Z`);
  await cedar.pay("pi_2", `${year}-03-02T20:00:00Z`);
  // The last hour of March in Vancouver.
  await cedar.pay("pi_3", `${year}-04-01T06:30:00Z`);
  await cedar.pay("pi_4", `${year}-02-10T20:00:00Z`);
  await moon.pay("pi_5", `${year}-03-10T20:00:00Z`, TWENTY);
  await moon.pay("pi_6", `${year}-02-11T20:00:00Z`, TWENTY);
  await moon.pay("pi_7", `${year}-02-12T20:00:00Z`, TWENTY);
  await moon.pay("pi_8", `${year - 1}-03-13T20:00:00Z`, TWENTY);
  await other.pay("pi_9", `${year}-02-14T20:00:00Z`);
  await other.pay("pi_10", `${year}-03-15T20:00:00Z`, { currency: "usd" });
  for (const [{ id }, businessName] of [
    [cedar, "Cedar Works"],
    [moon, "Moon Kitsilano"],
  ] as const) {
    await database()
      .doc(`franchisees/${id}`)
      .update({ profile: { businessName, city: "Vancouver", owner: null } });
  }
  return { cedar, moon, other };
}

const parametersOf = (page: Page): string => new URL(page.url()).hash.split("?")[1] ?? "";

/** The cells of each row of a table's body, its row header included. */
async function rowsOf(page: Page, name: string): Promise<string[][]> {
  const table = page.getByRole("table", { name, exact: true });
  await table.waitFor();
  return table.locator("tbody tr").evaluateAll((rows) => {
    return rows.map((row) => [...row.children].map((cell) => cell.textContent ?? ""));
  });
}

const franchiseesOf = async (page: Page, name: string): Promise<string[]> =>
  (await rowsOf(page, name)).map(([, franchisee = ""]) => franchisee.replace(/ acct_\w+$/, ""));

test("head office compares a month of all franchisees, and each franchisee's, with the month and the year before", async () => {
  const { cedar, moon, other } = await threeFranchisees(2019);
  const { page } = await visitAs({ admin: true }, "#/overview?month=2019-03");
  await page.getByRole("heading", { name: "Overview, March 2019" }).waitFor();
  // 30.00 + 20.00; 10.00 + 40.00 + 10.00; 20.00.
  expect(await rowsOf(page, "All franchisees, CAD")).toEqual([
    ["Gross", "$50.00", "$60.00", "-$10.00 -16.7%", "$20.00", "+$30.00 +150%"],
    ["Stripe fees", "-$2.65", "-$2.94", "+$0.29 +9.9%", "-$0.88", "-$1.77 -201.1%"],
    ["Platform fees", "-$2.35", "-$3.06", "+$0.71 +23.2%", "-$1.12", "-$1.23 -109.8%"],
    ["Net", "$45.00", "$54.00", "-$9.00 -16.7%", "$18.00", "+$27.00 +150%"],
    ["Refunds", "-$2.50", "$0.00", "-$2.50 –", "$0.00", "-$2.50 –"],
    ["Disputes", "-$3.00", "$0.00", "-$3.00 –", "$0.00", "-$3.00 –"],
    ["Dispute fees", "-$1.50", "$0.00", "-$1.50 –", "$0.00", "-$1.50 –"],
    ["Fees returned", "$0.10", "$0.00", "+$0.10 –", "$0.00", "+$0.10 –"],
    // 45.00 − 2.50 − 3.00 − 1.50 + 0.10 = 38.10.
    ["Earned", "$38.10", "$54.00", "-$15.90 -29.4%", "$18.00", "+$20.10 +111.7%"],
  ]);
  const ranking = await rowsOf(page, "Franchisees, CAD");
  const later = ["-$2.50", "-$3.00", "-$1.50", "$0.10"];
  const nothing = ["$0.00", "$0.00", "$0.00", "$0.00"];
  expect(ranking).toEqual([
    ["1", `Cedar Works ${cedar.id}`, "$30.00", "-$1.77", "-$1.23", "$27.00", ...later, "$20.10", "+200%", "–", ""],
    ["2", `Moon Kitsilano ${moon.id}`, "$20.00", "-$0.88", "-$1.12", "$18.00", ...nothing, "$18.00", "-50%", "0%", ""],
    ["3", other.id, "$0.00", "$0.00", "$0.00", "$0.00", ...nothing, "$0.00", "-100%", "–", ""],
  ]);
  await page.getByRole("img", { name: "Gross: March 2018 $20.00, February 2019 $40.00, March 2019 $20.00" }).waitFor();

  const right = await recountNetwork([cedar, moon, other], DEFAULTS.timeZone);
  const shown = (cell = ""): number => Math.round(100 * Number(cell.replaceAll(/[^\d.-]/g, "")));
  for (const [, name = "", gross, , , net, , , , , earned] of ranking) {
    const figures = ["gross", "net", "earned"].map((figure) =>
      right.get(`${name.split(" ").at(-1)} 2019-03 cad ${figure}`),
    );
    expect([gross, net, earned].map(shown)).toEqual(figures.map((figure) => figure ?? 0));
  }
  expect(["gross", "net", "earned"].map((figure) => right.get(`network 2019-03 cad ${figure}`))).toEqual([
    5_000, 4_500, 3_810,
  ]);
  await page.getByText("As of").waitFor();
  expect(await violationsOf(page)).toEqual([]);

  const button = page.getByRole("button", { name: "Download CSV" });
  const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
  expect(download.suggestedFilename()).toBe("network-revenue-2019-03.csv");
  const lines = (await text(await download.createReadStream())).split("\r\n");
  expect(lines.filter((line) => [cedar, moon, other].some(({ id }) => line.includes(id)))).toHaveLength(7);

  await page.emulateMedia({ media: "print" });
  // A4 and Letter in landscape, between the margins of styles/print.css.
  for (const width of [1_016, 950]) {
    await page.setViewportSize({ width, height: 700 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    const cut = "[...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth).length";
    expect(await page.evaluate(cut)).toBe(0);
    expect(await page.getByRole("button", { name: "Download CSV" }).isVisible()).toBe(false);
  }
});

test("month, currency and order are in the address: after a reload, Back and in a second tab they are the same", async () => {
  await threeFranchisees(2015);
  const address = `${HOSTING}/#/overview?month=2015-03`;
  const { page } = await visitAs({ admin: true });
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Overview" }).click();
  await page.getByRole("heading", { name: /^Overview, / }).waitFor();
  await page.goto(address);
  const table = "Franchisees, CAD";
  const header = (name: string) =>
    page.getByRole("table", { name: table }).getByRole("columnheader", { name, exact: true });
  const sortBy = (name: string) => header(name).getByRole("button").click();
  // The page is drawn after its address has changed, headers and rows at once.
  const isSorted = (name: string, order: string) =>
    page.locator(`[aria-sort=${order}]`).filter({ hasText: name }).waitFor();
  await header("Rank").waitFor();
  expect(await header("Rank").getAttribute("aria-sort")).toBe("ascending");

  await sortBy("Gross vs February 2015");
  await page.waitForURL(`${address}&sort=month-before&order=descending`);
  await isSorted("Gross vs February 2015", "descending");
  const changes = async () => (await rowsOf(page, table)).map((row) => Number.parseFloat(row[11] ?? ""));
  const descending = await changes();
  expect(descending).toEqual(descending.toSorted((a, b) => b - a));
  await sortBy("Gross vs February 2015");
  await page.waitForURL(/order=ascending$/);
  await isSorted("Gross vs February 2015", "ascending");
  const ascending = await changes();
  expect(ascending).toEqual(ascending.toSorted((a, b) => a - b));
  expect(await header("Gross vs February 2015").getAttribute("aria-sort")).toBe("ascending");
  const names = await franchiseesOf(page, table);
  await page.reload();
  expect(await franchiseesOf(page, table)).toEqual(names);
  await sortBy("Franchisee");
  await page.waitForURL(/sort=franchisee&order=ascending$/);
  await isSorted("Franchisee", "ascending");
  const named = await franchiseesOf(page, table);
  expect(named[0]).toBe("Cedar Works");
  expect(named.at(-1)).toMatch(/^acct_/);
  await page.goBack();
  await page.waitForURL(/sort=month-before&order=ascending$/);
  await isSorted("Gross vs February 2015", "ascending");
  expect(await franchiseesOf(page, table)).toEqual(names);

  await page.getByRole("combobox", { name: "Currency" }).selectOption("USD");
  await page.waitForURL(/currency=usd/);
  expect((await rowsOf(page, "Franchisees, USD"))[0]?.[2]).toBe("US$10.00");
  await page.getByRole("button", { name: "Previous month" }).click();
  await page.getByRole("heading", { name: "Overview, February 2015" }).waitFor();
  // There are no US dollars in February, or before.
  await page.getByRole("columnheader", { name: "All franchisees, CAD" }).waitFor();
  await page.getByRole("button", { name: "Next month" }).click();
  await page.getByRole("columnheader", { name: "All franchisees, USD" }).waitFor();
  const second = await page.context().newPage();
  await second.goto(page.url());
  await second.getByRole("columnheader", { name: "All franchisees, USD" }).waitFor();
  expect(parametersOf(second)).toBe("month=2015-03&sort=month-before&order=ascending&currency=usd");

  await page.getByRole("combobox", { name: "Month" }).selectOption({ index: 0 });
  await page.getByRole("heading", { name: `Overview, ${monthName(monthOf(today()))}` }).waitFor();
  await page.goto(`${HOSTING}/#/overview?month=2017-01`);
  await page.getByText("No payments in this period").waitFor();
});

const today = (): string => dayOf(new Date(), DEFAULTS.timeZone);

test("a month that has not ended is compared with the same days, or with whole months; it can be read again", async () => {
  // A currency that no other test uses.
  const currency = { currency: "isk" };
  const fixture = new CloseFixture();
  const [day, thisMonth] = [today(), monthOf(today())];
  const before = monthAfter(thisMonth, -1);
  const lastDay = dayAfter(`${thisMonth}-01`, -1);
  await fixture.pay("pi_1", new Date().toISOString(), currency);
  await fixture.pay("pi_2", `${before}-01T20:00:00Z`, currency);
  await fixture.pay("pi_3", `${lastDay}T20:00:00Z`, currency);
  const { page } = await visitAs({ admin: true }, "#/overview?currency=isk");
  const grossOf = async () => (await rowsOf(page, "All franchisees, ISK"))[0]?.slice(0, 3);
  const daysOf = (month: string, last: number) =>
    `${last === 1 ? "" : "1–"}${last} ${shortMonth(month)} ${month.slice(0, 4)}`;
  const [days, daysBefore] = [Number(day.slice(-2)), Number(lastDay.slice(-2))];
  // On the last days of a longer month, all of the month before is compared.
  const same = days >= daysBefore ? 2 : 1;
  expect(await grossOf()).toEqual(["Gross", "ISK 10.00", `ISK ${same}0.00`].map((cell) => cell.replace(" ", "\u00a0")));
  for (const name of [daysOf(thisMonth, days), daysOf(before, Math.min(days, daysBefore))]) {
    await page.getByRole("columnheader", { name, exact: true }).waitFor();
  }
  await page.getByRole("combobox", { name: "Compare" }).selectOption("Whole months");
  await page.waitForURL(/compare=months/);
  await page.getByRole("columnheader", { name: monthName(before), exact: true }).waitFor();
  await page.getByRole("columnheader", { name: daysOf(thisMonth, days), exact: true }).waitFor();
  expect(await grossOf()).toEqual(["Gross", "ISK\u00a010.00", "ISK\u00a020.00"]);

  await fixture.pay("pi_4", new Date().toISOString(), currency);
  await page.getByRole("button", { name: "Read again" }).click();
  await page.getByRole("table", { name: "All franchisees, ISK" }).getByText("ISK\u00a020.00").nth(1).waitFor();
  expect(await grossOf()).toEqual(["Gross", "ISK\u00a020.00", "ISK\u00a020.00"]);
});

test("the overview is for head office alone; one that cannot be read says so, and can be tried again", async () => {
  const owner = await visitAs({ franchisees: [new CloseFixture().id] }, "#/overview");
  await owner.page.getByText("Page not found").first().waitFor();
  expect(owner.sent.filter((request) => request.includes("/api/revenue"))).toEqual([]);

  const made = await visitAs({ admin: true });
  await made.page.route("**/api/revenue?**", (route) => route.fulfill({ status: 500, body: "{}" }), { times: 1 });
  await made.page.goto(`${HOSTING}/#/overview?month=2017-01`);
  await made.page.getByRole("alert").getByText("This couldn’t be loaded.").waitFor();
  made.errors.splice(0);
  await made.page.getByRole("button", { name: "Try again" }).click();
  await made.page.getByText("No payments in this period").waitFor();
});
