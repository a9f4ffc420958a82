import { authentication } from "../../src/store/authentication.ts";
import { HOSTING, newFranchisee, newPayment, postRecord } from "../support/api.ts";
import { runOperator } from "../support/operate.ts";
import { goldenRecord } from "../support/records.ts";
import { requestEmailLink, openLink, sentLink } from "../support/sign-in.ts";
import { user } from "../support/users.ts";
import { expectError, signIn, visit, visitAs } from "./support/visit.ts";

/** A franchisee with a payment by Ada, and an address without an account. */
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

test("an invited user opens the link, sets a password, continues to the portal and signs in", async () => {
  const { own, email } = await franchisee();
  const link = await grant(own, email);
  // The emulator's page takes the password from the address.
  link.searchParams.set("newPassword", "chosen by Ada");
  const visited = await visit();
  await visited.page.goto(link.href);
  expect(visited.page.url()).toBe(`${HOSTING}/`);
  await signIn(visited, { email, password: "chosen by Ada" });
  await visited.page.getByRole("link", { name: "Ada" }).waitFor();
});

test("an invited user signs in with an email link, without a password", async () => {
  const { own, email } = await franchisee();
  await grant(own, email);
  const { page } = await visit();
  await page.getByRole("textbox", { name: "Email" }).fill(email);
  await page.getByRole("button", { name: "Email me a link" }).click();
  await page.getByRole("status").waitFor();
  const link = await requestEmailLink("EMAIL_SIGNIN", email, { continueUrl: `${HOSTING}/` });
  // Google's page continues to the portal's address with the parameters of the link.
  await page.goto(`${HOSTING}/${link.search}`);
  await page.getByRole("textbox", { name: "Email" }).fill(email);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("link", { name: "Ada" }).waitFor();
});

test("a forgotten password is reset by email, and no answer tells whether an address has an account", async () => {
  const own = newFranchisee();
  await postRecord(own, { ...goldenRecord(), stripePaymentId: newPayment(), name: "Ada" });
  const [{ email, uid }, disabled] = await Promise.all([user({ franchisees: [own] }), user({})]);
  await authentication().updateUser(disabled.uid, { disabled: true });
  const visited = await visit();
  const { page } = visited;
  const answers = [];
  for (const address of [email, `nobody-${own}@example.com`, disabled.email]) {
    await page.getByRole("textbox", { name: "Email" }).fill(address);
    await page.getByRole("button", { name: "Reset password" }).click();
    await page.getByRole("status").waitFor();
    answers.push(await page.getByRole("main").innerText());
  }
  expect(answers[0]).toContain("If this address has an account, check its inbox for a link to set a new password.");
  expect(new Set(answers).size).toBe(1);
  expectError(visited, /status of 400/);
  expect(await openLink(await sentLink("PASSWORD_RESET", email), "another by Ada")).toBe(303);
  await signIn(visited, { email, password: "another by Ada" });
  await page.getByRole("link", { name: "Ada" }).waitFor();
  expect((await authentication().getUser(uid)).email).toBe(email);
});

test("a user who had signed in before the grant signs in again, to a new account", async () => {
  const { own } = await franchisee();
  const visited = await visitAs({});
  const { page, email } = visited;
  await page.getByRole("heading", { name: "No access" }).waitFor();
  const link = await grant(own, email);
  await page.getByRole("button", { name: "Refresh access" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  expect(await openLink(link, "chosen again")).toBe(303);
  await signIn(visited, { email, password: "chosen again" });
  await page.getByRole("link", { name: "Ada" }).waitFor();
  expectError(visited, /status of 400/);
});

test("a grant ends when the address of the account changes", async () => {
  const { own } = await franchisee();
  const account = await user({ franchisees: [own], grantedTo: "ada@example.com" });
  const visited = await visit();
  await signIn(visited, account);
  await visited.page.getByRole("heading", { name: "No access" }).waitFor();
  await authentication().setCustomUserClaims(account.uid, { franchisees: [own], grantedTo: account.email });
  await visited.page.getByRole("button", { name: "Refresh access" }).click();
  await visited.page.getByRole("link", { name: "Ada" }).waitFor();
});

test.each<[string, string]>([
  ["the request for a link", "accounts:sendOobCode"],
  ["the link itself", "accounts:signInWithEmailLink"],
])("a user who was not invited is refused by %s if sign-up is disabled", async (_what, method) => {
  const { email } = await franchisee();
  const visited = await visit();
  const { page } = visited;
  // The emulator lacks the setting; this is Firebase's response with it (ADMIN_ONLY_OPERATION in its client).
  await page.route(`**/${method}*`, (route) =>
    route.fulfill({ status: 400, json: { error: { code: 400, message: "ADMIN_ONLY_OPERATION" } } }),
  );
  if (method === "accounts:signInWithEmailLink") {
    await page.goto(
      `${HOSTING}/${(await requestEmailLink("EMAIL_SIGNIN", email, { continueUrl: `${HOSTING}/` })).search}`,
    );
  }
  await page.getByRole("textbox", { name: "Email" }).fill(email);
  const isLink = method === "accounts:signInWithEmailLink";
  await page.getByRole("button", { name: isLink ? "Sign in" : "Email me a link", exact: true }).click();
  await page.getByRole("alert").getByText("This address has no access. Ask head office to invite it").waitFor();
  expectError(visited, /status of 400/);
});
