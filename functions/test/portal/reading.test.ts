// cspell:ignore valuemax valuenow valuetext

import { apply } from "../../src/store/apply.ts";
import { HOSTING, newFranchisee } from "../support/api.ts";
import { DEFAULTS, observation } from "../support/records.ts";
import { violationsOf } from "./support/accessibility.ts";
import { deposit, franchiseeWithDeposit, write } from "./support/balance-fixture.ts";
import { cutAmounts } from "./support/text-size.ts";
import { expectError, visit, visitAs } from "./support/visit.ts";

async function record(franchiseeId: string, fields: object): Promise<void> {
  await apply(franchiseeId, observation(fields), { now: new Date(), defaults: DEFAULTS });
}

test("each view with days or times names the time zone once", async () => {
  const own = await franchiseeWithDeposit();
  const { page } = await visitAs({ admin: true });
  const headings: [address: string, heading: RegExp | string][] = [
    ["", "Franchisees"],
    ["exceptions", "Exceptions"],
    [own, own],
    [`${own}/pi_1`, own],
    [`${own}/closes`, "Daily closes"],
    [`${own}/deposits`, "Deposits"],
    [`${own}/deposits/po_1`, "Deposit"],
    [`${own}/statement/2025-11`, /^Balance statement/],
  ];
  for (const [address, name] of headings) {
    await page.goto(`${HOSTING}/#/${address}`);
    await page.locator("h1").filter({ hasText: name }).waitFor();
    const zone = page.getByText("America/Vancouver");
    await zone.waitFor();
    expect([address, await zone.count()]).toEqual([address, 1]);
  }
  await page.goto(`${HOSTING}/#/${own}`);
  await page.getByText("Days and times are in Pacific Time (America/Vancouver).").waitFor();
});

// cspell:disable-next-line
const ARABIC = "عبد الرحمن بن محمد بن عبد العزيز آل سعود المستشار في الشؤون المالية والإدارية";

test("an Arabic name that is too long for its place is cut at its end, not at its beginning", async () => {
  const own = newFranchisee();
  await record(own, { name: ARABIC, workshopName: ARABIC });
  const { page } = await visitAs({ franchisees: [own] });
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    for (const cell of [page.getByRole("link", { name: ARABIC }), page.getByRole("cell", { name: ARABIC }).nth(1)]) {
      await cell.waitFor();
      const seen = await cell.evaluate((element) => {
        const box = element.getBoundingClientRect();
        const [text] = element.childNodes;
        if (!text) throw new Error("The cell is empty.");
        const [start, end] = [0, element.textContent.length - 1].map((index) => {
          const letter = document.createRange();
          letter.setStart(text, index);
          letter.setEnd(text, index + 1);
          const { left, right } = letter.getBoundingClientRect();
          return left >= box.left - 1 && right <= box.right + 1;
        });
        return { isCut: element.scrollWidth > element.clientWidth, start, end };
      });
      expect(seen).toEqual({ isCut: true, start: true, end: false });
    }
  }
  await page.getByRole("link", { name: ARABIC }).click();
  const name = page.getByRole("dialog").locator(".payment-name");
  expect(await name.evaluate((element) => getComputedStyle(element).direction)).toBe("rtl");
});

test("an amount that large text cuts is found", async () => {
  const own = newFranchisee();
  await record(own, { name: "Ada", amount_total: 123_456_789, amount_franchisee_net: 123_456_689 });
  const { page } = await visitAs({ franchisees: [own] });
  await page.getByRole("link", { name: "Ada" }).waitFor();
  expect(await violationsOf(page)).toEqual([]);
  await page.evaluate(() => {
    const style = new CSSStyleSheet();
    style.replaceSync(".row > .cell-amount { width: 4rem; white-space: nowrap; overflow: hidden }");
    document.adoptedStyleSheets = [style];
  });
  expect(await cutAmounts(page)).toEqual(["$1,234,567.89"]);
});

test("the headers of long tables stay in view", async () => {
  const own = newFranchisee();
  const deposits = Array.from({ length: 40 }, (_, index) =>
    deposit(`po_${index}`, { amount: 100 + index, createdAt: new Date(Date.UTC(2025, 10, 1, index)) }),
  );
  await write(own, { deposits });
  for (let index = 0; index < 40; index += 1)
    await record(own, { stripePaymentId: `pi_${index}`, name: `Ada ${index}` });
  const { page } = await visitAs({ franchisees: [own] });
  const staysInView = async (name: string): Promise<void> => {
    const header = page.getByRole("columnheader", { name, exact: true });
    await header.waitFor();
    await page.evaluate(() => scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" }));
    await page.waitForFunction(() => scrollY > 500);
    await page.waitForTimeout(200);
    const isOnTop = await header.evaluate((element) => {
      const { left, top, height } = element.getBoundingClientRect();
      const hit = document.elementFromPoint(left + 4, top + height / 2);
      return top >= 0 && top < 60 && hit !== null && (element.contains(hit) || hit.contains(element));
    });
    expect([name, isOnTop]).toEqual([name, true]);
  };
  await page.getByRole("link", { name: "Ada 39" }).waitFor();
  await staysInView("Workshop");
  await page.goto(`${HOSTING}/#/${own}/deposits`);
  await staysInView("Arrival date");
});

test("the chart's values are read by pointer, keyboard and touch", async () => {
  const own = newFranchisee();
  // The record's own figures: $10.00, of which the franchisee receives $9.00.
  await record(own, { name: "Ada" });
  const { page } = await visitAs({ franchisees: [own] }, "", { hasTouch: true });
  const chart = page.getByRole("slider", { name: "Revenue by day" });
  await chart.locator("canvas").waitFor();
  const legend = page.locator(".legend");
  const values = /^\d+ \w+ \d{4}Gross \$10\.00Net \$9\.001 payment$/;
  const nothing = /Gross \$0\.00Net \$0\.000 payments$/;
  expect(await legend.innerText()).toBe("Gross\nNet (after fees, before refunds and disputes)");

  await chart.focus();
  await page.waitForFunction(() => document.querySelector(".legend strong"));
  expect(await legend.textContent()).toMatch(values);
  expect(await chart.getAttribute("aria-valuetext")).toMatch(/^\d+ \w+ \d{4}: Gross \$10\.00, Net \$9\.00, 1 payment$/);
  const today = Number(await chart.getAttribute("aria-valuenow"));
  await page.keyboard.press(today === 1 ? "ArrowRight" : "ArrowLeft");
  await legend.getByText("0 payments").waitFor();
  expect(await legend.textContent()).toMatch(nothing);
  await page.keyboard.press(today === 1 ? "ArrowLeft" : "ArrowRight");
  await legend.getByText("1 payment", { exact: true }).waitFor();
  await chart.blur();
  await legend.locator("strong").waitFor({ state: "hidden" });

  const area = await chart.locator(".u-over").boundingBox();
  if (!area) throw new Error("The chart is not drawn.");
  const days = Number(await chart.getAttribute("aria-valuemax"));
  const x = area.x + (area.width * (today - 0.4)) / (days + 0.2);
  const y = area.y + area.height / 2;
  await page.mouse.move(x, y);
  await legend.getByText("1 payment", { exact: true }).waitFor();
  expect(await legend.textContent()).toMatch(values);
  await page.mouse.move(0, 0);
  await legend.locator("strong").waitFor({ state: "hidden" });
  await page.touchscreen.tap(x, y);
  await legend.getByText("1 payment", { exact: true }).waitFor();
  expect(await violationsOf(page)).toEqual([]);
});

test("a missing page is styled as the portal, light and dark, and there is a favicon", async () => {
  const visited = await visit("no-such-page");
  const { page } = visited;
  await page.getByRole("heading", { name: "Page not found" }).waitFor();
  const colours = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await colours();
  await page.emulateMedia({ colorScheme: "dark" });
  expect([light, await colours()]).toEqual(["rgb(246, 247, 248)", "rgb(14, 20, 25)"]);
  await page.emulateMedia({ colorScheme: "light" });
  expect(await violationsOf(page)).toEqual([]);
  await page.getByRole("link", { name: "Go to home" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  expectError(visited, /status of 404/);
  const icon = await fetch(`${HOSTING}/favicon.ico`);
  expect(icon.status).toBe(200);
  expect([...new Uint8Array(await icon.arrayBuffer()).slice(0, 4)]).toEqual([0, 0, 1, 0]);
});
