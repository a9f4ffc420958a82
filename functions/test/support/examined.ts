import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { addEndpoints } from "../../testing/fake-stripe/webhook-endpoint.ts";
import { projectSettings } from "../../tools/cli/project-settings.ts";
import { newKey } from "../../tools/cli/signing.ts";
import type { Project } from "../../ops/doctor/check.ts";
import { runChecks } from "../../ops/doctor/run-checks.ts";
import { realProject } from "../../ops/doctor.ts";
import { closeFranchisee } from "../../src/jobs/close/daily-close.ts";
import { newFranchisee } from "./api.ts";
import { type CloudProject, deployed, type GoogleCloud, openGoogleCloud } from "./google-cloud.ts";
import { connectTo, ownStripe, runSync } from "./stripe.ts";
import { SECRETS } from "./webhooks.ts";

/** A project whose every part is in order, for the doctor to look at; a test puts one of them out of order. */

export const ID = "portal-1";
const HOUR_MS = 3_600_000;
export const ago = (hours: number): Date => new Date(Date.now() - hours * HOUR_MS);

export const secrets = {
  ORCHESTRATOR_SIGNING_SECRET: newKey(),
  STRIPE_API_KEY: "none",
  STRIPE_TEST_API_KEY: "sk_test_local",
  STRIPE_WEBHOOK_SECRET: SECRETS.account,
  STRIPE_CONNECT_WEBHOOK_SECRET: SECRETS.connect,
};
/** Of a deployment that serves the test mode. */
export const settings = { ...projectSettings(ID), STRIPE_MODE: "test", STRIPE_APPLICATION_ID: "ca_local" };

export let fake: FakeStripe;
export let cloud: GoogleCloud;
export const franchiseeId = newFranchisee();
export const admin = {
  localId: "head-office",
  email: "head@example.com",
  customAttributes: '{"admin":true,"grantedTo":"head@example.com"}',
};
const owner = {
  localId: "owner",
  email: "owner@example.com",
  customAttributes: JSON.stringify({ franchisees: [franchiseeId], grantedTo: "owner@example.com", theme: "dark" }),
};

/** Google's side of it. */
export const healthy = (): CloudProject => ({
  ...deployed(ID, secrets, settings),
  users: [admin, owner, { localId: "guest" }],
});

// A franchisee with a payment of two days ago, synced and closed.
beforeAll(async () => {
  fake = await ownStripe();
  const at = Math.floor(ago(48).getTime() / 1000);
  const order = { account: franchiseeId, mode: "direct" as const, amount: 1_000, applicationFee: 41, stripeFee: 59 };
  fake.books.pay({ ...order, createdAt: at, chargedAt: at });
  addEndpoints(fake.books, `https://${ID}.web.app/api/stripe/webhook`);
  for (const scope of ["platform", franchiseeId]) await runSync(scope, connectTo(fake));
  await closeFranchisee(franchiseeId);
  cloud = await openGoogleCloud(healthy());
});
beforeEach(() => {
  cloud.project = healthy();
  Object.assign(process.env, { FIREBASE_AUTH_EMULATOR_HOST: cloud.host, STRIPE_API_BASE: fake.url.href });
});
afterAll(() => cloud.close());

type Change = (project: Project) => Project;

/** What the doctor says of it, each with its check. */
export async function saidOf(
  change: Change = (project) => project,
): Promise<Record<"problems" | "remedies" | "notes", string[]>> {
  const project = await realProject(ID, cloud.google);
  const found = await runChecks(change({ ...project, settings }));
  const made = found.flatMap((one) => ("findings" in one ? [one] : []));
  return {
    problems: made.flatMap(({ title, findings }) => findings.map(({ problem }) => `${title}: ${problem}`)),
    remedies: made.flatMap(({ findings }) => findings.map(({ remedy }) => remedy)),
    notes: made.flatMap(({ title, notes = [] }) => notes.map((note) => `${title}: ${note}`)),
  };
}

/** What the doctor says is wrong with it, each with its check. */
export async function problemsOf(change?: Change): Promise<string[]> {
  return (await saidOf(change)).problems;
}
