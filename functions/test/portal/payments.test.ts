import { text } from "node:stream/consumers";
import { seedFranchisee } from "../../tools/bench/seed.ts";
import { apply } from "../../src/store/apply.ts";
import { get, HOSTING, newFranchisee, transactionsPath } from "../support/api.ts";
import { database } from "../support/database.ts";
import { DEFAULTS, observation } from "../support/records.ts";
import { size } from "../support/size.ts";
import { user } from "../support/users.ts";
import { violationsOf } from "./support/accessibility.ts";
import { countOf, readsWhenLoaded, scrollToEnd, visit, visitAs } from "./support/visit.ts";

const PAYMENTS = size({ test: 400, soak: 5_000 });
const MOST_READS = 60;

/** A franchisee with a payment by each customer, the newest last. */
async function franchiseeOf(...names: string[]): Promise<string> {
  const franchiseeId = newFranchisee();
  for (const [index, name] of names.entries()) {
    const record = observation({ stripePaymentId: `pi_${index}`, name, workshopName: `Workshop of ${name}` });
    await apply(franchiseeId, record, { now: new Date(), defaults: DEFAULTS });
  }
  return franchiseeId;
}

test("a list of thousands costs no more to open, draw or listen to than a short one, and is complete", async () => {
  const own = newFranchisee();
  await seedFranchisee(database(), own, PAYMENTS);
  const { page } = await visitAs({ franchisees: [own] }, `#/${own}?period=all`);
  await page.getByRole("table", { name: "Payments" }).waitFor();
  await page.getByRole("region", { name: "Summary" }).getByText("Gross").waitFor();
  const opening = await readsWhenLoaded(page);
  expect(opening).toBeLessThanOrEqual(MOST_READS);
  const { ids, elements, listeners, blank } = await scrollToEnd(page);
  expect(ids.size).toBe(PAYMENTS);
  expect(blank).toBe(0);
  expect(elements).toBeLessThanOrEqual(700);
  expect(listeners).toBeLessThanOrEqual(6);
  process.stderr.write(
    `The page of a franchisee with ${PAYMENTS} payments: ${opening} reads to open, ${await countOf(page, "reads")} to the end, ` +
      `at most ${elements} elements and ${listeners} listeners, and ${blank} pixels of the list without a row\n`,
  );
}, 300_000);

test("payments can be filtered by status and day, and downloaded", async () => {
  const own = await franchiseeOf("Ada Lovelace", "Grace Hopper", "Zoë Müller");
  const record = observation({ stripePaymentId: "pi_canceled", name: "Ada Byron", status: "canceled" });
  await apply(own, record, { now: new Date(), defaults: DEFAULTS });
  const { page } = await visitAs({ franchisees: [own] });
  const status = page.getByRole("combobox", { name: "Status" });
  const shows = async (...ids: string[]): Promise<void> => {
    await page.waitForFunction(
      (wanted) =>
        wanted === [...document.querySelectorAll("[role=table] a")].map(({ textContent }) => textContent).join(),
      ids.join(),
    );
  };
  await shows("Ada Byron", "Zoë Müller", "Grace Hopper", "Ada Lovelace");
  await status.selectOption("Cancelled");
  await shows("Ada Byron");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download CSV" }).click(),
  ]);
  // The period of a fresh page has a beginning, so the addresses differ and the files do not.
  const address = `${HOSTING}${transactionsPath(own)}?format=csv&status=canceled`;
  const file = await text(await download.createReadStream());
  expect(file).toContain("Ada Byron");
  expect(file.replace(/^\uFEFF/, "")).toBe((await get(address)).text.replace(/^\uFEFF/, ""));
  expect(download.suggestedFilename()).toMatch(new RegExp(`^${own}.*\\.csv$`));
  await page.getByRole("button", { name: "Clear filters" }).click();
  await shows("Ada Byron", "Zoë Müller", "Grace Hopper", "Ada Lovelace");
  const from = page.getByLabel("From", { exact: true });
  // While it is being typed, a year has too few digits.
  await from.pressSequentially("12312021");
  await page.waitForURL(`${HOSTING}/#/${own}?period=2021-12-31_`);
  await page.getByRole("status").getByText("Since 31 Dec 2021").waitFor();
  await page.getByLabel("To", { exact: true }).fill("2022-01-01");
  await page.getByText("No payments in this period", { exact: true }).waitFor();
  const reversed = page.getByText("“From” is after “To”");
  expect(await reversed.count()).toBe(0);
  await from.fill("2022-01-02");
  await reversed.waitFor();
  expect(page.url()).toBe(`${HOSTING}/#/${own}?period=2022-01-02_2022-01-01`);
});

test("payments are sorted by any column, also those not drawn yet, in the URL; the newest first stays the default", async () => {
  const own = newFranchisee();
  await seedFranchisee(database(), own, 510);
  const pay = (stripePaymentId: string, name: string, amount: number, now = new Date("2024-01-02T20:00:00Z")) => {
    const record = observation({ stripePaymentId, name, amount_total: amount, amount_franchisee_net: amount - 100 });
    return apply(own, record, { now, defaults: DEFAULTS });
  };
  // Older than all others, so on no page that the newest first would read.
  await pay("pi_largest", "Zoë", 90_000_000);
  await pay("pi_smallest", "Aaron", 200);
  const { page } = await visitAs({ franchisees: [own] }, `#/${own}?period=all`);
  const table = page.getByRole("table", { name: "Payments" });
  const header = (name: string) => table.getByRole("columnheader", { name });
  const first = (id: string) =>
    page.waitForFunction(
      (wanted) => document.querySelector(".rows .row a")?.getAttribute("href")?.includes(wanted),
      id,
    );
  await table.waitFor();
  expect(await header("Date").getAttribute("aria-sort")).toBe("descending");
  await header("Amount").getByRole("button").click();
  await first("/pi_largest?");
  await page.waitForURL(`${HOSTING}/#/${own}?period=all&order=-amount`);
  expect(await violationsOf(page)).toEqual([]);
  await header("Amount").getByRole("button").click();
  await first("/pi_smallest?");
  await header("Earned").getByRole("button").click();
  await first("/pi_largest?");
  await header("Customer").getByRole("button").click();
  await page.waitForFunction(
    () => document.querySelector("[role=columnheader][aria-sort=ascending]")?.textContent === "Customer",
  );
  await first("/pi_smallest?");
  // Payments that arrive take their places: among the first 500 that are read, and after them.
  await pay("pi_newest", "Aaa", 500, new Date());
  await first("/pi_newest?");
  await pay("pi_new", "Aa", 500);
  await first("/pi_new?");
  await page.waitForFunction(() => document.querySelector("[role=table]")?.ariaRowCount === "515");
  await page.reload();
  await first("/pi_new?");
  expect(await table.getAttribute("aria-rowcount")).toBe("515");
  await page.goBack();
  await first("/pi_largest?");
});

test("the keyboard alone is enough to sign in, open a payment, close it, and continue at the same place", async () => {
  const own = await franchiseeOf("Ada", "Grace");
  const { email, password } = await user({ franchisees: [own] });
  const { page } = await visit();
  const focused = page.locator(":focus");
  const tabTo = async (name: string): Promise<void> => {
    for (let turn = 0; turn < 40; turn += 1) {
      await page.keyboard.press("Tab");
      if ((await focused.count()) === 0) continue;
      const label = await focused.evaluate((element) =>
        element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : element.textContent,
      );
      if (label === name) return;
    }
    throw new Error(`Tab does not reach ${name}.`);
  };
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await tabTo("Email");
  await page.keyboard.type(email);
  await tabTo("Password");
  await page.keyboard.type(password);
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "Grace" }).waitFor();
  const dialog = page.getByRole("dialog", { name: "Payment" });
  for (const close of [
    () => page.keyboard.press("Escape"),
    () => tabTo("Close").then(() => page.keyboard.press("Enter")),
  ]) {
    await page.getByRole("heading", { name: own }).focus();
    await tabTo("Grace");
    await page.keyboard.press("Enter");
    await dialog.getByRole("region", { name: "Fee breakdown" }).waitFor();
    await close();
    await dialog.waitFor({ state: "hidden" });
    expect(await focused.textContent()).toBe("Grace");
  }
});

test("a franchisee without payments sees that, until the first one arrives", async () => {
  const own = newFranchisee();
  const { page } = await visitAs({ franchisees: [own] });
  await page.getByText("No payments yet").waitFor();
  await apply(own, observation({ name: "Ada" }), { now: new Date(), defaults: DEFAULTS });
  await page.getByRole("link", { name: "Ada" }).waitFor();
  await page.getByText("1 payment", { exact: true }).waitFor();
});
