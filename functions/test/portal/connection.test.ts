import { HOSTING, newFranchisee, newPayment, postRecord } from "../support/api.ts";
import { goldenRecord } from "../support/records.ts";
import { user } from "../support/users.ts";
import { violationsOf } from "./support/accessibility.ts";
import { expectError, expectOffline, setOffline, signIn, type Visit, visit, visitAs } from "./support/visit.ts";

/** Posts a payment by this customer. */
async function pay(franchiseeId: string, name: string): Promise<void> {
  const record = { ...goldenRecord(), stripePaymentId: newPayment(), name };
  expect((await postRecord(franchiseeId, record)).status).toBe(200);
}

/** The views that are not needed at first (portal/src/views/later.ts). */
const LATER = /\/assets\/later-[^/]+\.js$/;

/** Opens the portal as the owner, until the later views are loaded, too. */
async function visitWithLaterViews(own: string): Promise<Visit> {
  const [visited, account] = await Promise.all([visit(), user({ franchisees: [own] })]);
  const loaded = visited.page.waitForResponse(LATER);
  await signIn(visited, account);
  await (await loaded).finished();
  return visited;
}

/** Longer than the page waits before it says that it is offline. */
const SETTLED_MS = 4_000;

test("a browser that reports no connection while data flows shows live data, and no warning", async () => {
  const own = newFranchisee();
  await pay(own, "Ada");
  const { page } = await visitAs({ franchisees: [own] });
  await page.getByRole("link", { name: "Ada" }).waitFor();
  // As browsers report it behind some VPNs.
  await page.evaluate(() => {
    Object.defineProperty(navigator, "onLine", { get: () => false });
    dispatchEvent(new Event("offline"));
  });
  await pay(own, "Grace");
  await page.getByRole("link", { name: "Grace" }).waitFor();
  await page.waitForTimeout(SETTLED_MS);
  expect(await page.getByRole("status", { name: "Connection" }).innerText()).toBe("");
});

test("without Firestore the page says that data are not live, whatever the browser reports", async () => {
  const own = newFranchisee();
  await pay(own, "Ada");
  const [visited, account] = await Promise.all([visit(), user({ franchisees: [own] })]);
  const { page } = visited;
  await page.evaluate(() => Object.defineProperty(navigator, "onLine", { get: () => true }));
  await page.route("**/google.firestore.v1.Firestore/**", (route) => route.abort());
  await signIn(visited, account);
  const connection = page.getByRole("status", { name: "Connection" });
  await connection.getByText("You’re offline").waitFor();
  await page.getByText("This needs a connection. It loads when you reconnect.").first().waitFor();
  await page.unroute("**/google.firestore.v1.Firestore/**");
  await page.getByRole("link", { name: "Ada" }).waitFor();
  await connection.getByText("You’re offline").waitFor({ state: "hidden" });
  expectOffline(visited);
  expectError(visited, /ERR_FAILED|Could not reach Cloud Firestore backend/);
});

test("a search without a connection ends and says so, and finds again when it is back", async () => {
  const own = newFranchisee();
  await pay(own, "Ada");
  await pay(own, "Grace");
  const visited = await visitWithLaterViews(own);
  const { page } = visited;
  await page.getByRole("link", { name: "Grace" }).waitFor();
  await setOffline(page, true);
  await page.getByText("You’re offline").waitFor();
  await page.getByRole("searchbox").fill("ada");
  await page.getByRole("searchbox").press("Enter");
  await page.getByRole("alert").getByText("This couldn’t be loaded. Try again.").waitFor();
  await setOffline(page, false);
  await page.getByText("You’re offline").waitFor({ state: "hidden" });
  await page.getByRole("searchbox").press("Enter");
  await page.getByRole("link", { name: "Ada" }).waitFor();
  expect(await page.getByRole("link", { name: "Grace" }).count()).toBe(0);
  expectOffline(visited);
});

test("reloaded without a connection, the page says so, and opens at the same place when it is back", async () => {
  const own = newFranchisee();
  await pay(own, "Ada");
  const visited = await visitAs({ franchisees: [own] }, "", { serviceWorkers: "allow" });
  const { page } = visited;
  await page.getByRole("link", { name: "Ada" }).waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready);
  // The worker passes the page through.
  await page.reload();
  await page.getByRole("link", { name: "Ada" }).waitFor();
  expect(await page.evaluate(() => caches.keys())).toEqual([]);
  await page.context().setOffline(true);
  await page.reload();
  await page.getByRole("heading", { name: "You’re offline" }).waitFor();
  expect(page.url()).toBe(`${HOSTING}/#/${own}`);
  await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Try again" }).click()]);
  await page.getByRole("heading", { name: "You’re offline" }).waitFor();
  await page.context().setOffline(false);
  // Without a network, the browser does not notice; with one, the page may be reloading by now.
  await page.evaluate(() => dispatchEvent(new Event("online"))).catch(() => undefined);
  await page.getByRole("link", { name: "Ada" }).waitFor();
  await page.context().setOffline(true);
  await page.reload();
  await page.getByRole("heading", { name: "You’re offline" }).waitFor();
  expect(await violationsOf(page)).toEqual([]);
  expect((await fetch(`${HOSTING}/service-worker.js`)).headers.get("cache-control")).toBe("no-cache");
  expectOffline(visited);
  expectError(visited, /status of 503/);
});

test("views that are loaded later slow down no first figure, and open without a connection", async () => {
  const own = newFranchisee();
  await pay(own, "Ada");
  const visited = await visitWithLaterViews(own);
  const { page } = visited;
  await page.getByRole("link", { name: "Ada" }).waitFor();
  await setOffline(page, true);
  await page.getByRole("link", { name: "Deposits" }).click();
  await page.getByRole("heading", { name: "Deposits" }).waitFor();
  await page.getByText("This needs a connection. It loads when you reconnect.").first().waitFor();
  await setOffline(page, false);
  await page.getByText("No deposits yet").waitFor();
  expectOffline(visited);
});

test("a view whose file did not load says so, and opens at the same address when it is asked for again", async () => {
  const own = newFranchisee();
  await pay(own, "Ada");
  const [visited, account] = await Promise.all([visit(), user({ franchisees: [own] })]);
  const { page } = visited;
  await page.route(LATER, (route) => route.abort());
  await signIn(visited, account);
  await page.getByRole("link", { name: "Ada" }).waitFor();
  await page.getByRole("link", { name: "Deposits" }).click();
  await page.getByRole("alert").getByText("This couldn’t be loaded. Try again.").waitFor();
  expect(await violationsOf(page)).toEqual([]);
  await page.unroute(LATER);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByText("No deposits yet").waitFor();
  expect(page.url()).toBe(`${HOSTING}/#/${own}/deposits`);
  expectError(visited, /ERR_FAILED/);
});
