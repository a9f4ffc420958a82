import { text } from "node:stream/consumers";
import type { Page } from "playwright-core";
import { z } from "zod";
import { get, HOSTING } from "../support/api.ts";
import { violationsOf } from "./support/accessibility.ts";
import { deposit, franchiseeWithDeposit, rowsOf, write } from "./support/balance-fixture.ts";
import { expectError, visitAs } from "./support/visit.ts";

const amount = z.int();
const statementSchema = z.object({
  currencies: z.tuple([
    z.object({
      currency: z.literal("cad"),
      opening: amount,
      activity: z.array(z.object({ reportingCategory: z.string(), count: amount, net: amount })),
      payouts: amount,
      closing: amount,
      stripeBalance: amount,
      difference: amount,
    }),
  ]),
});

/** A minor unit's digits as the page shows them. */
const cad = (minor: number): string =>
  new Intl.NumberFormat("en-CA", { style: "currency", currency: "cad" }).format(minor / 100);

/** In points, as Chromium rounds them. */
const SIZES = { A4: [596, 843], Letter: [612, 792] } as const;

/** The pages of a PDF, and their sizes. */
async function printed(page: Page, format: keyof typeof SIZES): Promise<{ pages: number; sizes: string[] }> {
  const file = (await page.pdf({ format })).toString("latin1");
  const sizes = [...file.matchAll(/\/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]/g)].map(([, width, height]) =>
    [width, height].map((points) => Math.round(Number(points))).join(" × "),
  );
  return { pages: file.match(/\/Type ?\/Page\b/g)?.length ?? 0, sizes: [...new Set(sizes)] };
}

test("a month's statement has the API's figures, to the cent, and is a file", async () => {
  const own = await franchiseeWithDeposit();
  const visit = await visitAs({ franchisees: [own] });
  const { page } = visit;
  await page.goto(`${HOSTING}/#/${own}/statement/2025-11`);
  await page.getByRole("table", { name: "Deposits, CAD" }).waitFor();
  const facts = page.getByRole("main").locator("dl").first();
  expect(await facts.innerText()).toBe(
    [
      ["Franchisee", own],
      ["Period", "1 Nov 2025 to 30 Nov 2025"],
      ["Movements until", "22 Nov 2025, 04:00"],
      ["Time zone", "America/Vancouver"],
      ["Currency", "CAD"],
      ["Basis", "By date of movement. The revenue report is by date of payment, so their figures differ."],
    ]
      .flat()
      .join("\n"),
  );
  const rows = await rowsOf(visit, "Balance, CAD");
  expect(rows).toEqual([
    ["Opening balance", "$0.00"],
    ["Payments", "4", "$380.00", "-$31.22", "$348.78"],
    ["Fees billed or returned separately", "2", "-$1.00", "$0.00", "-$1.00"],
    ["Refunds", "1", "-$20.00", "$0.00", "-$20.00"],
    ["Disputes", "1", "-$100.00", "-$15.00", "-$115.00"],
    ["Activity", "8", "$259.00", "-$46.22", "$212.78"],
    ["Deposits", "-$187.45"],
    ["Closing balance", "$25.33"],
  ]);
  expect(await rowsOf(visit, "Deposits, CAD")).toEqual([
    ["14 Nov 2025", "18 Nov 2025", "Automatic", "Paid out", "$187.45"],
  ]);
  await page.getByText("Fees in these figures: Stripe $31.22, platform $0.00, disputes $15.00.").waitFor();
  await page
    .getByText(
      "Stripe’s balance on 22 Nov 2025, 04:00: $25.33 (-$2.00 available, $27.33 pending). " +
        "Closing balance: $25.33. Difference: $0.00.",
    )
    .waitFor();

  const address = `${HOSTING}/api/franchisees/${own}/balance?month=2025-11`;
  const [{ opening, activity, payouts, closing }] = statementSchema.parse(
    JSON.parse((await get(address)).text),
  ).currencies;
  expect(rows.map((row) => row.at(-1))).toEqual(
    [opening, ...activity.map(({ net }) => net), activity.reduce((sum, { net }) => sum + net, 0), payouts, closing].map(
      cad,
    ),
  );
  for (const [hash, path] of [
    [`#/${own}/statement/2025-11`, "balance?month=2025-11&format=csv"],
    [`#/${own}/deposits/po_1`, "payouts/po_1?format=csv"],
  ] as const) {
    await page.goto(`${HOSTING}/${hash}`);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download CSV" }).click(),
    ]);
    const file = await text(await download.createReadStream());
    expect(file).toContain("txn_6");
    const served = await get(`${HOSTING}/api/franchisees/${own}/${path}`);
    expect(file.replace(/^\uFEFF/, "")).toBe(served.text.replace(/^\uFEFF/, ""));
    expect(download.suggestedFilename()).toMatch(/\.csv$/);
  }
});

test("a month's deposits are a journal for QuickBooks, and for Xero once its account codes are set", async () => {
  const own = await franchiseeWithDeposit();
  const visited = await visitAs({ franchisees: [own] }, `#/${own}/statement/2025-11`);
  const { page } = visited;
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "QuickBooks Online" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe(`${own}-journal-2025-11-quickbooks.csv`);
  expect(await text(await download.createReadStream())).toContain("Bank,187.45,");
  await page.getByRole("button", { name: "Xero" }).click();
  await page.getByRole("alert").getByText("XERO_ACCOUNTS").waitFor();
  expectError(visited, /status of 409/);
});

test("the statement prints on A4 and Letter, black on white, without controls", async () => {
  const own = await franchiseeWithDeposit();
  const deposits = Array.from({ length: 60 }, (_, index) =>
    deposit(`po_more${index}`, { createdAt: new Date(Date.UTC(2025, 10, 2, index)), amount: 100 + index }),
  );
  await write(own, { deposits });
  const { page } = await visitAs({ franchisees: [own] }, "", { colorScheme: "dark" });
  await page.goto(`${HOSTING}/#/${own}/statement/2025-11`);
  await page.getByRole("table", { name: "Deposits, CAD" }).waitFor();
  expect(await violationsOf(page)).toEqual([]);
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  // The width of A4 without its margins.
  await page.setViewportSize({ width: 690, height: 1000 });
  const shown = await page.evaluate(() => ({
    text: document.body.innerText,
    width: document.documentElement.scrollWidth,
    colours: [document.documentElement, ...document.querySelectorAll("h1, h2, th, td, dd")].map((element) => {
      const { color, backgroundColor } = getComputedStyle(element);
      return `${color} on ${backgroundColor}`;
    }),
    heads: [...document.querySelectorAll("thead")].map((head) => getComputedStyle(head).display),
    rows: [...document.querySelectorAll("tbody tr")].map((row) => getComputedStyle(row).breakInside),
  }));
  for (const control of ["Print", "Download CSV", "Sign out", "Month", "Payments\n"]) {
    expect(shown.text).not.toContain(`\n${control}\n`);
  }
  // 60 deposits of 1.00 to 1.59, and the one of which the movement is recorded.
  expect(shown.text).toContain("These add up to $265.15. The rest, +$77.70, is from deposits that were returned");
  for (const figure of ["$348.78", "$212.78", "-$187.45", "$25.33", "$1.59", own, "November 2025"]) {
    expect(shown.text).toContain(figure);
  }
  expect(shown.width).toBeLessThanOrEqual(690);
  const inks = new Set(shown.colours.map((colour) => colour.replace(/^rgb\((0, 0, 0|51, 51, 51)\)/, "ink")));
  expect([...inks].toSorted()).toEqual(["ink on rgb(255, 255, 255)", "ink on rgba(0, 0, 0, 0)"]);
  expect(new Set(shown.heads)).toEqual(new Set(["table-header-group"]));
  expect(new Set(shown.rows)).toEqual(new Set(["avoid"]));
  for (const format of ["A4", "Letter"] as const) {
    const { pages, sizes } = await printed(page, format);
    expect(sizes).toEqual([SIZES[format].join(" × ")]);
    expect(pages).toBeGreaterThan(1);
    expect(pages).toBeLessThan(5);
  }
});

test("the keyboard alone leads to another month; a month before the first comparison or in the future says so", async () => {
  const own = await franchiseeWithDeposit();
  const visit = await visitAs({ franchisees: [own] });
  const { page } = visit;
  await page.getByRole("link", { name: "Balance statement" }).focus();
  await page.keyboard.press("Enter");
  const month = page.getByRole("combobox", { name: "Month" });
  await month.waitFor();
  await month.focus();
  const current = await month.inputValue();
  await page.keyboard.press("ArrowDown");
  await page.waitForFunction(
    (before) => !location.hash.endsWith("statement") && !location.hash.endsWith(before),
    current,
  );
  expect(await page.locator(":focus").evaluate(({ tagName }) => tagName)).toBe("SELECT");
  expect(await page.title()).toMatch(/^Balance statement, \w+ \d{4} · Payments$/);
  await page.getByText("Opening balance").or(page.getByText("No activity this month")).first().waitFor();
  await page.goto(`${HOSTING}/#/${own}/statement/9999-12`);
  await page.getByRole("alert").getByText("The statement couldn’t be loaded.").waitFor();
  expectError(visit, /status of 400/);
});
