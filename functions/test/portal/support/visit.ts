import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { HOSTING } from "../../support/api.ts";
import { type User, user } from "../../support/users.ts";

let browser: Browser;
const visits = new Set<Visit>();

// One browser for all files (tools/checks/browser.ts); what a visit keeps, cookies and storage, is its own.
beforeAll(async () => {
  browser = await chromium.connect(process.env["PORTAL_BROWSER_ENDPOINT"] ?? "");
});

afterEach(async () => {
  const all = [...visits];
  visits.clear();
  await Promise.all(all.map(({ page }) => page.context().close()));
  expect(all.flatMap(({ troubles }) => troubles)).toEqual([]);
});

afterAll(() => browser.close());

/** Somebody who has opened the portal. */
export interface Visit {
  page: Page;
  /** What must not happen: errors of the page, on its console, and requests to anywhere but the local world. They fail the test. */
  troubles: string[];
  /** Every request, as it was sent: method, address and body. */
  sent: string[];
}

const DESKTOP = { width: 1280, height: 900 };

/** Opens the portal, at this address of its own. */
export async function visit(hash = "", options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: DESKTOP, locale: "en-CA", reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const made: Visit = { page, troubles: [], sent: [] };
  visits.add(made);
  page.on("pageerror", (error) => made.troubles.push(String(error)));
  page.on("dialog", (dialog) => {
    made.troubles.push(`a dialog says ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("console", (message) => {
    if (message.type() === "error") made.troubles.push(message.text());
  });
  page.on("request", (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (hostname !== "127.0.0.1" && protocol.startsWith("http")) made.troubles.push(`asks ${request.url()}`);
    made.sent.push(`${request.method()} ${request.url()} ${request.postData() ?? ""}`);
  });
  await page.goto(`${HOSTING}/${hash}`);
  return made;
}

/** Takes it that something has gone wrong, as it should have: what the console says of it is no trouble. */
export function expectTrouble({ troubles }: Visit, pattern: RegExp): void {
  for (const [index, trouble] of [...troubles.entries()].toReversed()) {
    if (pattern.test(trouble)) troubles.splice(index, 1);
  }
}

/** Signs in as people do, with e-mail and password. */
export async function signIn({ page }: Visit, { email, password }: Pick<User, "email" | "password">): Promise<void> {
  await page.getByRole("textbox", { name: "E-mail" }).fill(email);
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
}

/** Opens the portal as somebody with these claims. */
export async function visitAs(claims: object, hash = "", options: BrowserContextOptions = {}): Promise<Visit & User> {
  const [made, somebody] = await Promise.all([visit(hash, options), user(claims)]);
  await signIn(made, somebody);
  return { ...made, ...somebody };
}

/** What the page counts of itself (portal/src/firestore/read-counter.ts). */
export async function counted(page: Page, name: "reads" | "listeners"): Promise<number> {
  return Number(await page.locator("html").getAttribute(`data-${name}`));
}

/** The rows of payments that are drawn, as the payments' ids, from above. */
export function drawn(page: Page): Promise<string[]> {
  const links = page.getByRole("table", { name: "Payments" }).getByRole("link");
  return links.evaluateAll((all) => all.map((link) => link.getAttribute("href")?.split("/").at(-1) ?? ""));
}

/** In the page: scrolls by less than what is drawn, and says what is drawn then. */
const LOOK_FURTHER = async (): Promise<{ ids: string[]; elements: number }> => {
  scrollBy({ top: 1_000, behavior: "instant" });
  await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
  const links = [...document.querySelectorAll<HTMLAnchorElement>("[role=table] a")];
  const ids = links.map(({ href }) => href.split("/").at(-1) ?? "");
  return { ids, elements: document.querySelectorAll("*").length };
};

/** Scrolls down to the end of the payments: which were drawn on the way, and how many elements and listeners there were at most. */
export async function walk(page: Page): Promise<{ ids: Set<string>; elements: number; listeners: number }> {
  const all = { ids: new Set<string>(), elements: 0, listeners: 0 };
  const end = page.getByText("That is all of them.");
  for (let isAtEnd = false; !isAtEnd;) {
    isAtEnd = await end.isVisible();
    const { ids, elements } = await page.evaluate(LOOK_FURTHER);
    for (const id of ids) all.ids.add(id);
    all.elements = Math.max(all.elements, elements);
    all.listeners = Math.max(all.listeners, await counted(page, "listeners"));
  }
  return all;
}
