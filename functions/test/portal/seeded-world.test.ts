import type { Page } from "playwright-core";
import { date, monthName } from "../../../portal/src/time.ts";
import { HOSTING } from "../support/api.ts";
import { size } from "../support/size.ts";
import { fakeStripes } from "../support/stripe.ts";
import { factsOf, listedPayments, money, rowsOf, signed, tableOf } from "./support/tables.ts";
import { visitAs } from "./support/visit.ts";
import { newWorld, type World } from "./support/world.ts";
import {
  expectDeposit,
  expectDeposits,
  expectNotDeposited,
  expectStatement,
  payoutsOf,
} from "./support/world-balance.ts";
import {
  byCategory,
  contentOf,
  movementsOf,
  statementOf,
  STEPS,
  sumOf,
  total,
  type Waterfall,
  type WorldPayment,
} from "./support/world-figures.ts";
import { besideOf, cellsOf, expectPanel, listedAs, rowOf, summaryOf } from "./support/world-payments.ts";

const startStripe = fakeStripes();

/** At full size, every month is read, and not only one of each kind. */
const isSoak = size({ test: 0, soak: 1 }) === 1;

const SIZE = {
  franchisees: size({ test: 6, soak: 60 }),
  payments: size({ test: 120, soak: 6_000 }),
  months: 14,
  seed: 7,
};

if (isSoak) jest.setTimeout(1_800_000);

let world: World;

beforeAll(async () => {
  world = await newWorld(await startStripe(), SIZE);
});

const paymentsOf = (account: string): WorldPayment[] => world.payments.filter((one) => one.account === account);

const currencyOf = (account: string): string => paymentsOf(account)[0]?.currency ?? "";

test("the world has every kind of payment and deposit, of each charge type", () => {
  const { payments, books, accounts } = world;
  expect(payments).toHaveLength(SIZE.payments);
  expect(new Set(payments.map(({ currency }) => currency))).toEqual(new Set(["cad", "usd", "eur"]));
  expect(payments.some(({ isConverted }) => isConverted)).toBe(true);
  for (const mode of ["direct", "destination", "transfer"]) {
    const all = payments.filter((one) => one.mode === mode);
    const remarks = [
      "Only in Stripe",
      "Differs from Stripe",
      "Disputed",
      "Dispute lost",
      "Refunded",
      "Partly refunded",
    ];
    expect([mode, new Set(all.map(({ remark }) => remark))]).toEqual([mode, new Set([null, ...remarks])]);
    expect(all.some(({ isPart }) => isPart)).toBe(true);
    expect(all.some(({ disputes }) => disputes.some(({ status }) => status === "won"))).toBe(true);
    expect(all.some(({ figures }) => figures.Refunds < 0)).toBe(true);
    const isDirect = mode === "direct";
    expect([mode, all.some(({ figures }) => figures["Dispute fees"] < 0)]).toEqual([mode, isDirect]);
    expect([mode, all.some(({ figures }) => figures["Fees returned"] > 0)]).toEqual([mode, mode !== "transfer"]);
    expect([mode, all.some(({ refunds, figures }) => refunds.length > 0 && figures.Refunds === 0)]).toEqual([
      mode,
      !isDirect,
    ]);
  }
  const payouts = accounts.flatMap((account) => books.connect(account).payout.newestFirst());
  expect(new Set(payouts.map(({ automatic, status }) => `${automatic ? "automatic" : "manual"} ${status}`))).toEqual(
    new Set(["automatic paid", "automatic failed", "manual paid"]),
  );
  expect(payouts.some(({ amount }) => amount < 0)).toBe(true);
});

/** Claims have at most 1,000 characters (https://firebase.google.com/docs/auth/admin/custom-claims). */
const MOST_FRANCHISES = 30;

/** Visits the portal as the owner of every franchise. */
async function visitEach(read: (page: Page, account: string) => Promise<void>): Promise<void> {
  const { accounts } = world;
  for (let first = 0; first < accounts.length; first += MOST_FRANCHISES) {
    const franchisees = accounts.slice(first, first + MOST_FRANCHISES);
    const { page } = await visitAs({ franchisees });
    for (const account of franchisees) await read(page, account);
  }
}

test("a franchisee's summary, months, workshops, list and print equal Stripe's books and the records", async () => {
  await visitEach(async (page, account) => {
    await page.evaluate(() => Object.assign(globalThis, { print: () => undefined }));
    const [all, currency] = [paymentsOf(account), currencyOf(account)];
    await page.goto(`${HOSTING}/#/${account}?period=all`);
    await page.getByRole("heading", { name: account }).waitFor();
    await page.getByRole("region", { name: "Summary" }).getByText("Earned", { exact: true }).waitFor();
    const summary = summaryOf(all, currency);
    expect([account, await factsOf(page, "[aria-labelledby=summary] .figures")]).toEqual([account, summary]);
    const notes = await page.locator("[aria-labelledby=summary] > .note").allTextContents();
    expect([account, notes.filter((note) => note.includes("bears"))]).toEqual([account, besideOf(all, currency)]);
    await page.locator("[aria-labelledby=balance] .figures").first().waitFor();
    const held = sumOf(movementsOf(world.books, account), ({ net }) => net);
    expect([account, await factsOf(page, "[aria-labelledby=balance] .figures")]).toEqual([
      account,
      [
        ["Available", money(held, currency)],
        ["Pending", money(0, currency)],
      ],
    ]);
    await expectNotDeposited(page, world, account);

    await page.getByText("Show as a table").click();
    const byMonth = Map.groupBy(all, ({ month }) => monthName(month));
    const { headers, rows } = await tableOf(page, "Revenue by month");
    expect(headers).toEqual(["Month", "Payments", ...STEPS]);
    expect([account, rows]).toEqual([
      account,
      rows.map(([month = ""]) => [month, ...rowOf(byMonth.get(month) ?? [], currency)]),
    ]);
    expect(rows.map(([month]) => month)).toEqual(expect.arrayContaining([...byMonth.keys()]));

    await page.getByText("By workshop").click();
    const byWorkshop = [...Map.groupBy(all, ({ seeded }) => seeded.workshopName)];
    const grossOf = (some: readonly WorldPayment[]): number => sumOf(some, ({ figures }) => figures.Gross);
    const workshops = byWorkshop.toSorted(([, a], [, b]) => grossOf(b) - grossOf(a));
    expect(await rowsOf(page, `By workshop, ${currency.toUpperCase()}`)).toEqual([
      ...workshops.map(([name, some]) => [name, rowOf(some, currency)].flat()),
      ["All workshops", ...rowOf(all, currency)],
    ]);

    const newestFirst = all.toReversed();
    const listed = await listedPayments(page);
    expect([...listed]).toEqual(newestFirst.map((one) => [one.id, listedAs(one, "")]));
    await page.getByRole("button", { name: "Print", exact: true }).click();
    await page.locator(".printed tbody tr").first().waitFor({ state: "attached" });
    await page.emulateMedia({ media: "print" });
    const printed = page.locator(".printed table");
    expect(await printed.isVisible()).toBe(true);
    expect(await rowsOf(page, "Payments")).toEqual(newestFirst.map((one) => listedAs(one, ", ")));
    const text = await page.getByRole("region", { name: "Summary" }).innerText();
    for (const [name, figure] of summary) {
      expect(text.replaceAll(/\s/g, "")).toContain(`${name}${figure}`.replaceAll(/\s/g, ""));
    }
    await page.emulateMedia({ media: "screen" });
    await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  });
});

test("a payment's panel equals Stripe's books and its record, for each kind of payment", async () => {
  const kindOf = ({ mode, remark, isPart, isConverted, disputes, figures }: WorldPayment): string =>
    JSON.stringify([mode, remark, isPart, isConverted, disputes.map(({ status }) => status), figures.Refunds < 0]);
  const kinds = Map.groupBy(world.payments, kindOf);
  expect(kinds.size).toBeGreaterThan(25);
  const firsts = [...kinds.values()].flatMap(([first]) => first ?? []);
  await visitEach(async (page, account) => {
    for (const payment of firsts) if (payment.account === account) await expectPanel(page, payment);
  });
});

test("every deposit, and the content of each kind of deposit, equal Stripe's books", async () => {
  const kinds = new Set<string>();
  await visitEach(async (page, account) => {
    await expectDeposits(page, world, account);
    for (const payout of payoutsOf(world, account)) {
      const { automatic, status, amount } = payout;
      const categories = [...byCategory(contentOf(world.books, account, payout) ?? []).keys()].toSorted();
      const kind = JSON.stringify([automatic, status, amount > 0, categories]);
      if (!kinds.has(kind)) await expectDeposit(page, world, account, payout);
      kinds.add(kind);
    }
  });
  expect(kinds.size).toBeGreaterThan(8);
});

/** Each kind of month, and the last one, whose balance is the sum of all. */
function monthsToRead(account: string, months: readonly string[]): string[] {
  const movements = movementsOf(world.books, account);
  const kindOf = (month: string): string => [...statementOf(movements, month).activity.keys()].toSorted().join();
  const firsts = [...Map.groupBy(months, kindOf).values()].flatMap(([first]) => first ?? []);
  return [...new Set([...firsts, ...months.slice(-1)])];
}

test("balance statements equal Stripe's books, on the screen and printed", async () => {
  const months = [...new Set(world.payments.map(({ month }) => month))].toSorted();
  expect(months.length).toBeGreaterThan(SIZE.months);
  await visitEach(async (page, account) => {
    for (const month of isSoak ? months : monthsToRead(account, months)) {
      await expectStatement(page, world, account, month);
    }
    await page.emulateMedia({ media: "print" });
    const printed = await page.getByRole("main").innerText();
    const cells = (await rowsOf(page, `Balance, ${currencyOf(account).toUpperCase()}`)).flat();
    expect(cells.filter((cell) => !printed.includes(cell))).toEqual([]);
    await page.emulateMedia({ media: "screen" });
  });
});

test("head office's list and exceptions equal Stripe's books and the records", async () => {
  const { page } = await visitAs({ admin: true });
  await page.getByRole("columnheader", { name: "Franchisee" }).getByRole("button").click();
  for (const account of world.accounts) {
    const row = page.getByRole("row").filter({ hasText: account });
    await row.waitFor();
    const cells = await row.getByRole("cell").allTextContents();
    const all = paymentsOf(account);
    const { Gross, Net, Earned } = total(all.map(({ figures }) => figures));
    const amounts = [Gross, Net, Earned].map((amount) => money(amount, currencyOf(account)));
    const open = all.filter(({ recorded, seeded }) => recorded === null || seeded.recorded === "wrong");
    expect([account, ...cells.slice(0, 4)]).toEqual([account, ...amounts, String(open.length)]);
  }
  for (const account of world.accounts) {
    await page.goto(`${HOSTING}/#/exceptions?franchisee=${account}`);
    await page.getByRole("link", { name: account }).first().waitFor();
    const open = paymentsOf(account).filter(({ recorded, seeded }) => recorded === null || seeded.recorded === "wrong");
    const currency = currencyOf(account);
    const stakeOf = ({ recorded, figures }: WorldPayment): number => (recorded === null ? figures.Gross : 1);
    const sums = [sumOf(open, ({ figures }) => figures.Gross), sumOf(open, stakeOf)];
    expect([account, await rowsOf(page, "Sums")]).toEqual([
      account,
      [[currency.toUpperCase(), String(open.length), ...sums.map((amount) => money(amount, currency))]],
    ]);
    const rows = await rowsOf(page, "Exceptions");
    // The customer, the amount, what is at stake, and the kind with its differences.
    const shown = rows.map((cells) => cells.slice(1, 8).toSpliced(1, 3));
    const differences = "Differs from StripeCustomer paid: +$0.01Franchisee receives: +$0.01";
    const texts = differences.replaceAll("$0.01", money(1, currency));
    expect([account, shown]).toEqual([
      account,
      open
        .toReversed()
        .slice(0, 40)
        .map((one) => [
          one.seeded.name,
          money(one.figures.Gross, currency),
          money(stakeOf(one), currency),
          one.recorded === null ? "Only in Stripe" : texts,
        ]),
    ]);
  }
});

/** The month `count` months before. */
function monthBefore(month: string, count: number): string {
  const [year = 0, number = 0] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 - count, 15)).toISOString().slice(0, "YYYY-MM".length);
}

const PERCENT = new Intl.NumberFormat("en-CA", {
  style: "percent",
  maximumFractionDigits: 1,
  signDisplay: "exceptZero",
});

const changeOf = (now: number, before: number): string =>
  before === 0 ? "–" : PERCENT.format((now - before) / Math.abs(before));

test("the overview of a month equals the books and the records of all franchisees", async () => {
  const { page } = await visitAs({ admin: true });
  const months = [...new Set(world.payments.map(({ month }) => month))].toSorted();
  for (const month of [months.at(-2), months.at(-6)].flatMap((one) => one ?? [])) {
    const compared = [month, monthBefore(month, 1), monthBefore(month, 12)];
    for (const currency of ["cad", "usd", "eur"]) {
      const inCurrency = world.payments.filter((one) => one.currency === currency);
      const of = (some: readonly WorldPayment[]): Waterfall[] =>
        compared.map((name) => total(some.filter((one) => one.month === name).map(({ figures }) => figures)));
      await page.goto(`${HOSTING}/#/overview?month=${month}&currency=${currency}`);
      await page.getByRole("heading", { name: `Overview, ${monthName(month)}` }).waitFor();
      const [now, before, yearBefore] = of(inCurrency);
      const code = currency.toUpperCase();
      expect([month, await rowsOf(page, `All franchisees, ${code}`)]).toEqual([
        month,
        STEPS.map((name) => {
          const amount = now?.[name] ?? 0;
          const others = [before, yearBefore].flatMap((one) => {
            const other = one?.[name] ?? 0;
            return [money(other, currency), `${signed(amount - other, currency)} ${changeOf(amount, other)}`];
          });
          return [name, money(amount, currency), ...others];
        }),
      ]);
      const theirs = world.accounts
        .map((account) => ({ account, figures: of(inCurrency.filter((one) => one.account === account)) }))
        .filter(({ figures }) => figures.some(({ Gross }) => Gross !== 0))
        .toSorted(
          (a, b) => (b.figures[0]?.Gross ?? 0) - (a.figures[0]?.Gross ?? 0) || (a.account < b.account ? -1 : 1),
        );
      const shown = await rowsOf(page, `Franchisees, ${code}`);
      expect([month, shown.map((cells) => cells.slice(1, -1))]).toEqual([
        month,
        theirs.map(({ account, figures: [own = total([]), ...others] }) => {
          const changes = others.map(({ Gross }) => changeOf(own.Gross, Gross));
          return [account, cellsOf(own, currency), changes].flat();
        }),
      ]);
    }
  }
});

test("a closed day is compared with what the records said when it was closed", async () => {
  const { account, days } = world.closed;
  const [all, currency] = [paymentsOf(account), currencyOf(account)];
  const { page } = await visitAs({ franchisees: [account] }, `#/${account}/closes`);
  await page.getByRole("table", { name: "Daily closes" }).waitFor();
  if (days.length > 31) await page.getByRole("button", { name: "Show more" }).click();
  await page.getByRole("row", { name: date(days[0] ?? "") }).waitFor();
  const changed: string[] = [];
  const expected = days.toReversed().map((day) => {
    const paid = all.filter((one) => one.day === day);
    const closed = paid.flatMap(({ recorded }) => recorded ?? []);
    const [was, now] = [total(closed), total(paid.map(({ figures }) => figures))];
    const of = (some: readonly unknown[], amount: number): string =>
      some.length === 0 ? "–" : money(amount, currency);
    const isChanged = paid.some(({ figures, recorded }) => STEPS.some((name) => figures[name] !== recorded?.[name]));
    if (isChanged) changed.push(day);
    const difference = `${money(now.Earned - was.Earned, currency)}See what changed: ${date(day)}`;
    return [
      date(day),
      String(closed.length),
      of(closed, was.Net),
      of(closed, was.Earned),
      of(paid, now.Earned),
      isChanged ? difference : "–",
    ];
  });
  expect(changed.length).toBeGreaterThan(2);
  // The months are read after the closes.
  await page
    .getByRole("button", { name: "See what changed" })
    .nth(changed.length - 1)
    .waitFor();
  const shown = await rowsOf(page, "Daily closes");
  expect(shown.map((cells) => cells.slice(0, 6))).toEqual(expected);
  for (const day of changed) {
    const paid = all.filter((one) => one.day === day);
    const [was, now] = [total(paid.map(({ recorded }) => recorded)), total(paid.map(({ figures }) => figures))];
    await page
      .getByRole("row", { name: date(day) })
      .getByRole("button", { name: "See what changed" })
      .click();
    const rows = await rowsOf(page, `Then and now, ${currency.toUpperCase()}`);
    expect([day, rows]).toEqual([
      day,
      STEPS.map((name) => {
        const difference = now[name] - was[name];
        return [
          name,
          money(was[name], currency),
          money(now[name], currency),
          difference === 0 ? "–" : signed(difference, currency),
        ];
      }),
    ]);
    expect(await page.getByText("don’t explain the whole difference").count()).toBe(0);
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  }
});
