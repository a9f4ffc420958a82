// cspell:ignore cleardot

import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { HOSTING } from "../../support/api.ts";
import { type User, user } from "../../support/users.ts";

let browser: Browser;
const visits = new Set<Visit>();

// One browser for all files (tools/checks/browser.ts); each visit has its own cookies and storage.
beforeAll(async () => {
  browser = await chromium.connect(process.env["PORTAL_BROWSER_ENDPOINT"] ?? "");
});

afterEach(async () => {
  const all = [...visits];
  visits.clear();
  await Promise.all(all.map(({ page }) => page.context().close()));
  expect(all.flatMap(({ errors }) => errors)).toEqual([]);
});

afterAll(() => browser.close());

/** An open portal page. */
export interface Visit {
  page: Page;
  /** Errors of the page and its console, and requests outside the local environment. Any of them fails the test. */
  errors: string[];
  /** Every request: method, address and body. */
  sent: string[];
}

const DESKTOP = { width: 1280, height: 900 };

/** Opens the portal at this hash. */
export async function visit(hash = "", options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({
    viewport: DESKTOP,
    locale: "en-CA",
    reducedMotion: "reduce",
    // Requests that a worker handles are invisible to the tests.
    serviceWorkers: "block",
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const opened: Visit = { page, errors: [], sent: [] };
  visits.add(opened);
  page.on("pageerror", (error) => opened.errors.push(String(error)));
  page.on("dialog", (dialog) => {
    opened.errors.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("console", (message) => {
    if (message.type() === "error") opened.errors.push(message.text());
  });
  page.on("request", (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (hostname !== "127.0.0.1" && protocol.startsWith("http")) opened.errors.push(`a request to ${request.url()}`);
    opened.sent.push(`${request.method()} ${request.url()} ${request.postData() ?? ""}`);
  });
  await page.goto(`${HOSTING}/${hash}`);
  return opened;
}

/** Accepts the errors that match. */
export function expectError({ errors }: Visit, pattern: RegExp): void {
  for (const [index, error] of [...errors.entries()].toReversed()) {
    if (pattern.test(error)) errors.splice(index, 1);
  }
}

/** Cuts the connection, or restores it. On machines without a network, the browser does not notice by itself. */
export async function setOffline(page: Page, isOffline: boolean): Promise<void> {
  await page.context().setOffline(isOffline);
  await page.evaluate((type) => dispatchEvent(new Event(type)), isOffline ? "offline" : "online");
}

// cspell:ignore cleardot
/** Accepts the errors that the browser and Firestore's client report offline. */
export function expectOffline(opened: Visit): void {
  expectError(opened, /ERR_INTERNET_DISCONNECTED/);
  // Firestore's client tests the connection with this image, which the policy blocks.
  expectError(opened, /google\.com\/images\/cleardot\.gif/);
}

/** Signs in with email and password. */
export async function signIn({ page }: Visit, { email, password }: Pick<User, "email" | "password">): Promise<void> {
  await page.getByRole("textbox", { name: "Email" }).fill(email);
  await page.getByRole("textbox", { name: "Password" }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
}

/** Opens the portal as a new user with these claims. */
export async function visitAs(claims: object, hash = "", options: BrowserContextOptions = {}): Promise<Visit & User> {
  const [opened, account] = await Promise.all([visit(hash, options), user(claims)]);
  await signIn(opened, account);
  return { ...opened, ...account };
}

/** The page's own counters (portal/src/firestore/read-counter.ts). */
export async function countOf(page: Page, name: "reads" | "listeners"): Promise<number> {
  return Number(await page.locator("html").getAttribute(`data-${name}`));
}

/** The reads of a page that has loaded: their count once it has not changed for half a second. */
export async function readsWhenLoaded(page: Page): Promise<number> {
  for (let before = -1; ;) {
    const reads = await countOf(page, "reads");
    if (reads === before) return reads;
    before = reads;
    await page.waitForTimeout(500);
  }
}

/** The ids of the payments that are drawn, in order. */
export function drawnIds(page: Page): Promise<string[]> {
  const links = page.getByRole("table", { name: "Payments" }).getByRole("link");
  return links.evaluateAll((all) => all.map((link) => link.getAttribute("href")?.split("/").at(-1) ?? ""));
}

/** Runs in the page: scrolls by less than what is drawn, and returns what is drawn then. */
const SCROLL_ON = async (): Promise<{ ids: string[]; elements: number }> => {
  scrollBy({ top: 1_000, behavior: "instant" });
  await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
  const links = [...document.querySelectorAll<HTMLAnchorElement>("[role=table] a")];
  const ids = links.map(({ href }) => href.split("/").at(-1) ?? "");
  return { ids, elements: document.querySelectorAll("*").length };
};

/** Scrolls to the end of the payments. Returns all that were drawn, and the most elements and listeners at any time. */
export async function scrollToEnd(page: Page): Promise<{ ids: Set<string>; elements: number; listeners: number }> {
  const all = { ids: new Set<string>(), elements: 0, listeners: 0 };
  const end = page.getByText("End of the list");
  for (let isAtEnd = false; !isAtEnd;) {
    isAtEnd = await end.isVisible();
    const { ids, elements } = await page.evaluate(SCROLL_ON);
    for (const id of ids) all.ids.add(id);
    all.elements = Math.max(all.elements, elements);
    all.listeners = Math.max(all.listeners, await countOf(page, "listeners"));
  }
  return all;
}
