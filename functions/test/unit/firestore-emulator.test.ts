import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { strFromU8, unzipSync } from "fflate";
import { findFirestoreEmulator, requireJava } from "../../tools/local/firestore-emulator.ts";
import { temporaryFolders } from "../support/folder.ts";

const newFolder = temporaryFolders();

/** A machine with these files and programs, which cannot download anything. */
function machine(files: Record<string, string>): NodeJS.ProcessEnv & { HOME: string } {
  const home = newFolder();
  mkdirSync(join(home, "bin"));
  for (const [path, content] of Object.entries(files)) {
    const file = join(home, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content.replaceAll("HOME", home));
    if (path.startsWith("bin/")) chmodSync(file, 0o755);
  }
  const nowhere = "http://127.0.0.1:9";
  return { HOME: home, PATH: join(home, "bin"), HTTPS_PROXY: nowhere, https_proxy: nowhere };
}

const CLI = { "bin/gcloud": "#!/bin/sh\necho HOME/sdk\n" };
const COMPONENT_PATH = "sdk/platform/cloud-firestore-emulator/cloud-firestore-emulator.jar";
const COMPONENT = { [COMPONENT_PATH]: "jar" };
const DOWNLOAD_PATH = ".cache/firebase/emulators/cloud-firestore-emulator-v1.19.8.jar";
const DOWNLOAD = { [DOWNLOAD_PATH]: "jar" };

describe("the Firestore emulator", () => {
  it("is the one that the variable names, if it is set", () => {
    const env = machine({ ...CLI, ...COMPONENT, ...DOWNLOAD, "mine.jar": "jar" });
    const named = join(env.HOME, "mine.jar");
    expect(findFirestoreEmulator({ ...env, FIRESTORE_EMULATOR_BINARY_PATH: named })).toBe(named);
  });

  it("else is the Google Cloud CLI's component, through a jar that names its main class", () => {
    const env = machine({ ...CLI, ...COMPONENT, ...DOWNLOAD });
    const { "META-INF/MANIFEST.MF": manifest } = unzipSync(readFileSync(findFirestoreEmulator(env, env.HOME)));
    const lines = strFromU8(manifest ?? new Uint8Array()).split("\r\n");
    expect(lines.filter((line) => line.length > 72)).toEqual([]);
    expect(lines.join("\n").replaceAll("\n ", "").split("\n")).toEqual([
      "Manifest-Version: 1.0",
      "Main-Class: com.google.cloud.datastore.emulator.firestore.CloudFirestore",
      `Class-Path: file://${join(env.HOME, COMPONENT_PATH)}`,
      "",
    ]);
  });

  it.each([
    ["the CLI is not there", DOWNLOAD],
    ["the CLI has no such component", { ...CLI, ...DOWNLOAD }],
  ])("else is firebase-tools' own download, if %s", (_why, files) => {
    const env = machine(files);
    expect(findFirestoreEmulator(env)).toBe(join(env.HOME, DOWNLOAD_PATH));
  });

  it("else is missing, which is reported in one line", () => {
    expect(() => findFirestoreEmulator(machine({}))).toThrow(
      "No Firestore emulator was found: FIRESTORE_EMULATOR_BINARY_PATH is not set, the Google Cloud CLI has no cloud-firestore-emulator component, and firebase-tools could not download one.",
    );
  });
});

describe("Java", () => {
  const java = (version: string) => machine({ "bin/java": `#!/bin/sh\necho 'openjdk version "${version}"' >&2\n` });

  it.each(["11.0.2", "17.0.15", "21"])("%s is accepted", (version) => {
    expect(() => requireJava(java(version))).not.toThrow();
  });

  it("1.8 is refused as too old", () => {
    expect(() => requireJava(java("1.8.0_412"))).toThrow("needs Java 11 or later. The PATH has Java 8.");
  });
});
