import { HOSTING, newFranchisee } from "../support/api.ts";
import { violationsOf } from "./support/accessibility.ts";
import {
  BALANCE,
  deposit,
  franchiseeWithDeposit,
  movement,
  PO_1,
  rowsOf,
  write,
  writeBalance,
} from "./support/balance-fixture.ts";
import { countOf, readsWhenLoaded, visitAs } from "./support/visit.ts";

const day = (number: number): Date => new Date(Date.UTC(2025, 10, number, 12));

test("deposits appear live, newest first, and say whether they are explained and what came back", async () => {
  const own = await franchiseeWithDeposit();
  const composed = (net: number) => [{ reportingCategory: "charge", count: 1, amount: net, fee: 0, net }];
  await write(own, {
    deposits: [
      deposit("po_2", { createdAt: day(15), amount: 500, composition: composed(563) }),
      deposit("po_3", { createdAt: day(16), amount: 120_000, currency: "huf", composition: composed(120_045) }),
      deposit("po_4", { createdAt: day(17), amount: 700, kind: "manual", reconciliationStatus: "not_applicable" }),
      deposit("po_5", {
        createdAt: day(18),
        amount: 800,
        status: "failed",
        failure: { code: "account_closed", message: "The bank account has been closed" },
        composition: composed(800),
      }),
      deposit("po_6", { createdAt: day(19), amount: 900, status: "in_transit", bank: null }),
    ],
  });
  const visit = await visitAs({ franchisees: [own] });
  const { page } = visit;
  await page.getByRole("link", { name: "Deposits" }).click();
  const table = page.getByRole("table", { name: "Deposits" });
  await table.waitFor();
  const rows = [
    ["18 Nov 2025", "$9.00", "On its way", "Automatic", "Stripe is preparing it", "Not reported by Stripe"],
    [
      "18 Nov 2025",
      "$8.00",
      "FailedThe bank account has been closed. The money was returned to the balance.",
      "Automatic",
      "Explained to the cent",
      "Royal Bank ending in 6789",
    ],
    ["18 Nov 2025", "$7.00", "Paid out", "Manual", "See balance statement", "Royal Bank ending in 6789"],
    [
      "18 Nov 2025",
      "HUF 1,200.00",
      "Paid out",
      "Automatic",
      "Explained; HUF 0.45 is too small to pay out and stays on the balance",
      "Royal Bank ending in 6789",
    ],
    ["18 Nov 2025", "$5.00", "Paid out", "Automatic", "Differs by +$0.63", "Royal Bank ending in 6789"],
    ["18 Nov 2025", "$187.45", "Paid out", "Automatic", "Explained to the cent", "Royal Bank ending in 6789"],
  ];
  expect(await rowsOf(visit, "Deposits")).toEqual(rows);
  expect(await violationsOf(page)).toEqual([]);
  await write(own, { deposits: [deposit("po_7", { createdAt: day(20), amount: 1_000, kind: "instant" })] });
  await table.getByText("$10.00").waitFor();
  expect(await rowsOf(visit, "Deposits")).toEqual([
    ["18 Nov 2025", "$10.00", "Paid out", "Instant", "See balance statement", "Royal Bank ending in 6789"],
    ...rows,
  ]);
});

test("a deposit's content adds up to its amount, and leads to its payments and back", async () => {
  const own = await franchiseeWithDeposit();
  const visit = await visitAs({ franchisees: [own] });
  const { page } = visit;
  await page.goto(`${HOSTING}/#/${own}/deposits`);
  await page.getByRole("link", { name: "18 Nov 2025" }).click();
  await page.getByRole("link", { name: "Zoë" }).waitFor();
  expect(await rowsOf(visit, "Contents")).toEqual([
    ["Payments", "3", "$350.00", "-$28.55", "$321.45"],
    ["Fees billed or returned separately", "1", "$1.00", "$0.00", "$1.00"],
    ["Refunds", "1", "-$20.00", "$0.00", "-$20.00"],
    ["Disputes", "1", "-$100.00", "-$15.00", "-$115.00"],
    ["Total", "6", "$231.00", "-$43.55", "$187.45"],
  ]);
  const equation = page.getByText("$321.45 Payments").locator("..");
  expect(await equation.locator(".term").allTextContents()).toEqual([
    "$321.45 Payments",
    "+ $1.00 Fees billed or returned separately",
    "− $20.00 Refunds",
    "− $115.00 Disputes",
    "= $187.45 Deposit",
  ]);
  // The dispute of pi_1 and the refund and fee of pi_2 are newer than the payments. Times are Vancouver's.
  expect(await rowsOf(visit, "Movements")).toEqual([
    ["7 Nov 2025, 04:00", "Dispute", "Ada", "Workshop of Ada", "-$100.00", "-$15.00", "-$115.00"],
    ["6 Nov 2025, 04:00", "Fee returned", "Grace", "Workshop of Grace", "$1.00", "$0.00", "$1.00"],
    ["6 Nov 2025, 04:00", "Refund", "Grace", "Workshop of Grace", "-$20.00", "$0.00", "-$20.00"],
    ["5 Nov 2025, 04:00", "Payment", "Zoë", "Workshop of Zoë", "$200.00", "-$16.10", "$183.90"],
    ["4 Nov 2025, 04:00", "Payment", "Grace", "Workshop of Grace", "$50.00", "-$4.25", "$45.75"],
    ["3 Nov 2025, 04:00", "Payment", "Ada", "Workshop of Ada", "$100.00", "-$8.20", "$91.80"],
  ]);
  expect(await violationsOf(page)).toEqual([]);

  await page.getByRole("link", { name: "Ada" }).first().click();
  const section = page.getByRole("dialog", { name: "Payment" }).getByRole("region", { name: "On the balance" });
  await section.getByText("Deposit of 18 Nov 2025").first().waitFor();
  expect(await section.getByRole("listitem").allTextContents()).toEqual([
    "+$91.80Payment3 Nov 2025, 04:00Deposit of 18 Nov 2025 · Paid out",
    "-$115.00Dispute7 Nov 2025, 04:00Deposit of 18 Nov 2025 · Paid out",
  ]);
  // 91.80 − 100.00 − 15.00
  expect(await section.locator("dl").innerText()).toBe(
    "Payment after its fees\n$91.80\nDisputes\n-$100.00\nDispute fees\n-$15.00\nYou keep\n-$23.20",
  );
  await section.getByRole("link", { name: "Deposit of 18 Nov 2025" }).first().click();
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  expect(page.url()).toBe(`${HOSTING}/#/${own}/deposits/po_1`);
});

test("deposits that came back, that Stripe does not list, or that do not exist say so", async () => {
  const own = newFranchisee();
  await write(own, {
    deposits: [
      { ...PO_1, id: "po_1", reversedByPayoutId: "po_2" },
      deposit("po_2", {
        amount: -18_745,
        originalPayoutId: "po_1",
        reconciliationStatus: "not_applicable",
        kind: "manual",
      }),
      deposit("po_3", { amount: -500, status: "failed", failure: null }),
      deposit("po_4", { amount: 500, status: "canceled", kind: "manual" }),
    ],
  });
  const { page } = await visitAs({ franchisees: [own] });
  const shows = async (id: string, ...texts: string[]): Promise<void> => {
    await page.goto(`${HOSTING}/#/${own}/deposits/${id}`);
    for (const text of texts) await page.getByText(text, { exact: true }).first().waitFor();
  };
  await shows("po_1", "Reversed", "It was sent and then reversed. The money was returned to the balance.", "po_2");
  await page.getByRole("link", { name: "po_2" }).click();
  await page.getByText("-$187.45").first().waitFor();
  await page.getByRole("link", { name: "po_1" }).waitFor();
  await page.getByText("Stripe doesn’t list the contents of manual and instant deposits").waitFor();
  await page.getByRole("link", { name: "Balance statement for that month" }).waitFor();
  await shows(
    "po_3",
    "The bank gave no reason. The bank account wasn’t debited, so the balance owes the amount again.",
    "Stripe is still preparing this deposit. Its contents appear here automatically.",
  );
  await shows("po_4", "It was cancelled before it was sent. The money was returned to the balance.");
  await shows("po_5", "No deposit with this ID.");
});

test("a franchisee's page shows the balance, the next deposit, and what is in no deposit yet", async () => {
  const own = await franchiseeWithDeposit();
  await write(own, {
    deposits: [
      deposit("po_8", { amount: 800, status: "pending", arrivesAt: day(28) }),
      deposit("po_9", { amount: 900, status: "in_transit", arrivesAt: day(26) }),
    ],
  });
  const visit = await visitAs({ franchisees: [own] });
  const { page } = visit;
  const section = page.getByRole("region", { name: "Balance" });
  await section.getByText("arrives on 26 Nov 2025").waitFor();
  expect(await section.locator("dl").innerText()).toBe(
    "Available\n-$2.00\nPending\n$27.33\nNext deposit\n$9.00\narrives on 26 Nov 2025",
  );
  await section.getByText("As of 22 Nov 2025, 04:00").waitFor();
  const reads = await readsWhenLoaded(page);
  await section.getByText("Not in a deposit yet").click();
  await section.getByRole("link", { name: "Mary" }).waitFor();
  expect(await rowsOf(visit, "Not in a deposit yet")).toEqual([
    ["21 Nov 2025, 04:00", "Fee", "Active accounts billing", "–", "-$2.00", "$0.00", "-$2.00"],
    ["20 Nov 2025, 04:00", "Payment", "Mary", "Workshop of Mary", "$30.00", "-$2.67", "$27.33"],
  ]);
  // Three movements, of which the deposit's own is not shown, one payment, and three deposits.
  expect((await readsWhenLoaded(page)) - reads).toBe(7);
  expect(await violationsOf(page)).toEqual([]);

  await section.getByRole("link", { name: "Mary" }).click();
  const balance = page.getByRole("dialog").getByRole("region", { name: "On the balance" });
  await balance.getByText("Not in a deposit yet").waitFor();
  await page.getByRole("button", { name: "Close" }).click();

  // Paid out by hand: Stripe lists no content.
  await write(own, { deposits: [deposit("po_10", { createdAt: day(25), kind: "manual", amount: 2_000 })] });
  await section.getByText("This account is paid out manually").waitFor();
  const unexplained = { available: -200, pending: 2_733, recorded: 2_500, difference: -33 };
  await writeBalance(own, {
    ...BALANCE,
    currencies: { cad: unexplained },
    isExplained: false,
    unexplainedSince: day(21),
  });
  await section.getByText("Unexplained balance since 21 Nov 2025, 04:00").waitFor();
  await section
    .getByText("Stripe’s balance is $25.33; the recorded movements add up to $25.00; difference -$0.33.")
    .waitFor();
  expect(await violationsOf(page)).toEqual([]);
});

test("the money of a deposit that came back is in no deposit, and then in the content of the next one", async () => {
  const own = newFranchisee();
  const ten = (reportingCategory: string) => [{ reportingCategory, count: 1, amount: 1_000, fee: 0, net: 1_000 }];
  const sent = { type: "payout", reportingCategory: "payout", amount: -1_000 };
  const returned = movement("txn_3", {
    type: "payout_failure",
    reportingCategory: "payout_reversal",
    amount: 1_000,
    source: "po_1",
    createdAt: day(4),
  });
  await write(own, {
    deposits: [deposit("po_1", { createdAt: day(2), amount: 1_000, status: "failed", composition: ten("charge") })],
    movements: [
      movement("txn_1", { amount: 1_000, createdAt: day(1), payoutId: "po_1" }),
      movement("txn_2", { ...sent, source: "po_1", createdAt: day(2), payoutId: "po_1" }),
      returned,
    ],
  });
  const available = { available: 1_000, pending: 0, recorded: 1_000, difference: 0 };
  await writeBalance(own, { ...BALANCE, currencies: { cad: available } });
  const visit = await visitAs({ franchisees: [own] });
  const { page } = visit;
  await page.getByText("Not in a deposit yet").click();
  await page.getByRole("table", { name: "Not in a deposit yet" }).waitFor();
  const row = ["4 Nov 2025, 04:00", "Deposit returned", "–", "–", "$10.00", "$0.00", "$10.00"];
  expect(await rowsOf(visit, "Not in a deposit yet")).toEqual([row]);

  await write(own, {
    deposits: [deposit("po_2", { createdAt: day(5), amount: 1_000, composition: ten("payout_reversal") })],
    movements: [
      { ...returned, payoutId: "po_2" },
      movement("txn_4", { ...sent, source: "po_2", createdAt: day(5), payoutId: "po_2" }),
    ],
  });
  await page.getByText("Every movement is in a deposit.").waitFor();
  await page.goto(`${HOSTING}/#/${own}/deposits/po_2`);
  await page.getByRole("table", { name: "Movements" }).waitFor();
  expect(await rowsOf(visit, "Movements")).toEqual([row]);
});

test("head office sees unexplained balances above other exceptions, until they are explained", async () => {
  const own = await franchiseeWithDeposit();
  const unexplained = { available: 1_000, pending: 500, recorded: 1_501, difference: 1 };
  await writeBalance(own, {
    ...BALANCE,
    currencies: { cad: unexplained },
    isExplained: false,
    unexplainedSince: day(21),
  });
  const { page } = await visitAs({ admin: true }, "#/exceptions");
  const row = page.getByRole("table", { name: "Unexplained balance" }).getByRole("row").filter({ hasText: own });
  await row.waitFor();
  expect((await row.getByRole("cell").allTextContents()).map((text) => text.replaceAll("\u00A0", " "))).toEqual([
    "Unexplained balance",
    "CAD",
    "$15.00",
    "$15.01",
    "+$0.01",
    "21 Nov 2025, 04:00",
  ]);
  expect(await violationsOf(page)).toEqual([]);
  await row.getByRole("link", { name: own }).click();
  await page.getByRole("region", { name: "Balance" }).getByText("difference +$0.01").waitFor();
  await page.goto(`${HOSTING}/#/`);
  await page.getByRole("columnheader", { name: "Last checked" }).getByRole("button").click();
  const franchisee = page.getByRole("table", { name: "Franchisees" }).getByRole("row").filter({ hasText: own });
  await franchisee.getByText("Unexplained balance").waitFor();
  await page.goto(`${HOSTING}/#/exceptions`);
  await row.waitFor();
  await writeBalance(own, BALANCE);
  await row.waitFor({ state: "hidden" });
});

test("long lists are read page by page, and new rows at the top lose none", async () => {
  const own = newFranchisee();
  const created = (index: number): Date => new Date(day(1).getTime() + index * 3_600_000);
  const deposits = Array.from({ length: 85 }, (_, index) =>
    deposit(`po_${index}`, { createdAt: created(index), amount: 10_000 + index }),
  );
  const movements = Array.from({ length: 65 }, (_, index) =>
    movement(`txn_${index}`, { createdAt: created(index), amount: index, payoutId: "po_0" }),
  );
  await write(own, { deposits: [...deposits, { ...PO_1, id: "po_0", createdAt: created(0) }], movements });
  const { page } = await visitAs({ franchisees: [own] });
  await page.goto(`${HOSTING}/#/${own}/deposits`);
  const amounts = page.getByRole("table").locator("tbody tr td:nth-child(2)");
  const older = page.getByRole("button", { name: "Older" });
  const seen: string[] = [];
  const collect = async (number: number, size: number): Promise<void> => {
    await page.getByText(`Page ${number}`, { exact: true }).waitFor();
    await page.waitForFunction((count) => document.querySelectorAll("tbody tr").length === count, size);
    seen.push(...(await amounts.allTextContents()));
  };
  await collect(1, 40);
  await older.click();
  expect(await page.locator(":focus").getAttribute("aria-label")).toBe("Deposits");
  await write(own, { deposits: [deposit("po_new", { createdAt: created(100), amount: 99_999 })] });
  await page.waitForFunction(() => document.querySelector("tbody td")?.textContent === "$100.44");
  await collect(2, 40);
  await older.click();
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 5);
  await collect(3, 5);
  expect(new Set(seen).size).toBe(85);
  // The page of the list, and the franchisee's name.
  expect(await countOf(page, "listeners")).toBe(2);
  await page.getByRole("button", { name: "Newer" }).click();
  await page.getByText("Page 2", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Newer" }).click();
  await page.getByText("$999.99").waitFor();

  await page.goto(`${HOSTING}/#/${own}/deposits/po_0`);
  await page.getByText("Page 1", { exact: true }).waitFor();
  await older.click();
  await older.click();
  await page.getByText("$0.00").first().waitFor();
});
