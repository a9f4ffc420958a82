import { source as axe, type AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { cutAmounts, setTextSize, textSizeOf } from "./text-size.ts";

const PHONE = { width: 360, height: 740 };

/**
 * Accessibility violations of the view, light and dark, and with text of twice the size; horizontal scrolling on a
 * phone; and amounts of which large text hides a part.
 */
export async function violationsOf(page: Page): Promise<string[]> {
  const found: string[] = [];
  const check = async (what: string, options: object): Promise<void> => {
    const { violations } = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(options)})`);
    for (const { id, impact, nodes } of violations) {
      if (impact !== "serious" && impact !== "critical") continue;
      found.push(`${what}: ${id}, ${nodes.map(({ html }) => html).join(" ")}`);
    }
  };
  const checkWidth = async (what: string): Promise<void> => {
    const [width, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    if (width > window) found.push(`${what}: ${width} pixels wide`);
  };
  await page.evaluate(axe);
  const desktop = page.viewportSize() ?? PHONE;
  await check("light", { rules: { "target-size": { enabled: true } } });
  await page.emulateMedia({ colorScheme: "dark" });
  await check("dark", { runOnly: ["color-contrast"] });
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(PHONE);
  await redrawn(page);
  await checkWidth("on a phone");
  for (const size of [PHONE, desktop]) {
    const what = `large text, ${size.width} pixels`;
    await page.setViewportSize(size);
    await setTextSize(page, 2);
    await redrawn(page);
    for (const amount of await cutAmounts(page)) found.push(`${what}: ${amount} is cut`);
    await checkWidth(what);
    if (size === PHONE) await check(what, {});
    if ((await textSizeOf(page)) !== 2) found.push(`${what}: the text is not large`);
  }
  await setTextSize(page, 1);
  await redrawn(page);
  for (const amount of await cutAmounts(page)) found.push(`${amount} is cut`);
  return found;
}

/** Lets the page redraw after a change of its window, which takes a frame to notice it. */
async function redrawn(page: Page): Promise<void> {
  for (let frame = 0; frame < 4; frame += 1) {
    await page.evaluate(() => new Promise((painted) => requestAnimationFrame(painted)));
  }
}
