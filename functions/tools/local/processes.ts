import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import pidtree from "pidtree";
import { codeOf } from "../../src/errors.ts";
import { CliError } from "../cli/cli-error.ts";

/** A child process that writes to a log file. */
export interface Service {
  /** Also the id of its process group. */
  pid: number | undefined;
  /** Resolves when the process has ended. */
  ended: Promise<void>;
  /** Stops the process and its descendants. */
  stop: () => Promise<void>;
}

export interface ServiceOptions {
  name: string;
  command: string;
  args: readonly string[];
  cwd: string;
  env?: NodeJS.ProcessEnv;
  logFile: string;
  isReady: () => Promise<boolean>;
  readyWithinMs: number;
  /** Default: 100. */
  pollMs?: number;
}

const POLL_MS = 100;
const DESCENDANTS_POLL_MS = 3_000;
const SIGKILL_DELAY_MS = 15_000;
const EXIT_TRIES = 50;

const running = new Set<Service>();

/** Starts a process and waits until it is ready. Throws a CliError with the end of its log if it fails. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const log = openSync(options.logFile, "w");
  // Its own process group, so that only `stop` ends it on Ctrl-C.
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ["ignore", log, log],
    detached: true,
    // npm is a batch file there.
    shell: process.platform === "win32" && options.command === "npm",
  });
  closeSync(log);

  let hasEnded = false;
  // Polled, because orphans can no longer be found through their parent.
  let descendants: number[] = [];
  const updateDescendants = async (): Promise<void> => {
    if (child.pid === undefined || hasEnded) return;
    descendants = await pidtree(child.pid).catch(() => descendants);
  };
  const poll = setInterval(() => void updateDescendants(), DESCENDANTS_POLL_MS);
  const ended = new Promise<void>((resolve) => {
    const end = async () => {
      hasEnded = true;
      clearInterval(poll);
      running.delete(service);
      for (const pid of descendants) send(pid, "SIGKILL");
      // A killed process exists until its parent has reaped it.
      for (let tries = 0; tries < EXIT_TRIES && descendants.some((pid) => send(pid, 0)); tries += 1)
        await sleep(POLL_MS);
      resolve();
    };
    child.once("error", () => void end());
    child.once("exit", () => void end());
  });
  const service: Service = { pid: child.pid, ended, stop: () => updateDescendants().then(() => stop(child, ended)) };
  running.add(service);

  const giveUpAt = Date.now() + options.readyWithinMs;
  while (!(await options.isReady())) {
    if (hasEnded || Date.now() > giveUpAt) {
      await service.stop();
      const what = hasEnded ? "exited early" : `took longer than ${options.readyWithinMs / 1000} s to start`;
      throw new CliError(`${options.name} ${what}. The end of ${options.logFile}:`, tail(options.logFile));
    }
    await sleep(options.pollMs ?? POLL_MS);
  }
  return service;
}

export async function stopServices(): Promise<void> {
  await Promise.all([...running].map((service) => service.stop()));
}

/** Stops every service after `work`, also on Ctrl-C. */
export async function withServices(work: () => Promise<void>): Promise<void> {
  stopServicesOnSignals();
  try {
    await work();
  } finally {
    await stopServices();
  }
}

let shuttingDown = false;

export function isShuttingDown(): boolean {
  return shuttingDown;
}

/** Stops every service, then this process. Ignores further signals. */
export function stopServicesOnSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (shuttingDown) return;
      shuttingDown = true;
      void stopServices().finally(() => process.exit(128 + constants.signals[signal]));
    });
  }
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.pid === undefined) return;
  child.kill("SIGINT");
  const killTimer = setTimeout(() => child.kill("SIGKILL"), SIGKILL_DELAY_MS);
  await ended;
  clearTimeout(killTimer);
}

/** Sends a signal; 0 sends none. Returns whether the process exists. */
function send(pid: number, signal: "SIGKILL" | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (codeOf(error) !== "ESRCH") throw error;
    return false;
  }
}

function tail(file: string): string {
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-15).join("\n");
}
