import type { FakeStripe } from "../../testing/fake-stripe/server.ts";
import { addEndpoints } from "../../testing/fake-stripe/webhook-endpoint.ts";
import { projectSettings } from "../../tools/cli/project-settings.ts";
import { newKey } from "../../tools/cli/signing.ts";
import type { Project } from "../../ops/doctor/check.ts";
import { runChecks } from "../../ops/doctor/run-checks.ts";
import { readProject } from "../../ops/doctor.ts";
import { policies } from "../../ops/monitoring/files.ts";
import { closeFranchisee } from "../../src/jobs/close/daily-close.ts";
import { newFranchisee } from "./api.ts";
import { type CloudProject, deployed, type GoogleCloud, startFakeGoogleCloud } from "./google-cloud.ts";
import { connectTo, runSync } from "./stripe.ts";
import { SECRETS } from "./webhooks.ts";

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
/** The settings of a deployment in test mode. */
export const settings = { ...projectSettings(ID), STRIPE_MODE: "test", STRIPE_APPLICATION_ID: "ca_local" };

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

/** The project's Google Cloud resources. */
export const healthy = (): CloudProject => ({
  ...deployed(ID, secrets, settings),
  users: [admin, owner, { localId: "guest" }],
  watched: new Map(
    policies().map((policy, index) => {
      const name = `projects/${ID}/alertPolicies/${index}`;
      return [name, { ...policy, name, notificationChannels: [`projects/${ID}/notificationChannels/1`] }];
    }),
  ),
});

type Change = (project: Project) => Project;

/** A project in which the doctor finds no problem, until a test changes one of its parts. */
export class DoctorFixture {
  readonly fake: FakeStripe;
  readonly cloud: GoogleCloud;

  private constructor(fake: FakeStripe, cloud: GoogleCloud) {
    this.fake = fake;
    this.cloud = cloud;
  }

  /** Starts it with a franchisee that has a two-day-old payment, synced and closed. */
  static async start(fake: FakeStripe): Promise<DoctorFixture> {
    const at = Math.floor(ago(48).getTime() / 1000);
    const order = { account: franchiseeId, mode: "direct" as const, amount: 1_000, applicationFee: 41, stripeFee: 59 };
    fake.books.pay({ ...order, createdAt: at, chargedAt: at });
    addEndpoints(fake.books, `https://${ID}.web.app/api/stripe/webhook`);
    for (const scope of ["platform", franchiseeId]) await runSync(scope, connectTo(fake));
    await closeFranchisee(franchiseeId);
    return new DoctorFixture(fake, await startFakeGoogleCloud(healthy()));
  }

  /** Reverts a test's changes to the Google Cloud resources. */
  reset(): void {
    this.cloud.project = healthy();
    Object.assign(process.env, { FIREBASE_AUTH_EMULATOR_HOST: this.cloud.host, STRIPE_API_BASE: this.fake.url.href });
  }

  close(): void {
    this.cloud.close();
  }

  /** The doctor's report, each line with the title of its check. */
  async report(change: Change = (project) => project): Promise<Record<"problems" | "remedies" | "notes", string[]>> {
    const project = await readProject(ID, this.cloud.google, new URL(`https://${ID}.web.app`));
    const found = await runChecks(change({ ...project, settings }));
    const results = found.flatMap((one) => ("findings" in one ? [one] : []));
    return {
      problems: results.flatMap(({ title, findings }) => findings.map(({ problem }) => `${title}: ${problem}`)),
      remedies: results.flatMap(({ findings }) => findings.map(({ remedy }) => remedy)),
      notes: results.flatMap(({ title, notes = [] }) => notes.map((note) => `${title}: ${note}`)),
    };
  }

  /** The reported problems, each with the title of its check. */
  async problems(change?: Change): Promise<string[]> {
    return (await this.report(change)).problems;
  }
}
