import type { Page } from "playwright-core";
import { quantile } from "../../tools/bench/measure.ts";
import { seedFranchisee } from "../../tools/bench/seed.ts";
import { newFranchisee, newPayment, postRecord } from "../support/api.ts";
import { database, transactionsOf } from "../support/database.ts";
import { goldenRecord } from "../support/records.ts";
import { drawnIds, expectOffline, scrollToEnd, setOffline, visitAs } from "./support/visit.ts";

/** Enough that the first page of the list fills (at 40) and is split (at 121) while payments arrive. */
const EARLIER = 36;
const POSTS = 200;
const AMOUNT = 1000;

/** Posts a signed payment. Returns when it is acknowledged. */
async function pay(franchiseeId: string, fields: object = {}): Promise<{ id: string; answeredAt: number }> {
  const id = newPayment();
  const { status } = await postRecord(franchiseeId, { ...goldenRecord(), stripePaymentId: id, ...fields });
  const answeredAt = Date.now();
  expect(status).toBe(200);
  return { id, answeredAt };
}

/** The content of a frame: gross and count of the totals, and the number of listed payments. */
type Frame = readonly [gross: string, count: string, listed: number];

interface Watched {
  /** Each frame that differs from the one before. */
  frames: Frame[];
  /** When each payment was painted. */
  painted: Record<string, number>;
}

/** Records every frame from now on. */
async function watch(page: Page): Promise<() => Promise<Watched>> {
  const watched = await page.evaluateHandle(() => {
    const seen: Watched = { frames: [], painted: {} };
    const summary = document.querySelector("[aria-labelledby=summary]");
    const record = (): void => {
      const rows = document.querySelector<HTMLElement>("[role=table] .rows");
      const listed = rows ? Math.round(Number.parseFloat(rows.style.height) / 60) : 0;
      const text = (selector: string): string => summary?.querySelector(selector)?.textContent ?? "";
      const frame = [text("dd .figure"), text("dd .note"), listed] as const;
      if (JSON.stringify(frame) !== JSON.stringify(seen.frames.at(-1))) seen.frames.push(frame);
      const ids = [...(rows?.querySelectorAll("a") ?? [])].map(({ href }) => href.split("/").at(-1) ?? "");
      // This frame has been painted when the next one begins.
      requestAnimationFrame(() => {
        for (const id of ids) seen.painted[id] ??= Date.now();
        record();
      });
    };
    requestAnimationFrame(record);
    return seen;
  });
  return () =>
    watched.evaluate(async (seen) => {
      // Lets the current content be painted.
      await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
      return seen;
    });
}

test("a posted payment appears automatically, and no frame shows a list without its totals", async () => {
  const own = newFranchisee();
  await Promise.all(Array.from({ length: EARLIER }, () => pay(own)));
  const { page } = await visitAs({ franchisees: [own] });
  await page.getByRole("link", { name: "Ada" }).first().waitFor();
  const stop = await watch(page);
  const posted = [];
  for (let index = 0; index < POSTS; index += 1) {
    const one = await pay(own, { name: `Customer ${index}` });
    await page.getByRole("link", { name: `Customer ${index}`, exact: true }).waitFor();
    posted.push(one);
  }
  const { frames, painted } = await stop();
  const format = new Intl.NumberFormat("en-CA", { style: "currency", currency: "cad" });
  const torn = frames.filter(
    ([gross, count, listed]) =>
      gross !== format.format((listed * AMOUNT) / 100) ||
      count !== `${listed} ${listed === 1 ? "payment" : "payments"}`,
  );
  expect(torn).toEqual([]);
  expect(Object.keys(painted)).toEqual(expect.arrayContaining(posted.map(({ id }) => id)));
  expect(frames.at(-1)?.[2]).toBe(EARLIER + POSTS);
  expect((await drawnIds(page)).slice(0, 10)).toEqual(
    posted
      .toReversed()
      .map(({ id }) => id)
      .slice(0, 10),
  );
  // Some are painted before their response.
  const waits = posted.map(({ id, answeredAt }) => Math.max(0, (painted[id] ?? Infinity) - answeredAt));
  const [median, p95, last] = [0.5, 0.95, 1].map((share) => Math.round(quantile(waits, share)));
  process.stderr.write(
    `From response to painted, ${POSTS} posts: p50 ${median} ms, p95 ${p95} ms, at most ${last} ms\n`,
  );
});

test("payments that arrive while the page is offline appear once when it is back online", async () => {
  const own = newFranchisee();
  const before = await pay(own);
  const visit = await visitAs({ franchisees: [own] });
  const { page } = visit;
  await page.getByRole("link", { name: "Ada" }).waitFor();
  await setOffline(page, true);
  const connection = page.getByRole("status", { name: "Connection" });
  await connection.getByText("You’re offline").waitFor();
  const meanwhile = [];
  for (let index = 0; index < 5; index += 1) meanwhile.push(await pay(own, { name: "Grace" }));
  // A response that was open when the network failed may still deliver some of them.
  expect((await drawnIds(page)).at(-1)).toBe(before.id);
  await setOffline(page, false);
  await page.getByText("6 payments").waitFor();
  await connection.getByText("You’re offline").waitFor({ state: "hidden" });
  expect(await drawnIds(page)).toEqual([...meanwhile.toReversed(), before].map(({ id }) => id));
  expectOffline(visit);
});

/** More than the listener of the first page delivers at once. */
const FLOOD = 600;

test("more payments at once than a listener delivers are all listed", async () => {
  const own = newFranchisee();
  await seedFranchisee(database(), own, 50);
  const visit = await visitAs({ franchisees: [own] }, `#/${own}?period=all`);
  const { page } = visit;
  await page.getByRole("table", { name: "Payments" }).waitFor();
  await setOffline(page, true);
  const [sample] = (await transactionsOf(own).limit(1).get()).docs;
  const batch = database().batch();
  const ids = Array.from({ length: FLOOD }, newPayment);
  for (const [index, id] of ids.entries()) {
    const createdAt = new Date(Date.now() + index);
    batch.create(transactionsOf(own).doc(id), { ...sample?.data(), stripePaymentId: id, createdAt });
  }
  await batch.commit();
  await setOffline(page, false);
  await page.locator(`a[href*="${ids.at(-1)}"]`).waitFor();
  expect((await scrollToEnd(page)).ids.size).toBe(50 + FLOOD);
  expectOffline(visit);
});
