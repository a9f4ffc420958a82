// npm run screenshots: every view of the running portal (npm start), light and dark, on phone and desktop.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium, type Page } from "playwright-core";
import { startBrowser } from "./browser.ts";
import { readDocument } from "../local/demo.ts";
import { CliError, runCommand } from "../cli/cli-error.ts";
import { type Paid, payLocally, controlLocalStripe } from "../../testing/fake-stripe/control.ts";
import { LOCAL, ROOT } from "../cli/paths.ts";
import { ADDRESS } from "../cli/ports.ts";
import { goldenRecordOf, SAMPLE_FRANCHISEE, samplePayment } from "../local/sample-payment.ts";
import { postGoldenRecord } from "../local/payments.ts";

const FOLDER = join(LOCAL, "screenshots");
const PORTAL = `http://${ADDRESS.hosting}/`;
const SIZES = { phone: { width: 360, height: 1180 }, desktop: { width: 1280, height: 1180 } };

const DAY_SECONDS = 86_400;

const CUSTOMERS: readonly [name: string, workshop: string, dollars: number][] = [
  ["Amara Okafor", "Cedar Rope Bracelet with Beads", 1240],
  ["Bluewater Robotics Ltd.", "Terrarium Building", 3860],
  ["Chloé Tremblay", "Succulent Planter", 312],
  ["Deer Lake Elementary", "Cedar Rope Bracelet with Beads", 2175],
  ["Elias Lindqvist", "Candle Pouring", 186.5],
  ["Fairview Credit Union", "Terrarium Building", 5445],
  ["Grace Nakamura", "Macramé Wall Hanging", 428],
  ["Harbour Street Dental", "Candle Pouring", 947.25],
  ["Imogen Clarke", "Succulent Planter", 268],
  ["Juniper Housing Co-op", "Macramé Wall Hanging", 1520],
  ["Kitsilano Rowing Club", "Terrarium Building", 2310],
  ["Lucía Fernández", "Candle Pouring", 154],
];

await runCommand(async () => {
  const response = await fetch(PORTAL).catch(() => null);
  if (!response) throw new CliError("The local environment is not running. Start it with npm start.");
  console.log("Creating payments …");
  const discrepant = await makePayments();
  spawnSync("npm", ["run", "ops", "--", "close", "run", "--local"], { cwd: ROOT, shell: process.platform === "win32" });
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  console.log("Taking screenshots …");
  const server = await startBrowser();
  const browser = await chromium.connect(server.wsEndpoint());
  for (const colorScheme of ["light", "dark"] as const) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      for (const view of viewsWith(discrepant)) {
        const context = await browser.newContext({ viewport, colorScheme, locale: "en-CA", reducedMotion: "reduce" });
        const page = await context.newPage();
        await page.goto(`${PORTAL}${view.address}`);
        if (view.login !== undefined) await page.getByRole("button", { name: view.login, exact: true }).click();
        await view.isShown(page);
        await page.screenshot({ path: join(FOLDER, `${view.name}-${size}-${colorScheme}.png`) });
        await context.close();
      }
    }
  }
  await browser.close();
  await server.close();
  console.log(`The screenshots are in ${FOLDER}.`);
});

interface View {
  name: string;
  login?: string;
  address: string;
  isShown: (page: Page) => Promise<void>;
}

function viewsWith(exception: string): View[] {
  const heading = (name: string) => (page: Page) => page.getByRole("heading", { name, exact: true }).waitFor();
  const table = (name: string) => (page: Page) => page.getByRole("table", { name, exact: true }).waitFor();
  const whole = (page: Page) => page.getByRole("dialog").getByRole("region", { name: "Stripe details" }).waitFor();
  const trend = (page: Page) => page.getByRole("img", { name: "Gross: " }).first().waitFor();
  const statement = (page: Page) => page.getByText(/By date of movement|Not compared/).waitFor();
  const own = `#/${SAMPLE_FRANCHISEE}`;
  return [
    { name: "sign-in", address: "", isShown: heading("Sign in") },
    { name: "franchisee", login: "Franchisee", address: "", isShown: table("Payments") },
    { name: "payment", login: "Franchisee", address: `${own}/${exception}`, isShown: whole },
    { name: "closes", login: "Franchisee", address: `${own}/closes`, isShown: table("Daily closes") },
    { name: "deposits", login: "Franchisee", address: `${own}/deposits`, isShown: table("Deposits") },
    { name: "statement", login: "Franchisee", address: `${own}/statement`, isShown: statement },
    { name: "franchises", login: "Owner of two", address: "", isShown: heading("Your franchises") },
    {
      name: "access-denied",
      login: "Franchisee",
      address: "#/acct_other",
      isShown: heading("You don’t have access to this franchise"),
    },
    { name: "no-access", login: "No access", address: "", isShown: heading("No access") },
    { name: "head-office", login: "Head office", address: "", isShown: trend },
    { name: "overview", login: "Head office", address: "#/overview", isShown: trend },
    { name: "emails", login: "Head office", address: "#/emails", isShown: heading("Emails about exceptions") },
    { name: "exceptions", login: "Head office", address: "#/exceptions", isShown: table("Exceptions") },
    {
      name: "exception",
      login: "Head office",
      address: `#/exceptions/${SAMPLE_FRANCHISEE}/${exception}`,
      isShown: whole,
    },
  ];
}

/** Creates payments of the last days, some refunded or disputed. Returns one with a discrepancy of a cent. */
async function makePayments(): Promise<string> {
  const made: Paid[] = [];
  for (const [index, [name, workshopName, dollars]] of CUSTOMERS.entries()) {
    const payment = samplePayment({ amount: Math.round(dollars * 100), mode: "direct", ago: index * DAY_SECONDS });
    const metadata = {
      ...payment.metadata,
      workshopName,
      workshopId: workshopName.toLowerCase().replaceAll(/\W+/g, "-"),
    };
    made.push(await payLocally({ ...payment, metadata, billing: { ...payment.billing, name } }));
  }
  const [discrepant, refunded, disputed] = made;
  if (!discrepant || !refunded || !disputed) throw new Error("Too few payments.");
  await controlLocalStripe("refund", { payment: refunded.stripePaymentId, amount: 46_000 });
  await controlLocalStripe("dispute", { payment: disputed.stripePaymentId });
  // A golden record that arrives before Stripe's event would date the payment today.
  for (const { stripePaymentId } of made) {
    while (!(await readDocument(`franchisees/${SAMPLE_FRANCHISEE}/transactions/${stripePaymentId}`))) await sleep(200);
  }
  for (const [index, paid] of made.entries()) {
    const [name, workshopName] = CUSTOMERS[index] ?? [];
    const record = { ...goldenRecordOf(paid), name, workshopName };
    if (paid === discrepant)
      Object.assign(record, { amount_total: paid.figures.total + 1, amount_franchisee_net: paid.figures.net + 1 });
    await postGoldenRecord(SAMPLE_FRANCHISEE, record);
  }
  return discrepant.stripePaymentId;
}
