import type { Page } from "playwright-core";
import { quantile } from "../../tools/bench/statistics.ts";
import { seedFranchisee } from "../../tools/bench/seed.ts";
import { newFranchisee, newPayment, postRecord } from "../support/api.ts";
import { database, transactionsOf } from "../support/database.ts";
import { goldenRecord } from "../support/records.ts";
import { drawn, expectTrouble, type Visit, visitAs, walk } from "./support/visit.ts";

/** So many that the first page of the list gets its lower end (at 40) and is cut in two (at 121) while they come. */
const EARLIER = 36;
const POSTS = 200;
const AMOUNT = 1000;

/** Posts a payment, signed, and says when it was answered. */
async function pay(franchiseeId: string, fields: object = {}): Promise<{ id: string; answeredAt: number }> {
  const id = newPayment();
  const { status } = await postRecord(franchiseeId, { ...goldenRecord(), stripePaymentId: id, ...fields });
  const answeredAt = Date.now();
  expect(status).toBe(200);
  return { id, answeredAt };
}

/** What a frame shows: the totals' gross and count, and how many payments are listed. */
type Frame = readonly [gross: string, count: string, listed: number];

interface Watched {
  /** Each frame that shows something else than the one before. */
  frames: Frame[];
  /** When each payment had been painted. */
  painted: Record<string, number>;
}

/** Looks at every frame that is painted from now on. */
async function watch(page: Page): Promise<() => Promise<Watched>> {
  const watched = await page.evaluateHandle(() => {
    const seen: Watched = { frames: [], painted: {} };
    const summary = document.querySelector("[aria-labelledby=summary]");
    const look = (): void => {
      const rows = document.querySelector<HTMLElement>("[role=table] .rows");
      const listed = rows ? Math.round(Number.parseFloat(rows.style.height) / 60) : 0;
      const text = (selector: string): string => summary?.querySelector(selector)?.textContent ?? "";
      const frame = [text("dd .figure"), text("dd .note"), listed] as const;
      if (JSON.stringify(frame) !== JSON.stringify(seen.frames.at(-1))) seen.frames.push(frame);
      const ids = [...(rows?.querySelectorAll("a") ?? [])].map(({ href }) => href.split("/").at(-1) ?? "");
      // A frame is painted after this; when the next one begins, it has been.
      requestAnimationFrame(() => {
        for (const id of ids) seen.painted[id] ??= Date.now();
        look();
      });
    };
    requestAnimationFrame(look);
    return seen;
  });
  return () =>
    watched.evaluate(async (seen) => {
      // What is in the page by now is painted by then.
      await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
      return seen;
    });
}

test("a payment that is posted appears by itself, and no frame shows a list without its totals", async () => {
  const own = newFranchisee();
  await Promise.all(Array.from({ length: EARLIER }, () => pay(own)));
  const { page } = await visitAs({ franchisees: [own] });
  await page.getByRole("link", { name: "Ada" }).first().waitFor();
  const watched = await watch(page);
  const posted = [];
  for (let index = 0; index < POSTS; index += 1) {
    const one = await pay(own, { name: `Customer ${index}` });
    await page.getByRole("link", { name: `Customer ${index}`, exact: true }).waitFor();
    posted.push(one);
  }
  const { frames, painted } = await watched();
  const format = new Intl.NumberFormat("en-CA", { style: "currency", currency: "cad" });
  const torn = frames.filter(
    ([gross, count, listed]) =>
      gross !== format.format((listed * AMOUNT) / 100) ||
      count !== `${listed} ${listed === 1 ? "payment" : "payments"}`,
  );
  expect(torn).toEqual([]);
  expect(Object.keys(painted)).toEqual(expect.arrayContaining(posted.map(({ id }) => id)));
  expect(frames.at(-1)?.[2]).toBe(EARLIER + POSTS);
  expect((await drawn(page)).slice(0, 10)).toEqual(
    posted
      .toReversed()
      .map(({ id }) => id)
      .slice(0, 10),
  );
  // Some are painted before they are answered.
  const waits = posted.map(({ id, answeredAt }) => Math.max(0, (painted[id] ?? Infinity) - answeredAt));
  const [median, p95, last] = [0.5, 0.95, 1].map((share) => Math.round(quantile(waits, share)));
  process.stderr.write(
    `From answered to painted, ${POSTS} posts: p50 ${median} ms, p95 ${p95} ms, at most ${last} ms\n`,
  );
});

test("what arrives while the page is offline is there once, when it is back", async () => {
  const own = newFranchisee();
  const before = await pay(own);
  const visit = await visitAs({ franchisees: [own] });
  const { page } = visit;
  await page.getByRole("link", { name: "Ada" }).waitFor();
  await page.context().setOffline(true);
  const connection = page.getByRole("status", { name: "Connection" });
  await connection.getByText("You are offline").waitFor();
  const meanwhile = [];
  for (let index = 0; index < 5; index += 1) meanwhile.push(await pay(own, { name: "Grace" }));
  // A response that was open when the network went may still bring some of them.
  expect((await drawn(page)).at(-1)).toBe(before.id);
  await page.context().setOffline(false);
  await page.getByText("6 payments").waitFor();
  await connection.getByText("You are offline").waitFor({ state: "hidden" });
  expect(await drawn(page)).toEqual([...meanwhile.toReversed(), before].map(({ id }) => id));
  expectOffline(visit);
});

/** What the browser and Firestore's client say of being offline. */
function expectOffline(visit: Visit): void {
  expectTrouble(visit, /ERR_INTERNET_DISCONNECTED/);
  // By this picture of Google's, Firestore's client looks whether the internet is there; the policy does not let it.
  expectTrouble(visit, /google\.com\/images\/cleardot\.gif/);
}

/** So many at once that the first page of the list, which is not listened to meanwhile, is told of some only. */
const FLOOD = 600;

test("so many at once that no listener is told of all of them are all there", async () => {
  const own = newFranchisee();
  await seedFranchisee(database, own, 50);
  const visit = await visitAs({ franchisees: [own] });
  const { page } = visit;
  await page.getByRole("table", { name: "Payments" }).waitFor();
  await page.context().setOffline(true);
  const [sample] = (await transactionsOf(own).limit(1).get()).docs;
  const batch = database.batch();
  const ids = Array.from({ length: FLOOD }, newPayment);
  for (const [index, id] of ids.entries()) {
    const createdAt = new Date(Date.now() + index);
    batch.create(transactionsOf(own).doc(id), { ...sample?.data(), stripePaymentId: id, createdAt });
  }
  await batch.commit();
  await page.context().setOffline(false);
  await page.locator(`a[href$="${ids.at(-1)}"]`).waitFor();
  expect((await walk(page)).ids.size).toBe(50 + FLOOD);
  expectOffline(visit);
});
