import { source as axe, type AxeResults } from "axe-core";
import type { Page } from "playwright-core";

const PHONE = { width: 360, height: 740 };

/** Accessibility violations of the view, light and dark, and horizontal scrolling on a phone. */
export async function violationsOf(page: Page): Promise<string[]> {
  const found: string[] = [];
  const check = async (what: string, options: object): Promise<void> => {
    const { violations } = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(options)})`);
    for (const { id, impact, nodes } of violations) {
      if (impact !== "serious" && impact !== "critical") continue;
      found.push(`${what}: ${id}, ${nodes.map(({ html }) => html).join(" ")}`);
    }
  };
  await page.evaluate(axe);
  const desktop = page.viewportSize() ?? PHONE;
  await check("light", { rules: { "target-size": { enabled: true } } });
  await page.emulateMedia({ colorScheme: "dark" });
  await check("dark", { runOnly: ["color-contrast"] });
  await page.setViewportSize(PHONE);
  // Lets the page redraw for the new width.
  const width = await page.evaluate(async () => {
    await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
    return document.documentElement.scrollWidth;
  });
  if (width > PHONE.width) found.push(`on a phone: ${width} pixels wide`);
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(desktop);
  return found;
}
