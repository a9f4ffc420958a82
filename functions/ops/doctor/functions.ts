import { z } from "zod";
import { type Deployed, readDeployed } from "../deployed.ts";
import { listAll } from "../google.ts";
import { type Check, type Finding, googleOf, named, type Project } from "./check.ts";

const functionSchema = z.object({
  name: z.string(),
  state: z.string(),
  stateMessages: z.array(z.object({ message: z.string().default("") })).default([]),
  serviceConfig: z
    .object({
      serviceAccountEmail: z.string().default("the default account"),
      environmentVariables: z.record(z.string(), z.string()).default({}),
      secretEnvironmentVariables: z
        .array(z.object({ key: z.string(), version: z.string().default("latest") }))
        .default([]),
    })
    .prefault({}),
});
type DeployedFunction = z.infer<typeof functionSchema>;

/** Every function is deployed and active, with its settings and secrets. */
export const functions: Check = {
  title: "functions",
  run: async (project) => {
    const google = googleOf(project, "npm start rebuilds the functions.");
    const path = `projects/${project.id}/locations/-/functions`;
    const all = (await listAll(google, "functions", { path }, "functions", functionSchema)) ?? [];
    const found = new Map(all.map((one) => [one.name.split("/").slice(-3).join("/"), one]));
    const remedy = `npm run deploy -- --project ${project.id}`;

    const findings: Finding[] = [];
    const lacking: string[] = [];
    for (const [name, expected] of Object.entries(readDeployed().functions)) {
      const one = found.get(`${expected.region}/functions/${name}`);
      if (!one) lacking.push(name);
      const problems = one ? problemsOf(one, expected, project) : [];
      findings.push(...problems.map((problem) => ({ problem: `The function ${name} ${problem}.`, remedy })));
    }
    if (lacking.length > 0) findings.push({ problem: `These functions are not deployed: ${named(lacking)}.`, remedy });
    return { findings };
  },
};

function problemsOf(
  { state, stateMessages, serviceConfig }: DeployedFunction,
  { serviceAccount, secrets }: Deployed["functions"][string],
  project: Project,
): string[] {
  const problems: string[] = [];
  if (state !== "ACTIVE") problems.push([`is ${state}`, ...stateMessages.map(({ message }) => message)].join(": "));
  const account = `${serviceAccount}@${project.id}.iam.gserviceaccount.com`;
  if (serviceConfig.serviceAccountEmail !== account) {
    problems.push(`runs as ${serviceConfig.serviceAccountEmail} instead of ${account}`);
  }
  const bound = new Map(serviceConfig.secretEnvironmentVariables.map(({ key, version }) => [key, version]));
  const lacking = secrets.filter((name) => !bound.has(name));
  if (lacking.length > 0) problems.push(`is deployed without ${named(lacking)}`);
  const needless = [...bound.keys()].filter((name) => !secrets.includes(name));
  if (needless.length > 0) problems.push(`is bound to secrets that it does not need: ${named(needless)}`);
  for (const [name, version] of bound) {
    const latest = versionOf(name, project);
    if (latest !== null && version !== "latest" && version !== latest) {
      problems.push(`has version ${version} of ${name}, but the latest is ${latest}`);
    }
  }
  const given = Object.entries(project.settings);
  const others = given.flatMap(([name, value]) => (serviceConfig.environmentVariables[name] === value ? [] : [name]));
  if (others.length > 0) problems.push(`is deployed with settings that differ from functions/.env: ${named(others)}`);
  return problems;
}

function versionOf(name: string, { secrets }: Project): string | null {
  const secret = secrets.get(name);
  return secret && "value" in secret ? secret.version : null;
}
