import type { Page } from "playwright-core";
import { apply } from "../../src/store/apply.ts";
import { HOSTING, newFranchisee } from "../support/api.ts";
import { database, revisionsOf, transactionsOf } from "../support/database.ts";
import { DEFAULTS, snapshotSeen, observation } from "../support/records.ts";
import { violationsOf } from "./support/accessibility.ts";
import { expectError, readsWhenLoaded, visit, visitAs } from "./support/visit.ts";

/** Records a golden record or a Stripe snapshot of `pi_1`. */
async function record(franchiseeId: string, change: Parameters<typeof apply>[1]): Promise<void> {
  await apply(franchiseeId, change, { now: new Date(), defaults: DEFAULTS });
}

/** Records a cent more than Stripe has. */
async function createException(franchiseeId: string, fields: object = {}): Promise<void> {
  await record(franchiseeId, observation({ amount_total: 1001, amount_franchisee_net: 901, ...fields }));
  await record(franchiseeId, snapshotSeen());
}

test("every view of a franchisee is accessible, light and dark, and fits a phone", async () => {
  const own = newFranchisee();
  const long = "Bartholomew-Montgomery-Featherstonehaugh-".repeat(4);
  await createException(own, {
    name: `${long} of Saskatoon`,
    workshopName: long,
    email: `${long.toLowerCase()}@example.com`,
  });
  for (const [index, currency] of ["usd", "jpy", "kwd"].entries()) {
    const amounts = { amount_total: 999_999_999_999, amount_franchisee_net: 999_999_999_899 };
    await record(own, observation({ stripePaymentId: `pi_more${index}`, currency, ...amounts }));
  }
  const totals = { cad: { count: 1, gross: 1001, stripeFees: 59, platformFees: 41, net: 901 } };
  const close = { day: "2026-11-01", transactions: 1, totals, exceptions: { open: 1 }, hash: "0".repeat(64) };
  await database().doc(`franchisees/${own}/closes/${close.day}`).set(close);
  const found: Record<string, string[]> = {};
  const { page: outside } = await visit();
  await outside.getByRole("heading", { name: "Sign in" }).waitFor();
  found["sign in"] = await violationsOf(outside);

  const { page } = await visitAs({ franchisees: [own] });
  await page.getByRole("link", { name: long }).waitFor();
  for (const shown of ["JP¥999,999,999,999", "KWD\u00A0999,999,999.999", "US$9,999,999,999.99", "$10.01"])
    await page.getByRole("region", { name: "Summary" }).getByText(shown, { exact: true }).waitFor();
  found["payments"] = await violationsOf(page);
  await page.getByRole("link", { name: long }).click();
  await page.getByRole("region", { name: "Fee breakdown" }).waitFor();
  found["payment"] = await violationsOf(page);
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByRole("link", { name: "Daily closes" }).click();
  await page.getByRole("table", { name: "Daily closes" }).waitFor();
  found["closes"] = await violationsOf(page);
  await page.goto(`${HOSTING}/#/${newFranchisee()}`);
  await page.getByRole("heading", { name: "You don’t have access to this franchise" }).waitFor();
  found["access denied"] = await violationsOf(page);
  expect(found).toEqual(Object.fromEntries(Object.keys(found).map((view) => [view, []])));
});

/** Of the list of franchisees. Payments of other tests add to its reads while it is shown. */
async function fewestReads(page: Page): Promise<number> {
  const reads: number[] = [];
  for (let load = 0; load < 4; load += 1) {
    if (load > 0) await page.reload();
    await page.getByRole("img", { name: "Gross: " }).first().waitFor();
    reads.push(await readsWhenLoaded(page));
  }
  return Math.min(...reads);
}

test("head office finds an exception and resolves its current state; its views are accessible and fit a phone", async () => {
  const own = newFranchisee();
  const name = `Customer of ${own}`;
  await createException(own, { name });
  const made = await visitAs({ admin: true });
  const { page, email } = made;
  const found: Record<string, string[]> = {};
  await page.getByRole("table", { name: "Franchisees" }).waitFor();
  await page.getByRole("columnheader", { name: "Exceptions" }).getByRole("button").waitFor();
  expect(await fewestReads(page)).toBeLessThanOrEqual(60);
  found["franchisees"] = await violationsOf(page);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Exceptions" }).click();
  const row = page.getByRole("table", { name: "Exceptions" }).getByRole("row").filter({ hasText: name });
  await row.getByText("+$0.01").first().waitFor();
  found["exceptions"] = await violationsOf(page);
  await row.getByRole("link", { name }).click();
  const dialog = page.getByRole("dialog", { name: "Payment" });
  await dialog.getByRole("region", { name: "History" }).getByText("first Stripe snapshot").waitFor();
  found["an exception"] = await violationsOf(page);
  expect(found).toEqual(Object.fromEntries(Object.keys(found).map((view) => [view, []])));

  // The exception changes while the resolution is being sent.
  await page.route(
    "**/resolution",
    async (route) => {
      await record(
        own,
        observation({ name, correction: "typed wrong", amount_total: 1002, amount_franchisee_net: 902 }, 110),
      );
      await route.continue();
    },
    { times: 1 },
  );
  const [field, reason] = [dialog.getByRole("textbox", { name: "Reason" }), "paid in <b>cash</b>"];
  await field.fill(reason);
  await dialog.getByRole("button", { name: "Accept difference" }).click();
  await dialog.getByText("The payment has changed.").waitFor();
  expectError(made, /status of 409/);
  await dialog.getByRole("cell", { name: "+$0.02" }).first().waitFor();
  await dialog.getByRole("button", { name: "Accept difference" }).click();
  await dialog.getByText("Accepted by head office").getByText(reason).waitFor();
  await page.getByRole("button", { name: "Close" }).click();
  await row.waitFor({ state: "hidden" });
  const document = await transactionsOf(own).doc("pi_1").get();
  expect(document.data()).toMatchObject({
    exception: "resolved",
    revision: 3,
    resolution: { by: "head office", reason, amounts: { amount_total: 1002 } },
  });
  expect((await revisionsOf(own, "pi_1")).at(-1)).toMatchObject({
    revision: 3,
    reason: `resolved by ${email}: ${reason}`,
    before: { exception: "open" },
  });
});

test("head office pages through the exceptions of one franchisee, also of a reloaded or shared address", async () => {
  const own = newFranchisee();
  const COUNT = 45;
  for (let index = 0; index < COUNT; index += 1) {
    const stripePaymentId = `pi_${index}`;
    await record(own, observation({ stripePaymentId, amount_total: 1001, amount_franchisee_net: 901, name: own }));
    await record(own, { ...snapshotSeen(), stripePaymentId });
  }
  const { page } = await visitAs({ admin: true });
  await page
    .getByRole("row")
    .filter({ hasText: own })
    .getByRole("link", { name: String(COUNT) })
    .click();
  await page.waitForURL(`${HOSTING}/#/exceptions?franchisee=${own}`);
  const ids: string[] = [];
  const collect = async (size: number): Promise<void> => {
    await page.waitForFunction((count) => document.querySelectorAll(".worklist tbody tr").length === count, size);
    const links = await page.getByRole("table", { name: "Exceptions" }).locator("tbody th a").all();
    for (const link of links) ids.push((await link.getAttribute("href")) ?? "");
  };
  await collect(40);
  await page.getByRole("button", { name: "Older" }).click();
  await collect(COUNT - 40);
  const all = Array.from({ length: COUNT }, (_none, index) => `#/exceptions/${own}/pi_${index}?franchisee=${own}`);
  expect(ids.toSorted()).toEqual(all.toSorted());
  expect(await violationsOf(page)).toEqual([]);
  await page.getByRole("table", { name: "Exceptions" }).locator("tbody th a").first().click();
  await page.getByRole("region", { name: "Fee breakdown" }).waitFor();
  await page.keyboard.press("Escape");
  await page.waitForURL(`${HOSTING}/#/exceptions?franchisee=${own}`);
  await page.reload();
  await collect(40);
  await page.getByRole("button", { name: "Show all franchisees" }).click();
  await page.waitForURL(`${HOSTING}/#/exceptions`);
});

/** Runs in the page: its cumulative layout shift. */
const LAYOUT_SHIFT = `new Promise((resolve) => {
  new PerformanceObserver((list) => resolve(list.getEntries().reduce((sum, { value }) => sum + value, 0)))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(0), 500);
})`;

test("the page passes what Lighthouse checks: caching, framing, description and layout shift", async () => {
  const own = newFranchisee();
  await createException(own, { name: "Ada" });
  const { page } = await visitAs({ franchisees: [own] });
  await page.getByRole("link", { name: "Ada" }).waitFor();
  expect(await page.evaluate<number>(LAYOUT_SHIFT)).toBeLessThan(0.1);
  const head = await page.evaluate(() => ({
    language: document.documentElement.lang,
    title: document.title,
    viewport: document.querySelector<HTMLMetaElement>("meta[name=viewport]")?.content,
    description: document.querySelector<HTMLMetaElement>("meta[name=description]")?.content,
    script: document.querySelector<HTMLScriptElement>("script[src]")?.src ?? "",
  }));
  expect(head).toMatchObject({
    language: "en",
    title: `${own} · Payments`,
    viewport: "width=device-width, initial-scale=1",
  });
  expect(head.description).toMatch(/\w/);
  const [start, script] = await Promise.all([fetch(HOSTING), fetch(head.script)]);
  expect(start.headers.get("cache-control")).toBe("no-cache");
  expect(script.headers.get("cache-control")).toBe("public, max-age=300");
  expect(start.headers.get("content-security-policy")).toMatch(/default-src 'none';.*frame-ancestors 'none'/);
  expect(start.headers.get("x-content-type-options")).toBe("nosniff");
});
