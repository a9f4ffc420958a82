import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { verifyCloses } from "../../ops/verify-closes.ts";
import { recordDefaults } from "../../src/config.ts";
import { audit } from "../../src/store/verify-totals.ts";
import { franchiseeIds } from "../../src/store/franchisees.ts";
import { testEnvironment } from "../local/emulators.ts";
import { startFirestoreAlone } from "../local/firestore-emulator.ts";
import { freePort, PROJECT_ID } from "../cli/ports.ts";
import type { Service } from "../local/processes.ts";
import { canonicalJson } from "../../src/domain/canonical-json.ts";

export interface Findings {
  documents: number;
  franchisees: number;
  transactions: number;
  closes: number;
  wrong: string[];
}

const NAME = "firestore_export";

/** Exports, wipes and imports like the Firebase CLI. Connects this process to its own emulator. */
export class Drill {
  readonly #port: number;
  readonly #folder: string;
  #emulator: Service;

  private constructor(port: number, folder: string, emulator: Service) {
    this.#port = port;
    this.#folder = folder;
    this.#emulator = emulator;
  }

  /** Clears the backup folder. */
  static async begin(folder: string): Promise<Drill> {
    const port = await freePort();
    delete process.env["FIRESTORE_PROJECT_ID"];
    Object.assign(process.env, testEnvironment(`127.0.0.1:${port}`), { LOG_LEVEL: "ERROR" });
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    return new Drill(port, folder, await startFirestoreAlone({ port }));
  }

  everything(): Promise<Documents> {
    return everyDocument(`127.0.0.1:${this.#port}`, PROJECT_ID);
  }

  async backUp(): Promise<void> {
    const database = `projects/${PROJECT_ID}/databases/(default)`;
    await this.#request("POST", `projects/${PROJECT_ID}:export`, {
      database,
      export_directory: this.#folder,
      export_name: NAME,
    });
  }

  async wipe(): Promise<void> {
    await this.#request("DELETE", `projects/${PROJECT_ID}/databases/(default)/documents`);
  }

  /** The emulator imports only at start. */
  async restore(): Promise<void> {
    await this.#emulator.stop();
    const seed = join(this.#folder, NAME, `${NAME}.overall_export_metadata`);
    this.#emulator = await startFirestoreAlone({ port: this.#port, seed });
  }

  end(): Promise<void> {
    return this.#emulator.stop();
  }

  /** Compares all documents with `before`, then verifies totals and closes. */
  async findings(before: Documents): Promise<Findings> {
    const after = await this.everything();
    const ids = await franchiseeIds();
    const wrong = differencesBetween(before, after);
    const found: Findings = { documents: after.size, franchisees: ids.length, transactions: 0, closes: 0, wrong };
    for (const id of ids) {
      const { transactions, uncounted, drift } = await audit(id, recordDefaults());
      found.transactions += transactions;
      wrong.push(...uncounted.map((reason) => `${id}: ${reason}`));
      for (const [figure, amount] of drift) wrong.push(`${id}: ${figure} differs from its transactions by ${amount}.`);
      const { days, flaws, differing } = await verifyCloses(id, () => undefined);
      found.closes += days;
      wrong.push(...flaws.shown.map((flaw) => `${id}: ${flaw}`));
      wrong.push(...differing.map((day) => `${id}: ${day} differs from its close.`));
    }
    return found;
  }

  async #request(method: "POST" | "DELETE", path: string, body?: object): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/emulator/v1/${path}`, {
      method,
      headers: { "Content-Type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`The emulator responded ${response.status}: ${text}`);
  }
}

/** The fields of every document in the format of the REST API, by path. */
export type Documents = ReadonlyMap<string, Readonly<Record<string, object>>>;

/** Such as `{"integerValue": "500"}`. */
const valueSchema = z.looseObject({});

const responseSchema = z.array(
  z.object({
    document: z.object({ name: z.string(), fields: z.record(z.string(), valueSchema).default({}) }).optional(),
  }),
);

export async function everyDocument(address: string, project: string): Promise<Documents> {
  const root = `projects/${project}/databases/(default)/documents`;
  const orderBy = [{ field: { fieldPath: "__name__" } }];
  const response = await fetch(`http://${address}/v1/${root}:runQuery`, {
    method: "POST",
    headers: { Authorization: "Bearer owner" },
    body: JSON.stringify({ structuredQuery: { from: [{ allDescendants: true }], orderBy } }),
  });
  if (!response.ok) throw new Error(`The emulator responded ${response.status}: ${await response.text()}`);
  const found = responseSchema.parse(await response.json()).flatMap(({ document }) => document ?? []);
  return new Map(found.map(({ name, fields }) => [name.slice(root.length + 1), fields]));
}

/** One sentence per missing or new document, and per changed field. */
export function differencesBetween(before: Documents, after: Documents): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return paths.flatMap((path) => {
    const [was, is] = [before.get(path), after.get(path)];
    if (!is) return [`${path} is missing.`];
    if (!was) return [`${path} is new.`];
    const fields = [...new Set([...Object.keys(was), ...Object.keys(is)])].toSorted();
    return fields.flatMap((field) => {
      const [old, now] = [textOf(was[field]), textOf(is[field])];
      return old === now ? [] : [`${path}: ${field} was ${old}, now ${now}.`];
    });
  });
}

function textOf(value: object | undefined): string {
  return value === undefined ? "missing" : canonicalJson(value);
}
