import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { resolveBackend } from "firebase-tools/lib/deploy/functions/build.js";
import { prepareFunctionsUpload } from "firebase-tools/lib/deploy/functions/prepareFunctionsUpload.js";
import { yamlToBuild } from "firebase-tools/lib/deploy/functions/runtimes/discovery/index.js";
import { unzipSync } from "fflate";
import { z } from "zod";
import firebase from "../../../firebase.json" with { type: "json" };
import { CliError } from "../cli/cli-error.ts";
import { FUNCTIONS, ROOT } from "../cli/paths.ts";
import { projectSettings } from "../cli/project-settings.ts";

// The local steps of a deployment, with the Firebase CLI's modules: pack, install, discover functions.

/** The project of .firebaserc. */
export function defaultProject(): string {
  const schema = z.object({ projects: z.object({ default: z.string() }) });
  return schema.parse(JSON.parse(readFileSync(join(ROOT, ".firebaserc"), "utf8"))).projects.default;
}

export interface Rehearsal {
  /** The uploaded paths, relative to functions/. */
  files: string[];
  backend: Backend;
}

/** Rehearses the deployment of the built functions. Throws a CliError or an error of the CLI if it would fail. */
export async function rehearse(project: string): Promise<Rehearsal> {
  const [config] = firebase.functions;
  if (!config) throw new CliError("firebase.json has no functions.");
  const { pathToSource } = await prepareFunctionsUpload(FUNCTIONS, { ignore: [...config.ignore] });
  const folder = mkdtempSync(join(tmpdir(), "deployment-"));
  try {
    const files = unpack(pathToSource, folder);
    install(folder);
    const build = yamlToBuild(discover(folder, project), project, "us-central1", config.runtime);
    // isEmulator: does not look up secrets.
    const { backend } = await resolveBackend({
      build,
      firebaseConfig: { projectId: project },
      userEnvs: projectSettings(project),
      nonInteractive: true,
      isEmulator: true,
    });
    return { files, backend: backendSchema.parse(backend) };
  } finally {
    rmSync(folder, { recursive: true });
    rmSync(pathToSource);
  }
}

function unpack(archive: string, folder: string): string[] {
  const files = Object.entries(unzipSync(readFileSync(archive)));
  for (const [path, content] of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return files.map(([path]) => path).toSorted();
}

/** As Cloud Build does. */
function install(folder: string): void {
  run(folder, "npm", ["ci", "--omit=dev", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"]);
}

function discover(folder: string, project: string): unknown {
  const manifest = join(folder, "manifest.json");
  run(folder, process.execPath, ["node_modules/firebase-functions/lib/bin/firebase-functions.js"], {
    FUNCTIONS_MANIFEST_OUTPUT_PATH: manifest,
    GCLOUD_PROJECT: project,
    FIREBASE_CONFIG: JSON.stringify({ projectId: project }),
  });
  return JSON.parse(readFileSync(manifest, "utf8"));
}

function run(cwd: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
  const child = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: "utf8",
    // npm is a batch file there.
    shell: process.platform === "win32" && command === "npm",
  });
  if (child.status !== 0) {
    throw new CliError(`${command} ${args.join(" ")} failed:`, `${child.stdout}${child.stderr}`);
  }
}

/** Null or missing: the platform chooses. */
const number = z.number().nullish();
const invoker = z.array(z.string()).nullish();

const endpointSchema = z.object({
  id: z.string(),
  region: z.string(),
  runtime: z.string(),
  platform: z.literal("gcfv2"),
  availableMemoryMb: number,
  cpu: number,
  timeoutSeconds: number,
  concurrency: number,
  maxInstances: number,
  minInstances: number,
  serviceAccount: z.string(),
  secretEnvironmentVariables: z.array(z.object({ key: z.string() })).optional(),
  httpsTrigger: z.object({ invoker }).optional(),
  scheduleTrigger: z
    .object({ schedule: z.string(), timeZone: z.string(), retryConfig: z.record(z.string(), z.number().nullable()) })
    .optional(),
  taskQueueTrigger: z
    .object({
      invoker,
      rateLimits: z.record(z.string(), z.number().nullable()),
      retryConfig: z.record(z.string(), z.number().nullable()),
    })
    .optional(),
});

export type Endpoint = z.infer<typeof endpointSchema>;

export const backendSchema = z.object({
  requiredAPIs: z.array(z.object({ api: z.string() })),
  endpoints: z.record(z.string(), z.record(z.string(), endpointSchema)),
});

export type Backend = z.infer<typeof backendSchema>;

export function endpointsOf({ endpoints }: Backend): Endpoint[] {
  return Object.values(endpoints)
    .flatMap((inRegion) => Object.values(inRegion))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
