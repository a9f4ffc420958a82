// The commands that make a project ready for a deployment: made from what would be deployed, so that none is forgotten.
import type { Deployed } from "./deployed.ts";
import { ACT_AS_THEMSELVES, DEPLOYER_ROLES } from "./roles.ts";

/** The account that the workflow in .github deploys as. */
const DEPLOYER = "portal-deployer";

/**
 * Shell commands for gcloud that switch on the APIs, and make each account with what it has to be let do. Each may be run again.
 * The secrets have to be there by then.
 */
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
    `gcloud services enable ${apis.join(" ")} --project ${project}`,
    "",
    "# What the functions run as",
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
    "# What deploys",
    create(DEPLOYER, "Deploys the portal"),
    ...DEPLOYER_ROLES.map((role) => grant(DEPLOYER, role)),
    ...all.map(([, { serviceAccount }]) => letAct(DEPLOYER, `${serviceAccount}@${project}.iam.gserviceaccount.com`)),
    `number=$(gcloud projects describe ${project} --format 'value(projectNumber)')`,
    letAct(DEPLOYER, `"$number-compute@developer.gserviceaccount.com"`),
  ];
}
