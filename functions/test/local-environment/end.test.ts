import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pidtree from "pidtree";
import { FUNCTIONS, LOCAL, ROOT } from "../../tools/cli/paths.ts";
import { ADDRESS, isFree, portOf } from "../../tools/cli/ports.ts";
import { temporaryFolders } from "../support/folder.ts";

const newFolder = temporaryFolders();

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("no function left an error behind that nothing handled", () => {
  const lines = readFileSync(join(LOCAL, "emulators.log"), "utf8").split("\n");
  expect(lines.filter((line) => line.includes("unhandled error"))).toEqual([]);
  // The functions' log lines are in this file.
  expect(lines.some((line) => line.includes('"message":"golden record"'))).toBe(true);
});

test("npm start keeps running, and leaves nothing behind after Ctrl-C", async () => {
  const pid = Number(process.env["LOCAL_ENVIRONMENT_PID"]);
  const family = [pid, ...(await pidtree(pid))];
  expect(family.length).toBeGreaterThan(2);
  process.kill(-pid, "SIGINT");
  while (isAlive(pid)) await sleep(50);
  expect(family.filter(isAlive)).toEqual([]);
  for (const address of Object.values(ADDRESS)) expect(await isFree(portOf(address))).toBe(true);
});

/** The output of `npm start` in this environment, and its exit code. */
async function start(env: NodeJS.ProcessEnv): Promise<{ output: string; code: number | null }> {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(FUNCTIONS, "tools/local/main.ts"), "start"],
    {
      cwd: ROOT,
      env: { ...process.env, ...env },
    },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  await once(child, "close");
  return { output, code: child.exitCode };
}

describe("npm start reports in one line", () => {
  const onlyLine = async (env: NodeJS.ProcessEnv): Promise<[string, number | null]> => {
    const { output, code } = await start(env);
    const lines = output.trim().split("\n");
    return [lines.at(-1) ?? "", lines.length === 1 ? code : NaN];
  };
  const empty = newFolder();

  test.each([8080, 9150])("the port that is in use: %d", async (port) => {
    const taken = createServer().listen(port, "127.0.0.1");
    const line = `Port ${port} (firestore emulator) is in use. Stop the program that uses it, or the local environment if it is still running.`;
    expect(await onlyLine({})).toEqual([line, 1]);
    taken.close();
  });

  test("that Java is missing", async () => {
    const line = "The Firestore emulator needs Java 11 or later. No Java was found on the PATH.";
    expect(await onlyLine({ PATH: empty })).toEqual([line, 1]);
  });

  test("that FIRESTORE_EMULATOR_BINARY_PATH names no file", async () => {
    const line = "FIRESTORE_EMULATOR_BINARY_PATH names a file that does not exist: nowhere.jar";
    expect(await onlyLine({ FIRESTORE_EMULATOR_BINARY_PATH: "nowhere.jar" })).toEqual([line, 1]);
  });
});
