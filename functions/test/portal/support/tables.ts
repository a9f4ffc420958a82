import type { Page } from "playwright-core";

/** Minor units of a currency with two decimals, as the page shows them. */
export function money(amountMinor: number, currency: string): string {
  // `|| 0` turns -0 into 0.
  return new Intl.NumberFormat("en-CA", { style: "currency", currency }).format((amountMinor || 0) / 100);
}

export function signed(amountMinor: number, currency: string): string {
  return amountMinor > 0 ? `+${money(amountMinor, currency)}` : money(amountMinor, currency);
}

export interface Table {
  headers: string[];
  rows: string[][];
}

/** The last row of headers, and the rows of the body and the foot, once the table is there. */
export async function tableOf(page: Page, name: string): Promise<Table> {
  const table = page.getByRole("table", { name, exact: true });
  await table.waitFor();
  return table.evaluate((element) => {
    const textsOf = (row: Element): string[] =>
      [...row.children].map(({ textContent }) => textContent.replaceAll("\u00A0", " "));
    const heads = [...element.querySelectorAll("thead tr")].map(textsOf);
    return { headers: heads.at(-1) ?? [], rows: [...element.querySelectorAll("tbody tr, tfoot tr")].map(textsOf) };
  });
}

/** The rows of the table, once there are some. */
export async function rowsOf(page: Page, name: string): Promise<string[][]> {
  return (await tableOf(page, name)).rows;
}

/** Names and values of a list of facts, in order. */
export function factsOf(page: Page, selector: string): Promise<[string, string][]> {
  return page.locator(`${selector} > div`).evaluateAll((all) =>
    all.map((one): [string, string] => {
      const textOf = (name: string): string => one.querySelector(name)?.textContent ?? "";
      return [textOf("dt"), textOf("dd").replaceAll("\u00A0", " ")];
    }),
  );
}

/** Runs in the page: what the list of payments draws, then scrolls on, until the end of the page. */
const DRAWN = async (): Promise<{ rows: [string, string[]][]; isAtEnd: boolean }> => {
  const rows = [...document.querySelectorAll(".rows .row")].map((row): [string, string[]] => {
    const link = row.querySelector("a")?.getAttribute("href") ?? "";
    return [/pi_\w+/.exec(link)?.[0] ?? "", [...row.children].map(({ textContent }) => textContent)];
  });
  const isAtEnd = scrollY + innerHeight >= document.documentElement.scrollHeight - 1;
  scrollBy({ top: 600, behavior: "instant" });
  await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
  return { rows, isAtEnd };
};

/** The cells of every payment in the list, by its id, newest first. */
export async function listedPayments(page: Page): Promise<Map<string, string[]>> {
  const listed = new Map<string, string[]>();
  const end = page.getByText("End of the list");
  await page.getByRole("table", { name: "Payments", exact: true }).waitFor();
  for (let isComplete = false; !isComplete;) {
    const hasEnd = await end.isVisible();
    const { rows, isAtEnd } = await page.evaluate(DRAWN);
    for (const [id, cells] of rows) listed.set(id, cells);
    isComplete = hasEnd && isAtEnd;
  }
  return listed;
}
