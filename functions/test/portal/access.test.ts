import type { Page } from "playwright-core";
import { HOSTING, newFranchisee, newPayment, postRecord } from "../support/api.ts";
import { goldenRecord } from "../support/records.ts";
import { authentication } from "../../src/store/authentication.ts";
import { user } from "../support/users.ts";
import { countOf, expectError, signIn, type Visit, visit, visitAs } from "./support/visit.ts";

/** Posts a payment by this customer. */
async function pay(franchiseeId: string, name: string, fields: object = {}): Promise<void> {
  const record = { ...goldenRecord(), stripePaymentId: newPayment(), name, ...fields };
  expect((await postRecord(franchiseeId, record)).status).toBe(200);
}

/** Everything that the browser receives from now on, including open streams. */
async function recordTraffic(page: Page): Promise<() => string> {
  const session = await page.context().newCDPSession(page);
  const received: Buffer[] = [];
  session.on("Network.dataReceived", ({ data }) => data && received.push(Buffer.from(data, "base64")));
  session.on("Network.responseReceived", ({ requestId }) => {
    // A response that has already ended is not a stream.
    void session.send("Network.streamResourceContent", { requestId }).then(
      ({ bufferedData }) => received.push(Buffer.from(bufferedData, "base64")),
      () => undefined,
    );
  });
  await session.send("Network.enable");
  return () => Buffer.concat(received).toString();
}

/** Runs in the page; text, because its values have no types. */
const EXPIRE_TOKEN = `new Promise((resolve) => {
  indexedDB.open("firebaseLocalStorageDb").onsuccess = ({ target: { result: database } }) => {
    const store = database.transaction("firebaseLocalStorage", "readwrite").objectStore("firebaseLocalStorage");
    store.getAll().onsuccess = ({ target: { result: entries } }) => {
      for (const entry of entries) {
        entry.value.stsTokenManager.expirationTime = 0;
        store.put(entry);
      }
    };
    store.transaction.oncomplete = () => resolve(database.close());
  };
})`;

/** Expires the ID token: Firebase notices within a second and requests a new one. */
async function expireToken(page: Page): Promise<void> {
  await page.evaluate(EXPIRE_TOKEN);
}

test("an owner who opens another franchise is denied access, and receives none of its data", async () => {
  const [own, other] = [newFranchisee(), newFranchisee()];
  await Promise.all([pay(own, "Ada of ours"), pay(other, "Grace of theirs")]);
  const visited = await visit(`#/${other}`);
  const received = await recordTraffic(visited.page);
  await signIn(visited, await user({ franchisees: [own] }));
  const { page } = visited;
  await page.getByRole("heading", { name: "You don’t have access to this franchise" }).waitFor();
  await page.getByRole("link", { name: "Go to home" }).click();
  await page.getByRole("link", { name: "Ada of ours" }).waitFor();
  for (const address of ["closes", "pi_1", "deposits", "deposits/po_1", "statement"].map(
    (part) => `#/${other}/${part}`,
  )) {
    await page.goto(`${HOSTING}/${address}`);
    await page.getByRole("heading", { name: "You don’t have access to this franchise" }).waitFor();
  }
  expect(received()).toContain("Ada of ours");
  expect(received()).not.toContain("Grace of theirs");
  expect(visited.sent.join("\n")).toContain(own);
  expect(visited.sent.filter((request) => request.includes(other) && !request.startsWith(`GET ${HOSTING}/ `))).toEqual(
    [],
  );
});

test("signing out removes all data and stops the listeners", async () => {
  const own = newFranchisee();
  await pay(own, "Ada");
  const visited = await visitAs({ franchisees: [own] });
  const { page, sent } = visited;
  await page.getByRole("link", { name: "Ada" }).waitFor();
  expect(await countOf(page, "listeners")).toBeGreaterThan(0);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.waitForFunction(() => document.documentElement.dataset["listeners"] === "0");
  expect(page.url()).not.toContain(own);
  const received = await recordTraffic(page);
  // Closing channels may still send requests; nothing arrives of payments posted from here on.
  await page.waitForLoadState("networkidle");
  const before = sent.length;
  await pay(own, "Grace");
  await page.waitForTimeout(500);
  expect(sent.slice(before)).toEqual([]);
  expect(received()).not.toContain("Grace");
  const content = await page.content();
  for (const secret of ["Ada", "Grace", own, "$"]) expect(content).not.toContain(secret);
});

test("signing out cancels a download", async () => {
  const own = newFranchisee();
  await pay(own, "Ada");
  const { page } = await visitAs({ franchisees: [own] });
  let isSaved = false;
  page.on("download", () => (isSaved = true));
  const { promise: isReleased, resolve: release } = Promise.withResolvers<void>();
  const isRequested = page.waitForRequest("**/transactions?format=csv*");
  await page.route("**/transactions?format=csv*", async (route) => {
    await isReleased;
    await route.continue().catch(() => undefined);
  });
  await page.getByRole("button", { name: "Download CSV" }).click();
  const request = await isRequested;
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  release();
  expect(request.failure()).toMatchObject({ errorText: "net::ERR_ABORTED" });
  expect(isSaved).toBe(false);
});

test("revoked access ends with the token, and a disabled session ends", async () => {
  const own = newFranchisee();
  await pay(own, "Ada");
  const visited = await visitAs({ franchisees: [own] });
  const { page, uid } = visited;
  await page.getByRole("link", { name: "Ada" }).waitFor();
  await authentication().setCustomUserClaims(uid, {});
  await expireToken(page);
  await page.getByRole("heading", { name: "No access" }).waitFor();
  expect(await page.content()).not.toContain("Ada");
  await page.getByText("Ask head office to grant your address access").waitFor();
  await authentication().setCustomUserClaims(uid, { franchisees: [own] });
  await page.getByRole("button", { name: "Refresh access" }).click();
  await page.getByRole("link", { name: "Ada" }).waitFor();
  await authentication().updateUser(uid, { disabled: true });
  await expireToken(page);
  await page.getByText("Your session has ended. Sign in again.").waitFor();
  expect(await page.content()).not.toContain("Ada");
  // Firebase's client logs it on the console.
  expectError(visited, /status of 400|auth\/user-disabled/);
});

test("a user without grants sees who can grant access, and sends Firestore nothing", async () => {
  const { page, email, sent } = await visitAs({});
  await page.getByRole("heading", { name: "No access" }).waitFor();
  await page.getByText("Ask head office to grant your address access").waitFor();
  await page.getByRole("main").getByText(email).waitFor();
  expect(sent.filter((request) => request.includes("/google.firestore"))).toEqual([]);
});

test("HTML in data is shown as text, and an injected script does not run", async () => {
  const own = newFranchisee();
  const [name, workshop] = [
    '<img src="x" onerror="globalThis.isHacked = true">Ada',
    "<script>isHacked = true</script>",
  ];
  await pay(own, name, { workshopName: workshop, organizationType: "<b>school</b>" });
  const visited: Visit = await visitAs({ franchisees: [own] });
  const { page } = visited;
  const row = page.getByRole("table", { name: "Payments" }).getByRole("row").filter({ hasText: workshop });
  await row.getByRole("link", { name, exact: true }).click();
  await page.getByRole("dialog", { name: "Payment" }).getByText(workshop, { exact: true }).waitFor();
  const isHacked = () => page.evaluate(() => "isHacked" in globalThis);
  expect(await isHacked()).toBe(false);
  expect(visited.errors).toEqual([]);
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "isHacked = true";
    document.body.append(script);
    document.body.insertAdjacentHTML("beforeend", '<img src="icon.svg" onload="isHacked = true">');
  });
  expect(await isHacked()).toBe(false);
  expectError(visited, /violates the following Content Security Policy directive/);
});
