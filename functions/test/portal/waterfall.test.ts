import type { Page } from "playwright-core";
import { date, dateAndTime } from "../../../portal/src/time.ts";
import { dayAfter, dayOf } from "../../src/domain/calendar.ts";
import { ADJUSTED, CloseFixture, snapshot } from "../support/close-fixture.ts";
import { DEFAULTS } from "../support/records.ts";
import { violationsOf } from "./support/accessibility.ts";
import { visitAs } from "./support/visit.ts";

const YESTERDAY = dayAfter(dayOf(new Date(), DEFAULTS.timeZone), -1);
const NOON = `${YESTERDAY}T20:00:00Z`;

/** A payment whose day was closed before its refund and its dispute. */
async function refundedAfterClose(): Promise<CloseFixture> {
  const fixture = new CloseFixture();
  await fixture.pay("pi_1", NOON, { name: "Ada" });
  await fixture.record(snapshot("pi_1", {}, 300), NOON);
  await fixture.closeUntil(YESTERDAY);
  await fixture.record(snapshot("pi_1", ADJUSTED, 400), new Date().toISOString());
  return fixture;
}

/** The cells of the table's row with this header, in cents. */
async function centsIn(page: Page, table: string, row: string): Promise<number[]> {
  const cells = page.getByRole("table", { name: table }).getByRole("row", { name: row }).getByRole("cell");
  const texts = await cells.allTextContents();
  return texts.map((text) => Math.round(100 * Number(text.replaceAll(/[^\d.-]/g, ""))));
}

test("summary, table and list lead from gross to what the franchisee earned, and add up", async () => {
  const { id } = await refundedAfterClose();
  const { page } = await visitAs({ franchisees: [id] });
  const summary = page.getByRole("region", { name: "Summary" });
  const figure = (name: string) => summary.locator("dl > div").filter({ has: page.getByText(name, { exact: true }) });
  for (const [name, amount, note] of [
    ["Gross", "$10.00", "1 payment"],
    ["Fees", "-$1.00", "Stripe fees -$0.59, Platform fees -$0.41"],
    ["Net", "$9.00", "after fees, before refunds and disputes"],
    ["Refunds and disputes", "-$6.90", "Refunds -$2.50, Disputes -$3.00, Dispute fees -$1.50, Fees returned +$0.10"],
    ["Earned", "$2.10", "net after refunds, disputes and their fees"],
  ] as const) {
    await figure(name).getByText(amount, { exact: true }).waitFor();
    await figure(name).getByText(note, { exact: true }).waitFor();
  }
  await summary.getByText("count on the day of their payment").waitFor();

  await page.getByText("Show as a table").click();
  const [count, gross, stripe, platform, net, refunds, disputes, disputeFees, returned, earned] = await centsIn(
    page,
    "Revenue by day",
    date(YESTERDAY),
  );
  expect([count, gross, stripe, platform, net]).toEqual([100, 1_000, -59, -41, 900]);
  expect([refunds, disputes, disputeFees, returned, earned]).toEqual([-250, -300, -150, 10, 210]);

  const row = page.getByRole("table", { name: "Payments" }).getByRole("row").filter({ hasText: "Ada" });
  const cells = row.getByRole("cell");
  await row.waitFor();
  expect((await cells.allTextContents()).slice(-3)).toEqual(["$10.00", "$9.00", "$2.10"]);
  expect(await violationsOf(page)).toEqual([]);

  const office = await visitAs({ admin: true });
  const earnedThere = office.page.getByRole("row").filter({ hasText: id }).getByRole("cell");
  await office.page.getByRole("button", { name: "Earned" }).click();
  await earnedThere.first().waitFor();
  expect((await earnedThere.allTextContents()).slice(0, 3)).toEqual(["$10.00", "$9.00", "$2.10"]);
});

test("the panel of a refunded payment says what the franchisee keeps of it", async () => {
  const fixture = new CloseFixture();
  await fixture.pay("pi_1", NOON, { name: "Ada" });
  // 9.00 after fees, and 10.00 given back.
  const refunded = {
    amountRefunded: 1_000,
    netAdjustment: { currency: "cad", amount: -1_000 },
    adjustmentParts: [{ currency: "cad", refunds: -1_000, disputes: 0, disputeFees: 0, feesReturned: 0, other: 0 }],
  };
  await fixture.record(snapshot("pi_1", refunded, 300), NOON);
  for (const [claims, text] of [
    [{ franchisees: [fixture.id] }, "You keep -$1.00"],
    [{ admin: true }, "Franchisee keeps -$1.00"],
  ] as const) {
    const { page } = await visitAs(claims, `#/${fixture.id}/pi_1`);
    const dialog = page.getByRole("dialog");
    await dialog.getByText(text).waitFor();
    await dialog.getByText("Refunded", { exact: true }).first().waitFor();
  }
});

test("the panel tells what happened, and by when a dispute must be answered; its ids can be copied", async () => {
  const fixture = new CloseFixture();
  await fixture.pay("pi_1", NOON, { name: "Ada" });
  const respondBy = new Date(Date.now() + 5 * 86_400_000);
  const disputes = [
    {
      id: "dp_1",
      currency: "cad",
      amount: 1_000,
      status: "needs_response",
      reason: "fraudulent",
      isCountered: false,
      createdAt: new Date(),
      respondBy,
    },
  ];
  await fixture.record(snapshot("pi_1", { disputes, disputeStatus: "needs_response" }, 300), NOON);
  const address = `#/${fixture.id}/pi_1`;
  const { page } = await visitAs({ admin: true }, address);
  const dialog = page.getByRole("dialog");
  const timeline = dialog.getByRole("region", { name: "Timeline" });
  await timeline.getByText(`Respond by ${dateAndTime(respondBy, DEFAULTS.timeZone)}`).waitFor();
  const entries = await timeline.getByRole("listitem").allTextContents();
  expect(entries.map((entry) => entry.replace(/\d.*/, ""))).toEqual(["Paid$", "Fees-$", "Dispute-$"]);
  await timeline.getByText("Not in a deposit yet").waitFor();
  await dialog.getByText("Disputed", { exact: true }).waitFor();
  const link = dialog.getByRole("link", { name: "Open in Stripe" });
  expect(await link.getAttribute("href")).toBe(`https://dashboard.stripe.com/${fixture.id}/test/payments/pi_1`);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await dialog.getByRole("button", { name: "Copy Dispute dp_1" }).click();
  await dialog.getByRole("button", { name: "Copied Dispute dp_1" }).waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("dp_1");
  expect(await violationsOf(page)).toEqual([]);

  const own = await visitAs({ franchisees: [fixture.id] }, address);
  await own.page.getByRole("region", { name: "Timeline" }).waitFor();
  expect(await own.page.getByRole("link", { name: "Open in Stripe" }).count()).toBe(0);
});

test("a close is compared with the same day now, and with the payments that changed it", async () => {
  const { id } = await refundedAfterClose();
  const { page } = await visitAs({ franchisees: [id] }, `#/${id}/closes`);
  const row = page.getByRole("table", { name: "Daily closes" }).getByRole("row").nth(1);
  await row.getByRole("button", { name: "See what changed" }).waitFor();
  expect((await row.getByRole("cell").allTextContents()).slice(1, 5)).toEqual([
    "$9.00",
    "$9.00",
    "$2.10",
    expect.stringContaining("-$6.90"),
  ]);
  await row.getByRole("button", { name: "See what changed" }).click();
  const dialog = page.getByRole("dialog", { name: "Then and now" });
  await dialog.getByRole("table", { name: "Then and now, CAD" }).waitFor();
  const table = "Then and now, CAD";
  expect(await centsIn(page, table, "Net")).toEqual([900, 900, 0]);
  expect(await centsIn(page, table, "Refunds")).toEqual([0, -250, -250]);
  expect(await centsIn(page, table, "Dispute fees")).toEqual([0, -150, -150]);
  expect(await centsIn(page, table, "Earned")).toEqual([900, 210, -690]);
  await dialog
    .getByText("Refunds -$2.50, Disputes -$3.00, Dispute fees -$1.50, Fees returned +$0.10, Earned -$6.90")
    .waitFor();
  expect(await violationsOf(page)).toEqual([]);
  await dialog.getByRole("link", { name: "pi_1" }).click();
  await page.getByRole("region", { name: "Fee breakdown" }).waitFor();
});
