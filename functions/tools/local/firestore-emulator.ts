import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { strToU8, zipSync } from "fflate";
import { CliError } from "../cli/cli-error.ts";
import { FIREBASE_CLI, LOCAL, ROOT } from "../cli/paths.ts";
import { freePort, portOf } from "../cli/ports.ts";
import { type Service, startService } from "./processes.ts";

const MINIMUM_JAVA = 11;

/** Throws a CliError without a Java that can run the Firestore emulator. */
export function requireJava(env: NodeJS.ProcessEnv = process.env): void {
  const { error, stderr } = spawnSync("java", ["-version"], { encoding: "utf8", env });
  const version = error ? undefined : /version "(?:1\.)?(\d+)/.exec(stderr)?.[1];
  if (version === undefined || Number(version) < MINIMUM_JAVA) {
    const found = version === undefined ? "No Java was found on the PATH." : `The PATH has Java ${version}.`;
    throw new CliError(`The Firestore emulator needs Java ${MINIMUM_JAVA} or later. ${found}`);
  }
}

/** The jar: FIRESTORE_EMULATOR_BINARY_PATH, the Google Cloud CLI's, or a firebase-tools download. Throws a CliError. */
export function findFirestoreEmulator(env: NodeJS.ProcessEnv = process.env, folder = LOCAL): string {
  const named = env["FIRESTORE_EMULATOR_BINARY_PATH"];
  if (named) {
    if (existsSync(named)) return named;
    throw new CliError(`FIRESTORE_EMULATOR_BINARY_PATH names a file that does not exist: ${named}`);
  }
  const component = cloudCliComponent(env);
  if (component !== undefined) return runnableJar(component, folder);
  const downloaded = downloadedJar(env) ?? download(env);
  if (downloaded !== undefined) return downloaded;
  throw new CliError(
    "No Firestore emulator was found: FIRESTORE_EMULATOR_BINARY_PATH is not set, the Google Cloud CLI has no " +
      "cloud-firestore-emulator component, and firebase-tools could not download one.",
  );
}

function cloudCliComponent(env: NodeJS.ProcessEnv): string | undefined {
  const gcloud = spawnSync("gcloud", ["info", "--format=value(installation.sdk_root)"], {
    encoding: "utf8",
    env,
    // gcloud is a batch file there.
    shell: process.platform === "win32",
  });
  if (gcloud.error || gcloud.status !== 0) return undefined;
  const jar = join(gcloud.stdout.trim(), "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar");
  return existsSync(jar) ? jar : undefined;
}

/** The component's jar has no main class, so this creates a jar whose manifest refers to it. */
function runnableJar(component: string, folder: string): string {
  const manifest = [
    "Manifest-Version: 1.0",
    "Main-Class: com.google.cloud.datastore.emulator.firestore.CloudFirestore",
    `Class-Path: ${pathToFileURL(component).href}`,
  ];
  const jar = join(folder, "firestore-emulator.jar");
  writeFileSync(jar, zipSync({ "META-INF/MANIFEST.MF": strToU8(`${manifest.map(foldLine).join("\r\n")}\r\n`) }));
  return jar;
}

/** Manifest lines have at most 72 bytes and continue after a space. */
function foldLine(line: string): string {
  return line.length <= 70 ? line : `${line.slice(0, 70)}\r\n ${foldLine(line.slice(70))}`;
}

function downloadedJar(env: NodeJS.ProcessEnv): string | undefined {
  const folder = join(env["HOME"] ?? homedir(), ".cache/firebase/emulators");
  if (!existsSync(folder)) return undefined;
  const jars = readdirSync(folder).filter((name) => /^cloud-firestore-emulator-v.*\.jar$/.test(name));
  const newest = jars.toSorted().at(-1);
  return newest === undefined ? undefined : join(folder, newest);
}

function download(env: NodeJS.ProcessEnv): string | undefined {
  spawnSync(process.execPath, [FIREBASE_CLI, "setup:emulators:firestore"], { cwd: ROOT, env, timeout: 300_000 });
  return downloadedJar(env);
}

interface AloneOptions {
  /** Default: a free port. */
  port?: number;
  hasRules?: boolean;
  /** The metadata file of an export. */
  seed?: string | undefined;
}

export interface FirestoreEmulator extends Service {
  /** For FIRESTORE_EMULATOR_HOST. */
  address: string;
}

/** A standalone Firestore emulator. */
export async function startFirestoreAlone({
  port,
  hasRules = false,
  seed,
}: AloneOptions = {}): Promise<FirestoreEmulator> {
  const address = `127.0.0.1:${port ?? (await freePort())}`;
  const rules = hasRules ? ["--rules", join(ROOT, "firestore.rules")] : [];
  const data = seed === undefined ? [] : ["--seed_from_export", seed];
  const service = await startService({
    name: "The Firestore emulator",
    command: "java",
    args: [
      "-jar",
      findFirestoreEmulator(),
      "--host",
      "127.0.0.1",
      "--port",
      String(portOf(address)),
      ...rules,
      ...data,
    ],
    cwd: LOCAL,
    logFile: join(LOCAL, `firestore-${portOf(address)}.log`),
    isReady: async () => (await fetch(`http://${address}/`).catch(() => undefined))?.ok ?? false,
    readyWithinMs: 120_000,
  });
  return { ...service, address };
}
