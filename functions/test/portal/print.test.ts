import { seedFranchisee } from "../../tools/bench/seed.ts";
import { newFranchisee } from "../support/api.ts";
import { database } from "../support/database.ts";
import { visitAs } from "./support/visit.ts";

const PAYMENTS = 600;
/** The width of A4 and Letter between the margins of styles/print.css, in CSS pixels: 182 and 187.9 mm. */
const WIDTHS = { A4: 688, Letter: 710 };

test("a franchisee's page prints every payment of the period, and nothing of it is cut", async () => {
  const own = newFranchisee();
  await seedFranchisee(database(), own, PAYMENTS);
  const { page } = await visitAs({ franchisees: [own] }, `#/${own}?period=all`);
  await page.getByRole("slider", { name: "Revenue by month" }).locator("canvas").waitFor();
  await page.getByRole("table", { name: "Payments" }).waitFor();
  // Chromium without a window has no print dialog, and ends printing at once.
  await page.evaluate(() => Object.assign(globalThis, { print: () => document.body.classList.add("asked-to-print") }));
  await page.getByRole("button", { name: "Print" }).click();
  await page.locator(".asked-to-print").waitFor();
  const rows = page.locator(".printed tbody tr");
  expect(await rows.count()).toBe(PAYMENTS);
  const ids = new Set(await rows.allTextContents());
  // Two payments differ by their time.
  expect(ids.size).toBeGreaterThan(PAYMENTS / 2);

  await page.emulateMedia({ media: "print" });
  for (const width of Object.values(WIDTHS)) {
    await page.setViewportSize({ width, height: 1_000 });
    expect(await rows.first().isVisible()).toBe(true);
    const seen = await page.evaluate(() => ({
      width: document.documentElement.scrollWidth,
      canvas: document.querySelector(".plot canvas")?.getBoundingClientRect().right ?? 0,
      controls: [...document.querySelectorAll<HTMLElement>("button, select, input")].filter((one) => one.offsetParent)
        .length,
    }));
    expect(seen.width).toBeLessThanOrEqual(width);
    expect(seen.canvas).toBeLessThanOrEqual(width);
    expect(seen.controls).toBe(0);
  }
  const pdf = (await page.pdf({ format: "A4" })).toString("latin1");
  expect(pdf.match(/\/Type ?\/Page\b/g)?.length).toBeGreaterThan(10);
  await page.emulateMedia({ media: "screen" });
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  await page.getByText("To print the payments").waitFor({ state: "attached" });
});
