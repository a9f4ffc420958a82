import { text } from "node:stream/consumers";
import { type DocumentSnapshot, Timestamp } from "firebase-admin/firestore";
import type { Page } from "playwright-core";
import { z } from "zod";
import { apply } from "../../src/store/apply.ts";
import { newFranchisee } from "../support/api.ts";
import { database, transactionsOf } from "../support/database.ts";
import { DEFAULTS, observation, snapshotSeen } from "../support/records.ts";
import { violationsOf } from "./support/accessibility.ts";
import { expectError, visitAs } from "./support/visit.ts";

async function record(franchiseeId: string, change: Parameters<typeof apply>[1]): Promise<void> {
  await apply(franchiseeId, change, { now: new Date(), defaults: DEFAULTS });
}

/** Records so many cents more than the 10.00 that Stripe has. */
async function mismatch(franchiseeId: string, stripePaymentId: string, name: string, cents: number): Promise<void> {
  const amounts = { amount_total: 1000 + cents, amount_franchisee_net: 900 + cents };
  await record(franchiseeId, observation({ stripePaymentId, name, ...amounts }));
  await record(franchiseeId, { ...snapshotSeen(), stripePaymentId });
}

/** A cent and 5.00 too much, and a payment of 10.00 that nobody recorded. */
async function newExceptions(): Promise<string> {
  const own = newFranchisee();
  await mismatch(own, "pi_cent", "Ada", 1);
  await mismatch(own, "pi_five", "Grace", 500);
  await record(own, { ...snapshotSeen(), stripePaymentId: "pi_missing" });
  return own;
}

const tableOf = (page: Page) => page.getByRole("table", { name: "Exceptions" });

/** Waits for these exceptions in this order. */
async function expectOrder(page: Page, ids: string[]): Promise<void> {
  await page.waitForFunction((wanted) => {
    const links = [...document.querySelectorAll(".worklist tbody th a")];
    return links.map((link) => /pi_\w+/.exec(link.getAttribute("href") ?? "")?.[0]).join(" ") === wanted;
  }, ids.join(" "));
}

const timeAt = (document: DocumentSnapshot, field: string) =>
  z.instanceof(Timestamp).parse(document.get(field)).toDate().toISOString();

const sumsIn = (page: Page) => page.getByRole("table", { name: "Sums" }).locator("tbody tr").allInnerTexts();

test("head office filters and sorts the exceptions in the URL, with their sums, and downloads them", async () => {
  const own = await newExceptions();
  const { page } = await visitAs({ admin: true }, `#/exceptions?franchisee=${own}`);
  await expectOrder(page, ["pi_five", "pi_cent", "pi_missing"]);
  // 10.01 + 15.00 + 10.00; 0.01 + 5.00 + 10.00.
  expect(await sumsIn(page)).toEqual(["CAD\t3\t$35.01\t$15.01"]);
  await tableOf(page).getByRole("button", { name: "At stake" }).click();
  await expectOrder(page, ["pi_missing", "pi_five", "pi_cent"]);
  await tableOf(page).getByRole("button", { name: "At stake" }).click();
  await expectOrder(page, ["pi_cent", "pi_five", "pi_missing"]);
  const header = tableOf(page).getByRole("columnheader", { name: "At stake" });
  expect(await header.getAttribute("aria-sort")).toBe("ascending");

  await page.getByLabel("Kind").selectOption("mismatched");
  await expectOrder(page, ["pi_cent", "pi_five"]);
  await page.getByLabel("At least").fill("5");
  await expectOrder(page, ["pi_five"]);
  expect(await sumsIn(page)).toEqual(["CAD\t1\t$15.00\t$5.00"]);
  await page.reload();
  await expectOrder(page, ["pi_five"]);
  expect(await sumsIn(page)).toEqual(["CAD\t1\t$15.00\t$5.00"]);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download CSV" }).click(),
  ]);
  const file = await text(await download.createReadStream());
  const document = await transactionsOf(own).doc("pi_five").get();
  const [opened, paid] = ["exceptionOpenedAt", "createdAt"].map((field) => timeAt(document, field));
  expect(file.split("\r\n").slice(1)).toEqual([
    `,${own},pi_five,Grace,${paid},${opened},mismatched,"amount_total: 1500, Stripe 1000; amount_franchisee_net: 1400, Stripe 900",cad,15.00,5.00,,`,
    "",
  ]);
  await page.getByLabel("Open for").selectOption({ label: "7 days or more" });
  await page.getByText("No exception matches these filters.").waitFor();
  await page.goBack();
  await expectOrder(page, ["pi_five"]);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await expectOrder(page, ["pi_cent", "pi_five", "pi_missing"]);
  expect(page.url()).toContain(`#/exceptions?franchisee=${own}&sort=-size`);
});

test("head office accepts several exceptions with one reason; one that changes meanwhile stays, and is named", async () => {
  const own = await newExceptions();
  const visited = await visitAs({ admin: true }, `#/exceptions?franchisee=${own}`);
  const { page } = visited;
  await expectOrder(page, ["pi_five", "pi_cent", "pi_missing"]);
  await page.getByRole("checkbox", { name: "Select Ada" }).check();
  await page.getByRole("checkbox", { name: "Select Grace" }).check();
  const bulk = page.getByRole("region", { name: "Selected exceptions" });
  await bulk.getByText("2 exceptions selected").waitFor();
  expect(await violationsOf(page)).toEqual([]);
  await page.route(
    "**/pi_five/resolution",
    async (route) => {
      const amounts = { amount_total: 1501, amount_franchisee_net: 1401, correction: "typed wrong" };
      await record(own, observation({ stripePaymentId: "pi_five", name: "Grace", ...amounts }, 110));
      await route.continue();
    },
    { times: 1 },
  );
  await bulk.getByRole("textbox", { name: "Reason" }).fill("rounded by the till");
  await bulk.getByRole("button", { name: "Accept differences" }).click();
  await bulk.getByText("1 exception saved.").waitFor();
  await bulk.getByRole("listitem").filter({ hasText: "Grace: changed meanwhile" }).waitFor();
  await expectOrder(page, ["pi_five", "pi_missing"]);
  expect(await sumsIn(page)).toEqual(["CAD\t2\t$25.01\t$15.01"]);
  expect(await page.getByRole("checkbox", { name: "Select Grace" }).isChecked()).toBe(true);
  expectError(visited, /status of 409/);
  expect((await transactionsOf(own).doc("pi_cent").get()).data()).toMatchObject({
    exception: "resolved",
    exceptionOpenedAt: null,
    resolution: { reason: "rounded by the till", by: "head office" },
  });

  await page.getByRole("checkbox", { name: "Select all on this page" }).check();
  await bulk.getByText("2 exceptions selected").waitFor();
  await bulk.getByRole("textbox", { name: "Reason" }).fill("seen");
  await bulk.getByRole("button", { name: "Accept differences" }).click();
  await page.getByText("No open exceptions").waitFor();
});

test("head office assigns exceptions and notes something on one; a franchisee cannot see it", async () => {
  const own = await newExceptions();
  const { page, email } = await visitAs({ admin: true }, `#/exceptions?franchisee=${own}`);
  await expectOrder(page, ["pi_five", "pi_cent", "pi_missing"]);
  await page.getByRole("checkbox", { name: "Select Ada" }).check();
  await page.getByRole("checkbox", { name: "Select Grace" }).check();
  const bulk = page.getByRole("region", { name: "Selected exceptions" });
  await bulk.getByLabel("Assignee").fill(email);
  await bulk.getByRole("button", { name: "Assign" }).click();
  await bulk.getByText("2 exceptions saved.").waitFor();
  await page.getByRole("row").filter({ hasText: "Ada" }).getByText(email).waitFor();
  await page.locator(".worklist-filters").getByLabel("Assignee").selectOption({ label: email });
  await expectOrder(page, ["pi_five", "pi_cent"]);
  await page.locator(".worklist-filters").getByLabel("Assignee").selectOption({ label: "Nobody" });
  await expectOrder(page, ["pi_missing"]);
  await page.getByRole("button", { name: "Clear filters" }).click();

  await page.getByRole("link", { name: "Ada" }).click();
  const dialog = page.getByRole("dialog", { name: "Payment" });
  await dialog.getByRole("textbox", { name: "Note" }).fill("The bank answers on Monday.");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByRole("button", { name: "Save", disabled: true }).waitFor();
  expect(await violationsOf(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await page.getByRole("row").filter({ hasText: "Ada" }).getByText("The bank answers on Monday.").waitFor();
  expect((await database().doc(`franchisees/${own}/worklist/pi_cent`).get()).data()).toMatchObject({
    assignee: email,
    note: "The bank answers on Monday.",
    by: email,
  });

  const { page: theirs } = await visitAs({ franchisees: [own] }, `#/${own}/pi_cent`);
  const seen = theirs.getByRole("dialog", { name: "Payment" });
  await seen.getByRole("region", { name: "Fee breakdown" }).waitFor();
  expect(await seen.innerText()).not.toMatch(/Monday|Worklist/);
});

test("a person at head office chooses their emails", async () => {
  const { page, uid } = await visitAs({ admin: true }, "#/exceptions");
  await page.getByRole("link", { name: "Emails about exceptions" }).click();
  const daily = page.getByRole("checkbox", { name: "Each morning" });
  await daily.waitFor();
  expect(await daily.isChecked()).toBe(true);
  await daily.uncheck();
  await page.getByRole("checkbox", { name: "Within minutes" }).check();
  await page.getByLabel("at least").fill("1000.5");
  expect(await violationsOf(page)).toEqual([]);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
  expect((await database().doc(`emailSettings/${uid}`).get()).data()).toMatchObject({
    daily: false,
    immediateFrom: 1000.5,
  });
  await page.reload();
  await daily.waitFor();
  expect(await daily.isChecked()).toBe(false);
  expect(await page.getByLabel("at least").inputValue()).toBe("1000.5");
});
