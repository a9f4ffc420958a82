import type { Deployed } from "../../ops/deployed.ts";
import { chunksOf } from "../../src/store/firestore.ts";
import { ACT_AS_THEMSELVES, DEPLOYER_ROLES } from "./roles.ts";

/** Google's account for builds. In some organisations it has no default roles. */
const BUILDER = `"$number-compute@developer.gserviceaccount.com"`;
const BUILDER_ROLE = "roles/cloudbuild.builds.builder";

/** A month's, in the currency of the billing account (docs/cost.md). */
export const BUDGET = 50;

/** Below Google's limit of 20. */
const MAX_APIS = 10;

/** The account of the deployment workflow in .github. */
const DEPLOYER = "portal-deployer";

/** Reads of IAM are eventually consistent, so a new account is unknown at first; Google advises to retry (IAM API). */
const TRIES = 12;
const PAUSE_SECONDS = 10;

/** Runs a command until it succeeds. Each failure is printed; the last one ends the script. */
const RETRY = [
  "retry() {",
  "  local try",
  `  for try in {1..${TRIES - 1}}; do`,
  `    if "$@" >/dev/null; then return; fi`,
  `    echo "Try $try of ${TRIES} failed; the next one follows in ${PAUSE_SECONDS} seconds." >&2`,
  `    sleep ${PAUSE_SECONDS}`,
  "  done",
  `  "$@" >/dev/null`,
  "}",
];

const budgetName = (project: string): string => `Portal ${project}`;

/**
 * The lines of a bash script that enables APIs and creates accounts with their roles. It is safe to run again. The
 * secrets must exist.
 */
export function setUpCommands({ functions, apis }: Deployed, project: string, budget = BUDGET): string[] {
  const addressOf = (account: string): string => `${account}@${project}.iam.gserviceaccount.com`;
  const member = (account: string): string => `serviceAccount:${addressOf(account)}`;
  const create = (account: string, what: string): string =>
    `gcloud iam service-accounts describe ${addressOf(account)} --project ${project} >/dev/null 2>&1 || ` +
    `gcloud iam service-accounts create ${account} --display-name "${what}" --project ${project}`;
  const grant = (to: string, role: string): string =>
    `retry gcloud projects add-iam-policy-binding ${project} --member ${to} --role ${role} --condition None --quiet`;
  const letRead = (account: string, secret: string): string =>
    `retry gcloud secrets add-iam-policy-binding ${secret} --member ${member(account)} ` +
    `--role roles/secretmanager.secretAccessor --project ${project} --quiet`;
  const letAct = (account: string, as: string): string =>
    `retry gcloud iam service-accounts add-iam-policy-binding ${as} --member ${member(account)} ` +
    `--role roles/iam.serviceAccountUser --project ${project} --quiet`;

  const all = Object.entries(functions);
  return [
    "set -euo pipefail",
    ...RETRY,
    ...chunksOf(apis, MAX_APIS).map((some) => `gcloud services enable ${some.join(" ")} --project ${project}`),
    "",
    "# Accounts, all before the first role",
    ...all.map(([name, { serviceAccount }]) => create(serviceAccount, `The function ${name}`)),
    create(DEPLOYER, "Deploys the portal"),
    "",
    "# Roles of the functions",
    ...all.flatMap(([, { serviceAccount, roles, secrets }]) => [
      ...roles.map((role) => grant(member(serviceAccount), role)),
      ...secrets.map((secret) => letRead(serviceAccount, secret)),
    ]),
    ...all
      .filter(([name]) => ACT_AS_THEMSELVES.includes(name))
      .map(([, { serviceAccount }]) => letAct(serviceAccount, addressOf(serviceAccount))),
    "",
    "# Roles of the deployment account, and of the builder",
    ...DEPLOYER_ROLES.map((role) => grant(member(DEPLOYER), role)),
    ...all.map(([, { serviceAccount }]) => letAct(DEPLOYER, addressOf(serviceAccount))),
    `number=$(gcloud projects describe ${project} --format 'value(projectNumber)')`,
    letAct(DEPLOYER, BUILDER),
    grant(`"serviceAccount:"${BUILDER}`, BUILDER_ROLE),
    // The CLI requires this permission if the account exists, as in older projects.
    `if gcloud iam service-accounts describe ${project}@appspot.gserviceaccount.com --project ${project} >/dev/null 2>&1; then ` +
      `${letAct(DEPLOYER, `${project}@appspot.gserviceaccount.com`)}; fi`,
    "",
    "# Disable sign-up: npm run ops -- access creates the accounts. After the roles, because it needs Identity Platform",
    // gcloud has no command for it; calls projects.updateConfig of the Identity Toolkit API like the Firebase CLI.
    `curl --fail --silent --show-error --output /dev/null --request PATCH ` +
      `"https://identitytoolkit.googleapis.com/admin/v2/projects/${project}/config?updateMask=client.permissions.disabledUserSignup" ` +
      `--header "Authorization: Bearer $(gcloud auth print-access-token)" --header "X-Goog-User-Project: ${project}" ` +
      `--header "Content-Type: application/json" --data '{"client":{"permissions":{"disabledUserSignup":true}}}'`,
    "",
    "# A budget, unless there is one. Last, because it needs a role on the billing account: Billing Account Costs Manager",
    `billing=$(gcloud billing projects describe ${project} --format 'value(billingAccountName)')`,
    `budget=$(gcloud billing budgets list --billing-account "$billing" --billing-project ${project} ` +
      `--filter 'displayName="${budgetName(project)}"' --format 'value(name)')`,
    `[ -n "$budget" ] || gcloud billing budgets create --billing-account "$billing" --billing-project ${project} ` +
      `--display-name "${budgetName(project)}" --filter-projects projects/${project} --budget-amount ${budget} ` +
      "--threshold-rule percent=0.5 --threshold-rule percent=1 --threshold-rule percent=1,basis=forecasted-spend",
  ];
}
