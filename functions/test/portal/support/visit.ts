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
  await Promise.all(all.flatMap(({ sent }) => endsOfChannels(sent).map((url) => fetch(url, { method: "POST" }))));
  expect(all.flatMap(({ errors }) => errors)).toEqual([]);
});

afterAll(() => browser.close());

/**
 * The requests that end the channels on which a page listened to Firestore, as the WebChannel of Firebase's SDK ends
 * them when it is closed. The emulator does not notice a closed page: it keeps sending every commit to its listeners,
 * and after 10,000 messages it logs each that it cannot send, until it is too slow to commit.
 */
function endsOfChannels(sent: readonly string[]): URL[] {
  const ends = new Map<string, URL>();
  // Requests are numbered; the one that opens a channel has no id of it yet.
  let number = 0;
  for (const request of sent) {
    const url = new URL(request.split(" ")[1] ?? "");
    const [id, rid] = [url.searchParams.get("SID"), Number(url.searchParams.get("RID") ?? NaN)];
    if (!Number.isNaN(rid)) number = rid;
    if (id === null) continue;
    for (const name of ["AID", "CI", "zx", "t"]) url.searchParams.delete(name);
    url.searchParams.set("RID", String(number + 1));
    url.searchParams.set("TYPE", "terminate");
    ends.set(id, url);
  }
  return [...ends.values()];
}

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

interface Drawn {
  ids: string[];
  elements: number;
  /** How many pixels of the list in the window had no row, in the worst frame. */
  blank: number;
}

/** Runs in the page: scrolls to this position, and returns what is drawn then. */
const SCROLL_TO = async (top: number): Promise<Drawn> => {
  const blankNow = (): number => {
    const list = document.querySelector(".rows")?.getBoundingClientRect();
    const [from, to] = [Math.max(list?.top ?? 0, 0), Math.min(list?.bottom ?? 0, innerHeight)];
    if (from >= to) return 0;
    const rows = [...document.querySelectorAll(".rows .row")].map((row) => row.getBoundingClientRect());
    const [first, last] = [Math.min(...rows.map((row) => row.top)), Math.max(...rows.map((row) => row.bottom))];
    return Math.min(to - from, Math.round(Math.max(0, first - from) + Math.max(0, to - last)));
  };
  scrollTo({ top, behavior: "instant" });
  let blank = 0;
  for (let frame = 0; frame < 2; frame += 1) {
    await new Promise((painting) => requestAnimationFrame(painting));
    blank = Math.max(blank, blankNow());
  }
  const links = [...document.querySelectorAll<HTMLAnchorElement>("[role=table] a")];
  const ids = links.map(({ href }) => href.split("/").at(-1) ?? "");
  return { ids, elements: document.querySelectorAll("*").length, blank };
};

/** Less than what is drawn. */
const STEP = 1_000;

/**
 * Scrolls to the end of the payments, and back to parts of the page. Returns all that were drawn, and the most
 * elements, listeners and blank pixels at any time.
 */
export async function scrollToEnd(
  page: Page,
): Promise<{ ids: Set<string>; elements: number; listeners: number; blank: number }> {
  const all = { ids: new Set<string>(), elements: 0, listeners: 0, blank: 0 };
  const scrollTo = async (top: number): Promise<void> => {
    const { ids, elements, blank } = await page.evaluate(SCROLL_TO, top);
    for (const id of ids) all.ids.add(id);
    all.elements = Math.max(all.elements, elements);
    all.blank = Math.max(all.blank, blank);
    all.listeners = Math.max(all.listeners, await countOf(page, "listeners"));
  };
  const end = page.getByText("End of the list");
  for (let isAtEnd = false; !isAtEnd;) {
    isAtEnd = await end.isVisible();
    await scrollTo((await page.evaluate(() => scrollY)) + STEP);
  }
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  for (const part of [0, 0.5, 1, 0.25]) await scrollTo(part * height);
  return all;
}
