import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import firebase from "../../../firebase.json" with { type: "json" };
import { CliError } from "./cli-error.ts";

/** Firebase tools never access a real project for an id with the prefix demo-. */
export const PROJECT_ID = "demo-moon-portal";

const { hosting, functions, firestore, auth } = firebase.emulators;

/** The port of stripe-mock; functions/.env.demo-moon-portal has it too. */
const STRIPE_PORT = 12111;

export const ADDRESS = {
  hosting: `127.0.0.1:${hosting.port}`,
  functions: `127.0.0.1:${functions.port}`,
  firestore: `127.0.0.1:${firestore.port}`,
  auth: `127.0.0.1:${auth.port}`,
  stripe: `127.0.0.1:${STRIPE_PORT}`,
} as const;

export function portOf(address: string): number {
  return Number(new URL(`http://${address}`).port);
}

/** Throws a CliError that names the first port in use. */
export async function requireFreePorts(): Promise<void> {
  const needed: [name: string, port: number][] = [["fake Stripe", STRIPE_PORT]];
  for (const [name, settings] of Object.entries(firebase.emulators)) {
    if (typeof settings !== "object" || !("port" in settings)) continue;
    needed.push([`${name} emulator`, settings.port]);
    if ("websocketPort" in settings) needed.push([`${name} emulator`, settings.websocketPort]);
  }
  for (const [name, port] of needed) {
    if (await isFree(port)) continue;
    throw new CliError(
      `Port ${port} (${name}) is in use. Stop the program that uses it, or the local environment if it is still running.`,
    );
  }
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** A free port below the ephemeral range, so that no outgoing connection takes it. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 30_000);
    if (await isFree(port)) return port;
  }
}
