import type { Deployed } from "../../ops/deployed.ts";
import { type Endpoint, endpointsOf, type Rehearsal } from "./rehearsal.ts";
import { FUNCTION_ROLES } from "./roles.ts";

/** Google APIs that a deployment needs in addition to those of its functions' triggers. */
const APIS = [
  "artifactregistry",
  "billingbudgets",
  "cloudbilling",
  "cloudbuild",
  "cloudfunctions",
  "cloudresourcemanager",
  "compute",
  "eventarc",
  "firebase",
  "firebasehosting",
  "firebaserules",
  "firestore",
  "iam",
  "iamcredentials",
  "identitytoolkit",
  "logging",
  "monitoring",
  "pubsub",
  "run",
  "secretmanager",
  "storage",
  "sts",
];

/** Throws if a function has no entry in FUNCTION_ROLES, or an entry has no function. */
export function describeDeployment({ files, backend }: Rehearsal): Deployed {
  const functions = endpointsOf(backend).map((endpoint) => [endpoint.id, describe(endpoint)] as const);
  const unknown = Object.keys(FUNCTION_ROLES).filter((name) => !functions.some(([id]) => id === name));
  if (unknown.length > 0) throw new Error(`FUNCTION_ROLES has unknown functions: ${unknown.join(", ")}.`);
  const apis = [...backend.requiredAPIs.map(({ api }) => api), ...APIS.map((api) => `${api}.googleapis.com`)];
  return {
    functions: Object.fromEntries(functions),
    apis: [...new Set(apis)].toSorted(),
    // Without compiled files.
    files: files.filter((file) => !file.startsWith("lib/")),
  };
}

function describe(endpoint: Endpoint): Deployed["functions"][string] {
  const { id, region, runtime, serviceAccount, availableMemoryMb, cpu, timeoutSeconds, concurrency } = endpoint;
  const roles = FUNCTION_ROLES[id];
  if (!roles) throw new Error(`Add the roles of the function ${id} to tools/deployment/roles.ts.`);
  const options = {
    memoryMb: availableMemoryMb,
    cpu,
    timeoutSeconds,
    concurrency,
    minInstances: endpoint.minInstances,
    maxInstances: endpoint.maxInstances,
  };
  return {
    trigger: triggerOf(endpoint),
    region,
    runtime,
    options: Object.fromEntries(Object.entries(options).map(([name, value]) => [name, value ?? null])),
    serviceAccount: nameOf(serviceAccount),
    roles: [...roles],
    secrets: (endpoint.secretEnvironmentVariables ?? []).map(({ key }) => key),
  };
}

function triggerOf({ httpsTrigger, scheduleTrigger, taskQueueTrigger }: Endpoint): Record<string, unknown> {
  const invoker = (httpsTrigger ?? taskQueueTrigger)?.invoker?.map(nameOf) ?? null;
  if (httpsTrigger) return { https: { invoker } };
  if (taskQueueTrigger) return { taskQueue: { ...taskQueueTrigger, invoker } };
  return { schedule: scheduleTrigger };
}

function nameOf(account: string): string {
  return account.replace(/@.*/, "");
}
