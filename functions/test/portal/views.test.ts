import { source as axe, type AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { apply } from "../../src/store/apply.ts";
import { HOSTING, newFranchisee } from "../support/api.ts";
import { database, revisionsOf, transactionsOf } from "../support/database.ts";
import { DEFAULTS, factsSeen, observation } from "../support/records.ts";
import { counted, expectTrouble, visit, visitAs } from "./support/visit.ts";

/** A golden record of `pi_1` comes in, or Stripe's facts of it. */
async function tell(franchiseeId: string, said: Parameters<typeof apply>[1]): Promise<void> {
  await apply(franchiseeId, said, { now: new Date(), defaults: DEFAULTS });
}

/** The record says a cent more than Stripe. */
async function disagree(franchiseeId: string, fields: object = {}): Promise<void> {
  await tell(franchiseeId, observation({ amount_total: 1001, amount_franchisee_net: 901, ...fields }));
  await tell(franchiseeId, factsSeen());
}

const PHONE = { width: 360, height: 740 };

/** What of the view is hard to perceive or to use, in light and dark, and whether a phone has to scroll sideways. */
async function flawsOf(page: Page): Promise<string[]> {
  const flaws: string[] = [];
  const check = async (what: string, options: object): Promise<void> => {
    const { violations } = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(options)})`);
    for (const { id, impact, nodes } of violations) {
      if (impact !== "serious" && impact !== "critical") continue;
      flaws.push(`${what}: ${id}, ${nodes.map(({ html }) => html).join(" ")}`);
    }
  };
  await page.evaluate(axe);
  const desktop = page.viewportSize() ?? PHONE;
  await check("light", { rules: { "target-size": { enabled: true } } });
  await page.emulateMedia({ colorScheme: "dark" });
  await check("dark", { runOnly: ["color-contrast"] });
  await page.setViewportSize(PHONE);
  // A frame later what depends on the width has been drawn anew.
  const width = await page.evaluate(async () => {
    await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
    return document.documentElement.scrollWidth;
  });
  if (width > PHONE.width) flaws.push(`on a phone: ${width} pixels wide`);
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(desktop);
  return flaws;
}

test("every view of a franchisee is accessible, light and dark, and fits a phone", async () => {
  const own = newFranchisee();
  const long = "Bartholomew-Montgomery-Featherstonehaugh-".repeat(4);
  await disagree(own, { name: `${long} of Saskatoon`, workshopName: long, email: `${long.toLowerCase()}@example.com` });
  for (const [index, currency] of ["usd", "jpy", "kwd"].entries()) {
    const amounts = { amount_total: 999_999_999_999, amount_franchisee_net: 999_999_999_899 };
    await tell(own, observation({ stripePaymentId: `pi_more${index}`, currency, ...amounts }));
  }
  const totals = { cad: { count: 1, gross: 1001, stripeFees: 59, platformFees: 41, net: 901 } };
  const close = { day: "2026-11-01", transactions: 1, totals, exceptions: { open: 1 }, hash: "0".repeat(64) };
  await database.doc(`franchisees/${own}/closes/${close.day}`).set(close);
  const flaws: Record<string, string[]> = {};
  const { page: outside } = await visit();
  await outside.getByRole("heading", { name: "Sign in" }).waitFor();
  flaws["sign in"] = await flawsOf(outside);

  const { page } = await visitAs({ franchisees: [own] });
  await page.getByRole("link", { name: long }).waitFor();
  for (const shown of ["JP¥999,999,999,999", "KWD\u00A0999,999,999.999", "US$9,999,999,999.99", "$10.01"])
    await page.getByRole("region", { name: "Summary" }).getByText(shown, { exact: true }).waitFor();
  flaws["payments"] = await flawsOf(page);
  await page.getByRole("link", { name: long }).click();
  await page.getByRole("region", { name: "Where the money went" }).waitFor();
  flaws["payment"] = await flawsOf(page);
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByRole("link", { name: "Daily closes" }).click();
  await page.getByRole("table", { name: "Daily closes" }).waitFor();
  flaws["closes"] = await flawsOf(page);
  await page.goto(`${HOSTING}/#/${newFranchisee()}`);
  await page.getByRole("heading", { name: "This franchise is not yours to see" }).waitFor();
  flaws["not theirs"] = await flawsOf(page);
  expect(flaws).toEqual(Object.fromEntries(Object.keys(flaws).map((view) => [view, []])));
});

test("head office finds an exception, and resolves it as it is now; its views are accessible, and fit a phone", async () => {
  const own = newFranchisee();
  const name = `Customer of ${own}`;
  await disagree(own, { name });
  const made = await visitAs({ admin: true });
  const { page, email } = made;
  const flaws: Record<string, string[]> = {};
  await page.getByRole("table", { name: "Franchisees" }).waitFor();
  await page.getByRole("columnheader", { name: "Exceptions" }).getByRole("button").waitFor();
  await page.getByRole("img", { name: "Gross: " }).first().waitFor();
  expect(await counted(page, "reads")).toBeLessThanOrEqual(60);
  flaws["franchisees"] = await flawsOf(page);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Exceptions" }).click();
  const row = page.getByRole("table", { name: "Exceptions" }).getByRole("row").filter({ hasText: name });
  await row.getByText("+$0.01").first().waitFor();
  flaws["exceptions"] = await flawsOf(page);
  await row.getByRole("link", { name }).click();
  const dialog = page.getByRole("dialog", { name: "Payment" });
  await dialog.getByRole("region", { name: "History" }).getByText("first Stripe facts").waitFor();
  flaws["an exception"] = await flawsOf(page);
  expect(flaws).toEqual(Object.fromEntries(Object.keys(flaws).map((view) => [view, []])));

  // While the decision is on its way, what it is about changes.
  await page.route(
    "**/resolution",
    async (route) => {
      await tell(
        own,
        observation({ name, correction: "typed wrong", amount_total: 1002, amount_franchisee_net: 902 }, 110),
      );
      await route.continue();
    },
    { times: 1 },
  );
  const [field, reason] = [dialog.getByRole("textbox", { name: "Reason" }), "paid in <b>cash</b>"];
  await field.fill(reason);
  await dialog.getByRole("button", { name: "Resolve" }).click();
  await dialog.getByText("It has changed meanwhile.").waitFor();
  expectTrouble(made, /status of 409/);
  await dialog.getByRole("cell", { name: "+$0.02" }).first().waitFor();
  await dialog.getByRole("button", { name: "Resolve" }).click();
  await dialog.getByText("Let stand by head office").getByText(reason).waitFor();
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

/** In the page: how far things have been moved by what came later, since it was opened. */
const LAYOUT_SHIFT = `new Promise((resolve) => {
  new PerformanceObserver((list) => resolve(list.getEntries().reduce((sum, { value }) => sum + value, 0)))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(0), 500);
})`;

test("it keeps to what Lighthouse looks for: kept in caches, framed by nobody, described, and at rest when it is there", async () => {
  const own = newFranchisee();
  await disagree(own, { name: "Ada" });
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
