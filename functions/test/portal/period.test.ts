import { text } from "node:stream/consumers";
import type { Page } from "playwright-core";
import { seedFranchisee } from "../../tools/bench/seed.ts";
import { HOSTING, newFranchisee } from "../support/api.ts";
import { CloseFixture, snapshot } from "../support/close-fixture.ts";
import { database } from "../support/database.ts";
import { violationsOf } from "./support/accessibility.ts";
import { rowsOf } from "./support/tables.ts";
import { visitAs } from "./support/visit.ts";

/** Payments of 10.00 at the two ends of October 2025 in Vancouver, in November, in November 2024, and now. */
async function franchiseeOfTwoYears(): Promise<CloseFixture> {
  const fixture = new CloseFixture();
  for (const [name, paidAt] of [
    ["Year before", "2024-11-10T20:00:00Z"],
    // 00:30 on 1 October and 23:30 on 31 October, both in daylight saving time.
    ["First of October", "2025-10-01T07:30:00Z"],
    ["Last of October", "2025-11-01T06:30:00Z"],
    ["November", "2025-11-01T07:30:00Z"],
    ["Now", new Date().toISOString()],
  ] as const) {
    await fixture.pay(`pi_${name.replaceAll(" ", "_")}`, paidAt, { name });
  }
  return fixture;
}

const parametersOf = (page: Page): string => new URL(page.url()).hash.split("?")[1] ?? "";

/** Waits until the list shows these customers, and the summary their count and gross. */
async function expectShown(page: Page, ...names: string[]): Promise<void> {
  await page.waitForFunction(
    (wanted) => wanted === [...document.querySelectorAll("[role=table] a")].map((link) => link.textContent).join(),
    names.join(),
  );
  const summary = page.getByRole("region", { name: "Summary" });
  if (names.length === 0) {
    await summary.getByText("No payments in this period").waitFor();
    return;
  }
  await summary.getByText(`${names.length} payment${names.length === 1 ? "" : "s"}`, { exact: true }).waitFor();
  await summary.getByText(`$${names.length * 10}.00`, { exact: true }).waitFor();
}

/** The ids in the file, and its name. */
async function downloaded(page: Page): Promise<{ ids: string[]; filename: string }> {
  const button = page.getByRole("button", { name: "Download CSV" });
  const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
  const file = await text(await download.createReadStream());
  return { ids: [...file.matchAll(/pi_\w+/g)].map(([id]) => id), filename: download.suggestedFilename() };
}

test("one period leads summary, chart, list and file, in each way that it can be chosen", async () => {
  const { id } = await franchiseeOfTwoYears();
  const { page } = await visitAs({ franchisees: [id] });
  const period = page.getByRole("combobox", { name: "Period" });
  const button = (name: string) => page.getByRole("button", { name, exact: true });
  await expectShown(page, "Now");
  expect(await period.locator("option:checked").textContent()).toBe("Last 30 days");

  await period.selectOption("All time");
  await expectShown(page, "Now", "November", "Last of October", "First of October", "Year before");
  expect(parametersOf(page)).toBe("period=all");
  expect(await button("Previous period").isDisabled()).toBe(true);

  await page.goto(`${HOSTING}/#/${id}?period=2025-10`);
  await expectShown(page, "Last of October", "First of October");
  expect(await period.locator("option:checked").textContent()).toBe("October 2025");
  expect(await page.getByLabel("From", { exact: true }).inputValue()).toBe("2025-10-01");
  expect(await page.getByLabel("To", { exact: true }).inputValue()).toBe("2025-10-31");
  const chart = page.getByRole("slider", { name: "Revenue by day" });
  expect(await chart.getAttribute("aria-valuemax")).toBe("31");
  expect(await downloaded(page)).toEqual({
    ids: ["pi_Last_of_October", "pi_First_of_October"],
    filename: `${id}-payments-2025-10.csv`,
  });
  expect(await violationsOf(page)).toEqual([]);

  await button("Next period").click();
  await expectShown(page, "November");
  expect(parametersOf(page)).toBe("period=2025-11");
  await button("A year earlier").click();
  await expectShown(page, "Year before");
  expect(parametersOf(page)).toBe("period=2024-11");
  await button("Previous period").click();
  await expectShown(page);
  await page.getByText("No payments in this period", { exact: true }).waitFor();
  await button("Show all payments").click();
  await expectShown(page, "Now", "November", "Last of October", "First of October", "Year before");

  await page.getByLabel("From", { exact: true }).fill("2025-10-31");
  await page.getByLabel("To", { exact: true }).fill("2025-11-01");
  await expectShown(page, "November", "Last of October");
  expect(parametersOf(page)).toBe("period=2025-10-31_2025-11-01");
  await page
    .getByRole("region", { name: "Period" })
    .getByRole("status")
    .getByText("31 Oct 2025 – 1 Nov 2025")
    .waitFor();

  await page.goto(`${HOSTING}/#/${id}?period=2025`);
  await expectShown(page, "November", "Last of October", "First of October");
  await page.goto(`${HOSTING}/#/${id}?period=nonsense`);
  await expectShown(page, "Now");
});

test("the revenue of a period's months is shown by workshop and organization type, and adds up to the summary", async () => {
  const fixture = new CloseFixture();
  const { id } = fixture;
  for (const [payment, paidAt, workshop] of [
    ["pi_1", "2025-10-15T20:00:00Z", { workshopId: "w1", workshopName: "Cedar", organizationType: "School" }],
    ["pi_2", "2025-11-15T20:00:00Z", { workshopId: "w1", workshopName: "Cedar rope" }],
    ["pi_3", "2025-11-16T20:00:00Z", { workshopId: "w2", workshopName: "Drum", organizationType: "Non_profit" }],
    ["pi_4", "2025-11-17T20:00:00Z", { organizationType: "non profit" }],
    ["pi_5", "2025-12-01T20:00:00Z", { workshopId: "w2", workshopName: "Drum" }],
  ] as const) {
    await fixture.pay(payment, paidAt, workshop);
  }
  const refunded = { amountRefunded: 250, netAdjustment: { currency: "cad", amount: -250 } };
  const part = { currency: "cad", refunds: -250, disputes: 0, disputeFees: 0, feesReturned: 0, other: 0 };
  await fixture.record(snapshot("pi_2", { ...refunded, adjustmentParts: [part] }, 300), new Date().toISOString());
  const { page } = await visitAs({ franchisees: [id] }, `#/${id}?period=2025-10-01_2025-11-30`);
  await page.getByText("By workshop and organization type", { exact: true }).click();
  await page.getByText("October 2025 – November 2025").first().waitFor();
  const figuresOf = async (name: string): Promise<(string | undefined)[][]> =>
    (await rowsOf(page, name)).map((row) => [row[0], row[1], row[2], row[5], row[6], row.at(-1)]);
  // Of 10.00 each, 9.00 remain after fees.
  expect(await figuresOf("By workshop, CAD")).toEqual([
    ["Cedar rope", "2", "$20.00", "$18.00", "-$2.50", "$15.50"],
    ["Drum", "1", "$10.00", "$9.00", "$0.00", "$9.00"],
    ["No workshop recorded", "1", "$10.00", "$9.00", "$0.00", "$9.00"],
    ["All workshops", "4", "$40.00", "$36.00", "-$2.50", "$33.50"],
  ]);
  expect(await figuresOf("By organization type, CAD")).toEqual([
    ["Non profit", "2", "$20.00", "$18.00", "$0.00", "$18.00"],
    ["No organization type recorded", "1", "$10.00", "$9.00", "-$2.50", "$6.50"],
    ["School", "1", "$10.00", "$9.00", "$0.00", "$9.00"],
    ["All organization types", "4", "$40.00", "$36.00", "-$2.50", "$33.50"],
  ]);
  const summary = page.getByRole("region", { name: "Summary" });
  for (const amount of ["$40.00", "$36.00", "$33.50"])
    await summary.getByText(amount, { exact: true }).first().waitFor();
  expect(await violationsOf(page)).toEqual([]);
});

test("Back, a reload, a second tab and an opened payment keep period and filters", async () => {
  const fixture = await franchiseeOfTwoYears();
  const { id } = fixture;
  const refunded = { amountRefunded: 250, netAdjustment: { currency: "cad", amount: -250 } };
  await fixture.record(snapshot("pi_Last_of_October", refunded, 300), new Date().toISOString());
  const { page } = await visitAs({ franchisees: [id] }, `#/${id}?period=2025-10`);
  await expectShown(page, "Last of October", "First of October");
  const has = page.getByRole("combobox", { name: "With" });
  await has.selectOption("Refund");
  const shows = (...names: string[]) =>
    page.waitForFunction(
      (wanted) => wanted === [...document.querySelectorAll("[role=table] a")].map((link) => link.textContent).join(),
      names.join(),
    );
  await shows("Last of October");
  expect(parametersOf(page)).toBe("period=2025-10&has=refund");
  expect(await downloaded(page)).toEqual({
    ids: ["pi_Last_of_October"],
    filename: `${id}-payments-2025-10-refund.csv`,
  });

  await page.getByRole("link", { name: "Last of October" }).click();
  const dialog = page.getByRole("dialog", { name: "Payment" });
  await dialog.getByRole("region", { name: "Fee breakdown" }).waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  expect(parametersOf(page)).toBe("period=2025-10&has=refund");
  await shows("Last of October");

  await page.reload();
  await shows("Last of October");
  expect(await has.locator("option:checked").textContent()).toBe("Refund");
  const tab = await page.context().newPage();
  await tab.goto(page.url());
  await tab.getByRole("link", { name: "Last of October" }).waitFor();
  expect(await tab.getByRole("combobox", { name: "Period" }).locator("option:checked").textContent()).toBe(
    "October 2025",
  );
  expect(await tab.getByRole("table", { name: "Payments" }).getByRole("link").count()).toBe(1);

  await has.selectOption("Dispute");
  await page.getByText("No payment matches these filters").waitFor();
  await page.goBack();
  await shows("Last of October");
  await page.getByRole("button", { name: "Clear filters" }).click();
  await expectShown(page, "Last of October", "First of October");
  await page.getByRole("link", { name: "Deposits" }).click();
  await page.getByRole("heading", { name: "Deposits" }).waitFor();
  await page.goBack();
  await expectShown(page, "Last of October", "First of October");
});

test("Back and a reload return to the same place of a long list", async () => {
  const own = newFranchisee();
  await seedFranchisee(database(), own, 400);
  const { page } = await visitAs({ franchisees: [own] }, `#/${own}?period=all`);
  await page.getByRole("table", { name: "Payments" }).waitFor();
  // Rows load as they come into view.
  await page.waitForFunction(() => {
    scrollBy({ top: 700, behavior: "instant" });
    return scrollY > 6_000;
  });
  await page.waitForTimeout(500);
  /** The payment in the middle of the window. */
  const middle = () =>
    page.evaluate(() => {
      const links = [...document.querySelectorAll<HTMLAnchorElement>("[role=table] a")];
      const distances = links.map((link) => Math.abs(link.getBoundingClientRect().top - innerHeight / 2));
      return links[distances.indexOf(Math.min(...distances))]?.href;
    });
  const [top, shown] = [await page.evaluate(() => scrollY), await middle()];
  const isBack = async (): Promise<void> => {
    await page.waitForFunction((wanted) => Math.abs(scrollY - wanted) < 2, top);
    await page.waitForFunction(() => document.querySelectorAll("[role=table] a").length > 10);
    expect(await middle()).toBe(shown);
  };
  await page.reload();
  await isBack();
  await page.evaluate((to) => (location.hash = to), `#/${own}/deposits`);
  await page.getByRole("heading", { name: "Deposits" }).waitFor();
  expect(await page.evaluate(() => scrollY)).toBe(0);
  await page.goBack();
  await isBack();
});
