import { addEndpoints } from "../../testing/fake-stripe/webhook-endpoint.ts";
import { freePort } from "../../tools/cli/ports.ts";
import type { Project } from "../../ops/doctor/check.ts";
import { readSecrets } from "../../ops/doctor/secrets.ts";
import { GoogleApiError } from "../../ops/google.ts";
import type { KeyPermissions } from "../../testing/fake-stripe/permissions.ts";
import { type Caller, type Permission, requiredPermissions } from "../../src/stripe/permissions.ts";
import { isolateDatabase } from "../support/database.ts";
import { admin, DoctorFixture, franchiseeId, healthy, ID, secrets, settings } from "../support/doctor-fixture.ts";
import { deployed } from "../support/google-cloud.ts";
import { runOperator } from "../support/operate.ts";
import { fakeStripes } from "../support/stripe.ts";

isolateDatabase();

const startStripe = fakeStripes();
let doctor: DoctorFixture;
beforeAll(async () => {
  doctor = await DoctorFixture.start(await startStripe());
});
beforeEach(() => doctor.reset());
afterAll(() => doctor.close());

test("a healthy local environment has no problem, and checks without a local counterpart are skipped", async () => {
  const here = await startStripe();
  addEndpoints(here.books, "http://127.0.0.1:5000/api/stripe/webhook");
  here.books.connect(franchiseeId);
  const { FIREBASE_AUTH_EMULATOR_HOST, FIRESTORE_EMULATOR_HOST } = process.env;
  const addresses = { FIREBASE_AUTH_EMULATOR_HOST, FIRESTORE_EMULATOR_HOST, STRIPE_API_BASE: here.url.href };
  const { code, output } = await runOperator(["doctor", "--local"], addresses);
  expect(output).toBe(`settings: OK
secrets: OK
key permissions: OK
webhook endpoints: OK
rules: not checked: the emulator loads the file.
indexes: not checked: the emulator needs no indexes.
functions: not checked: npm start rebuilds the functions.
runtime: not checked: the emulator runs on the project's own Node.
sign-up: not checked: the Auth emulator has no sign-up settings.
claims: OK
sync: OK
events: OK
balances: OK
closes: OK
erasures: OK
exceptions: OK
  (Open reconciliation exceptions: ${franchiseeId} 1 (npm run ops -- exceptions list --local).)
backups: not checked: the emulator has no backups.
alerts: not checked: the local environment has no monitoring.
budget: not checked: the local environment costs nothing.
All checks passed.`);
  expect(code).toBe(0);
});

test("a healthy project has no problem", async () => {
  expect(await doctor.problems()).toEqual([]);
});

test("a key with exactly the permissions of docs/webhooks.md has no problem", async () => {
  useRestrictedKey(requiredPermissions());
  expect(await doctor.report()).toMatchObject({ problems: [], notes: [expect.stringMatching(/^exceptions: /)] });
});

/** Sets the project's Stripe key to one with these permissions. */
function useRestrictedKey(permissions: KeyPermissions): void {
  const key = `rk_test_${franchiseeId.slice("acct_".length)}`;
  doctor.fake.keys.set(key, permissions);
  Object.assign(doctor.cloud.project.secrets["STRIPE_TEST_API_KEY"] ?? {}, { value: key });
}

const without = (caller: Caller, permission: Permission): KeyPermissions => {
  const required = requiredPermissions();
  return { ...required, [caller]: required[caller].filter((one) => one !== permission) };
};

interface Fault {
  fault: string;
  plant: () => unknown;
  /** Expects only the problem of this check that contains this text. */
  named: RegExp;
}

const functionOf = (name: string) => {
  const found = doctor.cloud.project.functions.find((one) => one.name.endsWith(`/${name}`));
  if (!found) throw new Error(`There is no function ${name}.`);
  return found;
};
const SIGNING = "ORCHESTRATOR_SIGNING_SECRET";
const withUser = (claims: object) =>
  doctor.cloud.project.users.push({
    localId: "odd",
    email: "odd@example.com",
    customAttributes: JSON.stringify({ grantedTo: "odd@example.com", ...claims }),
  });

test.each<Fault>([
  {
    fault: "a secret that was never set",
    plant: () => delete doctor.cloud.project.secrets["STRIPE_API_KEY"],
    named: /^secrets: STRIPE_API_KEY: The secret or its version does not exist/,
  },
  {
    fault: "a disabled secret",
    plant: () => Object.assign(doctor.cloud.project.secrets["STRIPE_WEBHOOK_SECRET"] ?? {}, { state: "DISABLED" }),
    named: /^secrets: STRIPE_WEBHOOK_SECRET: Could not be read\. .* is in DISABLED state/,
  },
  {
    fault: "a signing secret that is not a key",
    plant: () => Object.assign(doctor.cloud.project.secrets["ORCHESTRATOR_SIGNING_SECRET"] ?? {}, { value: "hunter2" }),
    named: /^secrets: ORCHESTRATOR_SIGNING_SECRET does not hold one or two whsec_… keys\.$/,
  },
  {
    fault: "Stripe's key of the other mode",
    plant: () => Object.assign(doctor.cloud.project.secrets["STRIPE_TEST_API_KEY"] ?? {}, { value: "sk_live_local" }),
    named: /^secrets: STRIPE_TEST_API_KEY holds a key of the live mode, and STRIPE_MODE is test\.$/,
  },
  {
    fault: "a webhook secret that Stripe did not issue",
    plant: () =>
      Object.assign(doctor.cloud.project.secrets["STRIPE_CONNECT_WEBHOOK_SECRET"] ?? {}, { value: "whsec_" }),
    named: /^secrets: STRIPE_CONNECT_WEBHOOK_SECRET holds neither one or two/,
  },
  {
    fault: "secrets that the operator may not read",
    plant: () => (doctor.cloud.project.denied = /ORCHESTRATOR/),
    named: /^secrets: ORCHESTRATOR_SIGNING_SECRET: Could not be read\. Google responded 403: Permission denied/,
  },
  {
    fault: "a key that lacks a permission for connected accounts",
    plant: () => useRestrictedKey(without("account", "rak_payout_read")),
    named:
      /^key permissions: Stripe's key lacks Payouts \(rak_payout_read\) on connected accounts: Stripe refuses GET \/v1\/payouts, GET \/v1\/payouts\/\{id\}\.$/,
  },
  {
    fault: "a key that lacks a permission that no other check uses",
    plant: () => useRestrictedKey(without("platform", "rak_application_fee_read")),
    named:
      /^key permissions: Stripe's key lacks Application Fees \(rak_application_fee_read\) on the platform's own account: Stripe refuses GET \/v1\/charges, /,
  },
  {
    fault: "an index that was never deployed",
    plant: () => doctor.cloud.project.indexes.splice(2, 1),
    named: /^indexes: Indexes are missing: transactions \(group\): exception ASCENDING, createdAt DESCENDING\.$/,
  },
  {
    fault: "an index that is being built",
    plant: () => Object.assign(doctor.cloud.project.indexes[0] ?? {}, { state: "CREATING" }),
    named: /^indexes: Indexes are not ready: stripeEvents: status .* \(CREATING\)\.$/,
  },
  {
    fault: "no TTL policy",
    plant: () => doctor.cloud.project.fields.forEach((field) => delete field.ttlConfig),
    named: /^indexes: The TTL policy on stripeEvents\.expiresAt is missing/,
  },
  {
    fault: "a field that should not be indexed",
    plant: () => doctor.cloud.project.fields.splice(0, 1),
    named: /^indexes: The index of transactions\.golden differs from/,
  },
  {
    fault: "indexes that the operator may not read",
    plant: () => (doctor.cloud.project.denied = /indexes$/),
    named: /^indexes: The check failed\. Google responded 403/,
  },
  {
    fault: "a function that is not deployed",
    plant: () =>
      (doctor.cloud.project.functions = doctor.cloud.project.functions.filter(
        (one) => one !== functionOf("closeDays"),
      )),
    named: /^functions: These functions are not deployed: closeDays\.$/,
  },
  {
    fault: "a function that failed to deploy",
    plant: () => Object.assign(functionOf("api"), { state: "FAILED", stateMessages: [{ message: "Build failed" }] }),
    named: /^functions: The function api is FAILED: Build failed\.$/,
  },
  {
    fault: "a function without its secret",
    plant: () => functionOf("api").serviceConfig.secretEnvironmentVariables.splice(0),
    named: /^functions: The function api is deployed without ORCHESTRATOR_SIGNING_SECRET\.$/,
  },
  {
    fault: "a function that uses an old version of a secret",
    plant: () =>
      (functionOf("api").serviceConfig.secretEnvironmentVariables = [
        { key: "ORCHESTRATOR_SIGNING_SECRET", version: "2" },
      ]),
    named: /^functions: The function api has version 2 of ORCHESTRATOR_SIGNING_SECRET, but the latest is 3\.$/,
  },
  {
    fault: "a function that runs as another account",
    plant: () => (functionOf("api").serviceConfig.serviceAccountEmail = "1-compute@developer.gserviceaccount.com"),
    named: /^functions: The function api runs as 1-compute@.* instead of portal-api@portal-1\.iam/,
  },
  {
    fault: "a function with other settings",
    plant: () => (functionOf("health").serviceConfig.environmentVariables["DEFAULT_CURRENCY"] = "usd"),
    named: /^functions: The function health is deployed with settings that differ .*: DEFAULT_CURRENCY\.$/,
  },
  {
    fault: "self sign-up, which is enabled by default",
    plant: () => (doctor.cloud.project.auth = { signIn: {}, client: { apiKey: "AIza", permissions: {} } }),
    named: /^sign-up: Anyone can sign up, even with someone else's address\.$/,
  },
  {
    fault: "several accounts for one address",
    plant: () => Object.assign(doctor.cloud.project.auth ?? {}, { signIn: { allowDuplicateEmails: true } }),
    named: /^sign-up: Several accounts can have the same email address/,
  },
  {
    fault: "no sign-in methods",
    plant: () => (doctor.cloud.project.auth = null),
    named: /^sign-up: Firebase Auth is not set up\.$/,
  },
  {
    fault: "a grant to an account that the command did not create",
    plant: () => withUser({ franchisees: [franchiseeId], grantedTo: undefined }),
    named: /^claims: odd@example\.com \(odd\) has access, but no grant created the account/,
  },
  {
    fault: "an account whose address has changed since the grant",
    plant: () => withUser({ franchisees: [franchiseeId], grantedTo: "ada@example.com" }),
    named:
      /^claims: odd@example\.com \(odd\) was granted access as ada@example\.com, but the address of the account has changed/,
  },
  {
    fault: "no head office user",
    plant: () => (doctor.cloud.project.users = [{ ...admin, disabled: true }]),
    named: /^claims: No user is an admin/,
  },
  {
    fault: "malformed claims",
    plant: () => withUser({ franchisees: { [franchiseeId]: true } }),
    named: /^claims: odd@example\.com \(odd\) has invalid claims, which grant nothing: franchisees\.$/,
  },
  {
    fault: "claims that are too long",
    plant: () => withUser({ franchisees: [franchiseeId], theme: "d".repeat(950) }),
    named: /^claims: The claims of odd@example\.com \(odd\) have no space for another franchisee: 10\d\d of 1000/,
  },
])("finds only $fault in a Google Cloud project", async ({ plant, named }) => {
  plant();
  const problems = await doctor.problems();
  expect(problems).toEqual([expect.stringMatching(named)]);
  expect(problems.join()).not.toMatch(/hunter2|sk_live|whsec_[a-z]/);
});

const SET = "npx firebase functions:secrets:set ORCHESTRATOR_SIGNING_SECRET --project portal-1 (answer no if it offers";

test.each<{ secret: string; plant: () => unknown; remedy: string }>([
  { secret: "that does not exist", plant: () => delete doctor.cloud.project.secrets[SIGNING], remedy: SET },
  {
    secret: "that is disabled",
    plant: () => Object.assign(doctor.cloud.project.secrets[SIGNING] ?? {}, { state: "DISABLED" }),
    remedy: SET,
  },
  {
    secret: "that the operator may not read",
    plant: () => (doctor.cloud.project.denied = /ORCHESTRATOR/),
    remedy: "Sign in with an account that has the roles",
  },
])("the remedy for a secret $secret begins with $remedy", async ({ plant, remedy }) => {
  plant();
  expect((await doctor.report()).remedies).toEqual([expect.stringContaining(remedy)]);
});

test("names the commands that disable sign-up, and that recreate an account", async () => {
  doctor.cloud.project.auth = {};
  withUser({ franchisees: [franchiseeId], admin: true, grantedTo: undefined });
  expect((await doctor.report()).remedies).toEqual([
    expect.stringContaining("npm run --silent deployment -- --set-up --project portal-1 | bash"),
    expect.stringContaining(`npm run ops -- access grant ${franchiseeId} --admin --uid odd --project portal-1`),
  ]);
});

test("without a network, the remedy is not to set a secret", async () => {
  const read = await readSecrets(() => Promise.reject(new GoogleApiError("no answer", null)), ID);
  const { problems, remedies } = await doctor.report((project) => ({ ...project, secrets: read }));
  expect(problems).toContain(`secrets: ${SIGNING}: Could not be read. no answer`);
  expect(remedies.join()).not.toContain("secrets:set");
});

test("access that is granted before the first payment is a note, not a problem", async () => {
  withUser({ franchisees: ["acct_early"] });
  const { problems, notes } = await doctor.report();
  expect(problems).toEqual([]);
  expect(notes).toContain(
    "claims: odd@example.com (odd) has access to franchisees without payments: acct_early. If that is a typing error: npm run ops -- access revoke acct_early --uid odd --project portal-1",
  );
});

test.each<Omit<Fault, "plant"> & { given: Partial<Project["settings"]> }>([
  {
    fault: "no mode",
    given: { STRIPE_MODE: undefined },
    named: /^settings: STRIPE_MODE is not set, but must be live or/,
  },
  {
    fault: "no application",
    given: { STRIPE_APPLICATION_ID: undefined },
    named: /^webhook endpoints: STRIPE_APPLICATION_ID is not configured/,
  },
  {
    fault: "another application",
    given: { STRIPE_APPLICATION_ID: "ca_other" },
    named: /^webhook endpoints: STRIPE_APPLICATION_ID is ca_other, but the platform's Connect application is ca_local/,
  },
  {
    fault: "an invalid application",
    given: { STRIPE_APPLICATION_ID: "moon" },
    named: /^settings: STRIPE_APPLICATION_ID is "moon"/,
  },
  { fault: "an invalid mode", given: { STRIPE_MODE: "prod" }, named: /^settings: STRIPE_MODE is "prod"/ },
  {
    fault: "an invalid time zone",
    given: { REPORTING_TIME_ZONE: "Vancouver" },
    named: /^settings: REPORTING_TIME_ZONE/,
  },
  { fault: "an invalid currency", given: { DEFAULT_CURRENCY: "dollar" }, named: /^settings: DEFAULT_CURRENCY/ },
  {
    fault: "unsigned writes",
    given: { ALLOW_UNSIGNED_WRITES: "true" },
    named: /^settings: ALLOW_UNSIGNED_WRITES is on/,
  },
  {
    fault: "another Stripe",
    given: { STRIPE_API_BASE: "https://stripe.example" },
    named: /^settings: STRIPE_API_BASE/,
  },
  { fault: "too few log lines", given: { LOG_LEVEL: "WARN" }, named: /^settings: LOG_LEVEL is "WARN"/ },
])("finds only $fault among the settings", async ({ given, named }) => {
  doctor.cloud.project = { ...healthy(), functions: deployed(ID, secrets, { ...settings, ...given }).functions };
  expect(await doctor.problems((project) => ({ ...project, settings: { ...settings, ...given } }))).toEqual([
    expect.stringMatching(named),
  ]);
});

test("a failed check is a problem, not silence", async () => {
  const google = () => Promise.reject(new Error("no network"));
  const problems = await doctor.problems((project) => ({ ...project, google }));
  expect(problems).toEqual([
    "rules: The check failed. no network",
    "indexes: The check failed. no network",
    "functions: The check failed. no network",
    "runtime: The check failed. no network",
    "sign-up: The check failed. no network",
    "backups: The check failed. no network",
    "alerts: The check failed. no network",
    "budget: The check failed. no network",
  ]);
});

test("reports a missing local environment at once", async () => {
  const closedPort = `127.0.0.1:${await freePort()}`;
  const { code, output } = await runOperator(["doctor", "--local"], { FIRESTORE_EMULATOR_HOST: closedPort });
  expect([code, output]).toEqual([1, "The local environment is not running. Start it with npm start."]);
});

test("accepts the portal's own domain", async () => {
  const { code, output } = await runOperator(["doctor", "--local", "--portal", "portal.example"]);
  expect([code, output]).toEqual([
    1,
    "Option '--portal <url>' argument 'portal.example' is invalid. Expected an address such as https://portal.example.com. See --help.",
  ]);
});
