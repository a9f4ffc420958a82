import type { Page } from "playwright-core";
import { HOSTING, newFranchisee, newPayment, postRecord } from "../support/api.ts";
import { goldenRecord } from "../support/records.ts";
import { authentication } from "../../src/store/authentication.ts";
import { user } from "../support/users.ts";
import { counted, expectTrouble, signIn, type Visit, visit, visitAs } from "./support/visit.ts";

/** Posts a payment of this customer's. */
async function pay(franchiseeId: string, name: string, fields: object = {}): Promise<void> {
  const record = { ...goldenRecord(), stripePaymentId: newPayment(), name, ...fields };
  expect((await postRecord(franchiseeId, record)).status).toBe(200);
}

/** All that the browser gets from the local world's Firestore from now on, also while an answer goes on and on. */
async function listenIn(page: Page): Promise<() => string> {
  const session = await page.context().newCDPSession(page);
  const heard: Buffer[] = [];
  session.on("Network.dataReceived", ({ data }) => data && heard.push(Buffer.from(data, "base64")));
  session.on("Network.responseReceived", ({ requestId }) => {
    // What has ended by then is no stream.
    void session.send("Network.streamResourceContent", { requestId }).then(
      ({ bufferedData }) => heard.push(Buffer.from(bufferedData, "base64")),
      () => undefined,
    );
  });
  await session.send("Network.enable");
  return () => Buffer.concat(heard).toString();
}

/** In the page, as text: what it finds there has no types. */
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

/** Makes the ID token one that has expired: Firebase sees that within a second, and asks for another one. */
async function expireToken(page: Page): Promise<void> {
  await page.evaluate(EXPIRE_TOKEN);
}

test("an owner who opens another's address is told no, and nothing of the other's is on the wire", async () => {
  const [own, other] = [newFranchisee(), newFranchisee()];
  await Promise.all([pay(own, "Ada of ours"), pay(other, "Grace of theirs")]);
  const made = await visit(`#/${other}`);
  const heard = await listenIn(made.page);
  await signIn(made, await user({ franchisees: [own] }));
  const { page } = made;
  await page.getByRole("heading", { name: "This franchise is not yours to see" }).waitFor();
  await page.getByRole("link", { name: "Go to the start" }).click();
  await page.getByRole("link", { name: "Ada of ours" }).waitFor();
  for (const address of [`#/${other}/closes`, `#/${other}/pi_1`]) {
    await page.goto(`${HOSTING}/${address}`);
    await page.getByRole("heading", { name: "This franchise is not yours to see" }).waitFor();
  }
  expect(heard()).toContain("Ada of ours");
  expect(heard()).not.toContain("Grace of theirs");
  expect(made.sent.join("\n")).toContain(own);
  expect(made.sent.filter((request) => request.includes(other) && !request.startsWith(`GET ${HOSTING}/ `))).toEqual([]);
});

test("signing out removes everything, and stops the listeners", async () => {
  const own = newFranchisee();
  await pay(own, "Ada");
  const made = await visitAs({ franchisees: [own] });
  const { page, sent } = made;
  await page.getByRole("link", { name: "Ada" }).waitFor();
  expect(await counted(page, "listeners")).toBeGreaterThan(0);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.waitForFunction(() => document.documentElement.dataset["listeners"] === "0");
  expect(page.url()).not.toContain(own);
  const heard = await listenIn(page);
  // What is still under way ends its channels; of what is posted now, nothing comes.
  await page.waitForLoadState("networkidle");
  const before = sent.length;
  await pay(own, "Grace");
  await page.waitForTimeout(500);
  expect(sent.slice(before)).toEqual([]);
  expect(heard()).not.toContain("Grace");
  const everything = await page.content();
  for (const secret of ["Ada", "Grace", own, "$"]) expect(everything).not.toContain(secret);
});

test("a file that is on its way when somebody signs out does not arrive", async () => {
  const own = newFranchisee();
  await pay(own, "Ada");
  const { page } = await visitAs({ franchisees: [own] });
  let isSaved = false;
  page.on("download", () => (isSaved = true));
  const { promise: isLetGo, resolve: letGo } = Promise.withResolvers<void>();
  const isAsked = page.waitForRequest("**/transactions?format=csv");
  await page.route("**/transactions?format=csv", async (route) => {
    await isLetGo;
    await route.continue().catch(() => undefined);
  });
  await page.getByRole("button", { name: "Download CSV" }).click();
  const request = await isAsked;
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  letGo();
  expect(request.failure()).toMatchObject({ errorText: "net::ERR_ABORTED" });
  expect(isSaved).toBe(false);
});

test("access that is taken back ends with the token, and so does a session that is ended", async () => {
  const own = newFranchisee();
  await pay(own, "Ada");
  const made = await visitAs({ franchisees: [own] });
  const { page, uid } = made;
  await page.getByRole("link", { name: "Ada" }).waitFor();
  await authentication().setCustomUserClaims(uid, {});
  await expireToken(page);
  await page.getByRole("heading", { name: "No access" }).waitFor();
  expect(await page.content()).not.toContain("Ada");
  await page.getByText("Ask head office to grant your address access").waitFor();
  await authentication().setCustomUserClaims(uid, { franchisees: [own] });
  await page.getByRole("button", { name: "Look again" }).click();
  await page.getByRole("link", { name: "Ada" }).waitFor();
  await authentication().updateUser(uid, { disabled: true });
  await expireToken(page);
  await page.getByText("Your session has ended. Sign in again.").waitFor();
  expect(await page.content()).not.toContain("Ada");
  // What Firebase's client says of it on the console.
  expectTrouble(made, /status of 400|auth\/user-disabled/);
});

test("whom nothing is granted is told whom to ask, and asks Firestore nothing", async () => {
  const { page, email, sent } = await visitAs({});
  await page.getByRole("heading", { name: "No access" }).waitFor();
  await page.getByText("Ask head office to grant your address access").waitFor();
  await page.getByRole("main").getByText(email).waitFor();
  expect(sent.filter((request) => request.includes("/google.firestore"))).toEqual([]);
});

test("what is written as HTML shows as text, and a script that gets in all the same does not run", async () => {
  const own = newFranchisee();
  const [name, workshop] = [
    '<img src="x" onerror="globalThis.isHacked = true">Ada',
    "<script>isHacked = true</script>",
  ];
  await pay(own, name, { workshopName: workshop, organizationType: "<b>school</b>" });
  const made: Visit = await visitAs({ franchisees: [own] });
  const { page } = made;
  const row = page.getByRole("table", { name: "Payments" }).getByRole("row").filter({ hasText: workshop });
  await row.getByRole("link", { name, exact: true }).click();
  await page.getByRole("dialog", { name: "Payment" }).getByText(workshop, { exact: true }).waitFor();
  const isHacked = () => page.evaluate(() => "isHacked" in globalThis);
  expect(await isHacked()).toBe(false);
  expect(made.troubles).toEqual([]);
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "isHacked = true";
    document.body.append(script);
    document.body.insertAdjacentHTML("beforeend", '<img src="icon.svg" onload="isHacked = true">');
  });
  expect(await isHacked()).toBe(false);
  expectTrouble(made, /violates the following Content Security Policy directive/);
});
