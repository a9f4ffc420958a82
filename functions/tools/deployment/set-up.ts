import type { Deployed } from "../../ops/deployed.ts";
import { chunksOf } from "../../src/store/firestore.ts";
import { ACT_AS_THEMSELVES, DEPLOYER_ROLES } from "./roles.ts";

/** Google's account for builds. In some organisations it has no default roles. */
const BUILDER = `"$number-compute@developer.gserviceaccount.com"`;
const BUILDER_ROLE = "roles/cloudbuild.builds.builder";

/** Below Google's limit of 20. */
const MAX_APIS = 10;

/** The account of the deployment workflow in .github. */
const DEPLOYER = "portal-deployer";

/** Idempotent gcloud commands that enable APIs and create accounts with their roles. The secrets must exist. */
export function setUpCommands({ functions, apis }: Deployed, project: string): string[] {
  const member = (account: string): string => `serviceAccount:${account}@${project}.iam.gserviceaccount.com`;
  const create = (account: string, what: string): string =>
    `gcloud iam service-accounts describe ${account}@${project}.iam.gserviceaccount.com --project ${project} >/dev/null 2>&1 || ` +
    `gcloud iam service-accounts create ${account} --display-name "${what}" --project ${project}`;
  const grant = (account: string, role: string): string =>
    `gcloud projects add-iam-policy-binding ${project} --member ${member(account)} --role ${role} --condition None --quiet >/dev/null`;
  const letAct = (account: string, as: string): string =>
    `gcloud iam service-accounts add-iam-policy-binding ${as} --member ${member(account)} ` +
    `--role roles/iam.serviceAccountUser --project ${project} --quiet >/dev/null`;

  const all = Object.entries(functions);
  return [
    "set -euo pipefail",
    ...chunksOf(apis, MAX_APIS).map((some) => `gcloud services enable ${some.join(" ")} --project ${project}`),
    "",
    "# Accounts of the functions",
    ...all.flatMap(([name, { serviceAccount, roles, secrets }]) => [
      create(serviceAccount, `The function ${name}`),
      ...roles.map((role) => grant(serviceAccount, role)),
      ...secrets.map(
        (secret) =>
          `gcloud secrets add-iam-policy-binding ${secret} --member ${member(serviceAccount)} ` +
          `--role roles/secretmanager.secretAccessor --project ${project} --quiet >/dev/null`,
      ),
    ]),
    ...all
      .filter(([name]) => ACT_AS_THEMSELVES.includes(name))
      .map(([, { serviceAccount }]) => letAct(serviceAccount, `${serviceAccount}@${project}.iam.gserviceaccount.com`)),
    "",
    "# Deployment account",
    create(DEPLOYER, "Deploys the portal"),
    ...DEPLOYER_ROLES.map((role) => grant(DEPLOYER, role)),
    ...all.map(([, { serviceAccount }]) => letAct(DEPLOYER, `${serviceAccount}@${project}.iam.gserviceaccount.com`)),
    `number=$(gcloud projects describe ${project} --format 'value(projectNumber)')`,
    letAct(DEPLOYER, BUILDER),
    `gcloud projects add-iam-policy-binding ${project} --member "serviceAccount:"${BUILDER} --role ${BUILDER_ROLE} --condition None --quiet >/dev/null`,
    // The CLI requires this permission if the account exists, as in older projects.
    `if gcloud iam service-accounts describe ${project}@appspot.gserviceaccount.com --project ${project} >/dev/null 2>&1; then ` +
      `${letAct(DEPLOYER, `${project}@appspot.gserviceaccount.com`)}; fi`,
    "",
    "# Disable sign-up: npm run ops -- access creates the accounts. Last, because it needs Identity Platform",
    // gcloud has no command for it; calls projects.updateConfig of the Identity Toolkit API like the Firebase CLI.
    `curl --fail --silent --show-error --output /dev/null --request PATCH ` +
      `"https://identitytoolkit.googleapis.com/admin/v2/projects/${project}/config?updateMask=client.permissions.disabledUserSignup" ` +
      `--header "Authorization: Bearer $(gcloud auth print-access-token)" --header "X-Goog-User-Project: ${project}" ` +
      `--header "Content-Type: application/json" --data '{"client":{"permissions":{"disabledUserSignup":true}}}'`,
  ];
}
