import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import pidtree from "pidtree";
import { codeOf } from "../../src/errors.ts";
import { CliError } from "../cli/cli-error.ts";

/** A program with its output in a log file. */
export interface Service {
  /** Also of its process group. */
  pid: number | undefined;
  /** Resolves once the program has ended for any reason. */
  ended: Promise<void>;
  /** Ends the program and every process that it started. */
  stop: () => Promise<void>;
}

export interface ServiceOptions {
  name: string;
  command: string;
  args: readonly string[];
  cwd: string;
  env?: NodeJS.ProcessEnv;
  logFile: string;
  /** Polled until true. */
  isReady: () => Promise<boolean>;
  readyWithinMs: number;
}

const POLL_MS = 100;
const FAMILY_POLL_MS = 3_000;
const GRACE_MS = 15_000;
const GONE_TRIES = 50;

const running = new Set<Service>();

/** Starts a program and waits until it is ready. Throws a CliError with the end of its log if it fails. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const log = openSync(options.logFile, "w");
  // In its own process group, so that Ctrl-C reaches it through `stop` alone.
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ["ignore", log, log],
    detached: true,
  });
  closeSync(log);

  let hasEnded = false;
  // Kept up to date, since orphans are no longer found through their parent.
  let family: number[] = [];
  const look = async (): Promise<void> => {
    if (child.pid === undefined || hasEnded) return;
    family = await pidtree(child.pid).catch(() => family);
  };
  const lookout = setInterval(() => void look(), FAMILY_POLL_MS);
  const ended = new Promise<void>((resolve) => {
    const end = async () => {
      hasEnded = true;
      clearInterval(lookout);
      running.delete(service);
      for (const pid of family) send(pid, "SIGKILL");
      // A killed process stays in the list until its parent has reaped it.
      for (let tries = 0; tries < GONE_TRIES && family.some((pid) => send(pid, 0)); tries += 1) await sleep(POLL_MS);
      resolve();
    };
    child.once("error", () => void end());
    child.once("exit", () => void end());
  });
  const service: Service = { pid: child.pid, ended, stop: () => look().then(() => stop(child, ended)) };
  running.add(service);

  const giveUpAt = Date.now() + options.readyWithinMs;
  while (!(await options.isReady())) {
    if (hasEnded || Date.now() > giveUpAt) {
      await service.stop();
      const what = hasEnded ? "ended too soon" : `took longer than ${options.readyWithinMs / 1000} s to start`;
      throw new CliError(`${options.name} ${what}. The end of ${options.logFile}:`, tail(options.logFile));
    }
    await sleep(POLL_MS);
  }
  return service;
}

export async function stopServices(): Promise<void> {
  await Promise.all([...running].map((service) => service.stop()));
}

/** Ends every service after this work, also on Ctrl-C. */
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

/** Ends every service, then this process. Later signals are ignored. */
export function stopServicesOnSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (shuttingDown) return;
      shuttingDown = true;
      void stopServices().finally(() => process.exit(128 + constants.signals[signal]));
    });
  }
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.pid === undefined) return;
  child.kill("SIGINT");
  const lastResort = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  await ended;
  clearTimeout(lastResort);
}

/** Sends a signal; 0 only asks. Returns whether the process is there. */
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
