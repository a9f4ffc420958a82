import { authentication } from "../../src/store/authentication.ts";
import { HOSTING, newFranchisee, newPayment, postRecord } from "../support/api.ts";
import { runOperator } from "../support/operate.ts";
import { goldenRecord } from "../support/records.ts";
import { mailed, opened } from "../support/sign-in.ts";
import { user } from "../support/users.ts";
import { expectTrouble, signIn, visit, visitAs } from "./support/visit.ts";

/** A franchisee with a payment of Ada's, and an address that nobody has an account with. */
async function franchisee(): Promise<{ own: string; email: string }> {
  const own = newFranchisee();
  await postRecord(own, { ...goldenRecord(), stripePaymentId: newPayment(), name: "Ada" });
  return { own, email: `${own}@example.com` };
}

async function grant(account: string, email: string): Promise<URL> {
  const { code, output } = await runOperator(["access", "grant", account, "--email", email, "--local"]);
  expect(code).toBe(0);
  return new URL(/https?:\S+oobCode=\S+/.exec(output)?.[0] ?? "");
}

test("an invited person opens the link, sets a password, is led to the portal and signs in", async () => {
  const { own, email } = await franchisee();
  const link = await grant(own, email);
  // The page of the emulator that stands in for Google's takes the password in the address.
  link.searchParams.set("newPassword", "chosen by Ada");
  const made = await visit();
  await made.page.goto(link.href);
  expect(made.page.url()).toBe(`${HOSTING}/`);
  await signIn(made, { email, password: "chosen by Ada" });
  await made.page.getByRole("link", { name: "Ada" }).waitFor();
});

test("an invited person signs in by an e-mail link, without a password", async () => {
  const { own, email } = await franchisee();
  await grant(own, email);
  const { page } = await visit();
  await page.getByRole("textbox", { name: "E-mail" }).fill(email);
  await page.getByRole("button", { name: "E-mail me a link" }).click();
  await page.getByRole("status").waitFor();
  const link = await mailed("EMAIL_SIGNIN", email, { continueUrl: `${HOSTING}/` });
  // Google's page leads on to the address that the portal has named, with what the link holds.
  await page.goto(`${HOSTING}/${link.search}`);
  await page.getByRole("textbox", { name: "E-mail" }).fill(email);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("link", { name: "Ada" }).waitFor();
});

test("whoever had signed in before the grant signs in again: their account is a new one", async () => {
  const { own } = await franchisee();
  const made = await visitAs({});
  const { page, email } = made;
  await page.getByRole("heading", { name: "No access" }).waitFor();
  const link = await grant(own, email);
  await page.getByRole("button", { name: "Look again" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect(await opened(link, "chosen again")).toBe(303);
  await signIn(made, { email, password: "chosen again" });
  await page.getByRole("link", { name: "Ada" }).waitFor();
  expectTrouble(made, /status of 400/);
});

test("a grant ends for the page when the address of the account has changed", async () => {
  const { own } = await franchisee();
  const somebody = await user({ franchisees: [own], grantedTo: "ada@example.com" });
  const made = await visit();
  await signIn(made, somebody);
  await made.page.getByRole("heading", { name: "No access" }).waitFor();
  await authentication().setCustomUserClaims(somebody.uid, { franchisees: [own], grantedTo: somebody.email });
  await made.page.getByRole("button", { name: "Look again" }).click();
  await made.page.getByRole("link", { name: "Ada" }).waitFor();
});

test.each<[string, string]>([
  ["the request for a link", "accounts:sendOobCode"],
  ["the link itself", "accounts:signInWithEmailLink"],
])("whoever was not invited is told so by %s, where Firebase lets nobody sign up", async (_what, method) => {
  const { email } = await franchisee();
  const made = await visit();
  const { page } = made;
  // The emulator lacks the setting; this is what Firebase answers with it (ADMIN_ONLY_OPERATION in the client's own table).
  await page.route(`**/${method}*`, (route) =>
    route.fulfill({ status: 400, json: { error: { code: 400, message: "ADMIN_ONLY_OPERATION" } } }),
  );
  if (method === "accounts:signInWithEmailLink") {
    await page.goto(`${HOSTING}/${(await mailed("EMAIL_SIGNIN", email, { continueUrl: `${HOSTING}/` })).search}`);
  }
  await page.getByRole("textbox", { name: "E-mail" }).fill(email);
  const isLink = method === "accounts:signInWithEmailLink";
  await page.getByRole("button", { name: isLink ? "Sign in" : "E-mail me a link", exact: true }).click();
  await page.getByRole("alert").getByText("This address has no access. Ask head office to invite it").waitFor();
  expectTrouble(made, /status of 400/);
});
