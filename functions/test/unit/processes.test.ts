import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startService, stopServices } from "../../tools/local/processes.ts";
import { temporaryFolders } from "../support/folder.ts";

const newFolder = temporaryFolders();

/** A program with a child in its own process group, as the emulators have one. Both would run for a minute. */
const PARENT = `
const { spawn } = require("node:child_process");
const { writeFileSync } = require("node:fs");
const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)"], { detached: true });
writeFileSync(process.argv[1], [process.pid, child.pid].join());
setTimeout(() => {}, 60_000);`;

function options(isReady?: () => boolean) {
  const folder = newFolder();
  const pids = join(folder, "pids");
  return {
    pids,
    name: "The program",
    command: process.execPath,
    args: ["-e", PARENT, pids],
    cwd: folder,
    logFile: join(folder, "log"),
    isReady: () => Promise.resolve(isReady ? isReady() : existsSync(pids)),
    readyWithinMs: 10_000,
  };
}

const family = (pids: string): number[] => readFileSync(pids, "utf8").split(",").map(Number);

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A killed process is listed until its new parent has reaped it. */
async function leftOf(pids: number[]): Promise<number[]> {
  for (let tries = 0; tries < 50 && pids.some(isAlive); tries += 1) await sleep(100);
  return pids.filter(isAlive);
}

afterAll(stopServices);

test("stopping a service stops its children", async () => {
  const started = options();
  const service = await startService(started);
  await service.stop();
  expect(await leftOf(family(started.pids))).toEqual([]);
});

test("killing a service stops its children", async () => {
  const started = options();
  const service = await startService(started);
  await sleep(4_000);
  const [parent = 0, child = 0] = family(started.pids);
  expect(isAlive(child)).toBe(true);
  process.kill(parent, "SIGKILL");
  await service.ended;
  expect(await leftOf([parent, child])).toEqual([]);
});

test("a service that is not ready yet is stopped with the others", async () => {
  const starting = options(() => false);
  const outcome = startService(starting).catch((error: unknown) => error);
  while (!existsSync(starting.pids)) await sleep(50);
  await sleep(100);
  await stopServices();
  expect(await outcome).toMatchObject({ message: expect.stringContaining("The program exited early.") as unknown });
  expect(await leftOf(family(starting.pids))).toEqual([]);
});
