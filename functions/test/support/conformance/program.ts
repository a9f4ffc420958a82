import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FUNCTIONS, LOCAL } from "../../../tools/cli/paths.ts";
import type { Exchange } from "./recorder.ts";
import { SDK_TYPES } from "./sdk-types.ts";

/**
 * Serialises recorded requests and responses into a TypeScript program of object literals, each with the SDK's type for
 * it. The compiler then reports excess and missing properties, wrong nulls, unknown enum values, and objects where the
 * SDK's type has only an id.
 */

/** A value, and the SDK type that it must satisfy. */
export interface Typed {
  type: string;
  value: unknown;
}

/** A path of the `expand` parameter, and the SDK type of the response that it applies to. */
export interface Expansion {
  type: string;
  path: string;
}

export interface Program {
  values: Typed[];
  expansions: Expansion[];
}

/**
 * Contains each trait of the recorded values at least once. Values that add no trait are left out, to keep the compiler
 * fast.
 */
export function programOf(exchanges: readonly Exchange[], deliveries: readonly unknown[]): Program {
  const program: Program = { values: [], expansions: [] };
  const seen = new Set<string>();
  /** Whether a value has a trait that no earlier value has. */
  const isNew = (type: string, value: unknown): boolean => {
    const before = seen.size;
    for (const trait of traitsOf(value, type)) seen.add(trait);
    return seen.size > before;
  };
  const add = (type: string, value: unknown): void => {
    if (isNew(type, value)) program.values.push({ type, value });
  };
  for (const { path, query, status, body } of exchanges) {
    if (status >= 400) {
      add("{ error: Stripe.StripeRawError }", body);
      continue;
    }
    const [, , noun = "", id] = path.split("/");
    const object = typeName(noun);
    const isRetrieved = id !== undefined || SINGLETONS.has(noun);
    add(`Stripe.${object}${isRetrieved ? "Retrieve" : "List"}Params`, paramsOf(query));
    const type = isRetrieved ? `Stripe.${object}` : `Stripe.ApiList<Stripe.${object}>`;
    for (const expanded of paramsOf(query).expand ?? []) {
      if (isNew(`${type} by ${expanded}`, null)) program.expansions.push({ type, path: expanded });
    }
    if (!isList(body)) {
      add(type, body);
      continue;
    }
    const data = body.data.filter((one) => isNew(`Stripe.${object}`, one));
    const isNewList = isNew(type, { ...body, data: [] });
    if (isNewList || data.length > 0) program.values.push({ type, value: { ...body, data } });
  }
  for (const event of deliveries) add("Stripe.Event", event);
  return program;
}

/** Objects without an id, of which an account has one. */
const SINGLETONS: ReadonlySet<string> = new Set(["balance"]);

/** `balance_transactions` in a path is `BalanceTransaction` in the SDK. */
export function typeName(noun: string): string {
  return noun
    .replace(/s$/, "")
    .split("_")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

function isList(body: unknown): body is { data: unknown[] } {
  return typeof body === "object" && body !== null && "data" in body && Array.isArray(body.data);
}

/**
 * What can make a difference to the compiler: at each path the keys, the kind of value, and the text where it may be an
 * enum value. The SDK discriminates unions by `object`, and events by `type`, so both are part of the path.
 */
function* traitsOf(value: unknown, place: string): Generator<string> {
  if (Array.isArray(value)) {
    yield `${place} is ${value.length === 0 ? "empty" : "a list"}`;
    for (const one of value) yield* traitsOf(one, place);
  } else if (typeof value === "object" && value !== null) {
    const { object, type } = value as { object?: unknown; type?: unknown };
    const member = `${place}<${object === "event" ? String(type) : String(object)}>`;
    yield `${member} has ${Object.keys(value).toSorted().join()}`;
    for (const [key, one] of Object.entries(value)) yield* traitsOf(one, `${member}.${key}`);
  } else {
    const isWord = typeof value === "string" && /^[a-z\d]+([._][a-z\d]+)*$/.test(value) && !/[\da-f]{24}$/.test(value);
    yield `${place} is ${isWord ? value : value === null ? "null" : typeof value}`;
  }
}

/** The parameters as a caller of the SDK passes them; a URL has only strings. */
export function paramsOf(query: URLSearchParams): { expand?: string[] } {
  const params = new Map<string, unknown>();
  const expand: string[] = [];
  const ranges = new Map<string, Record<string, unknown>>();
  for (const [name, text] of query) {
    const typed = /^\d+$/.test(text) ? Number(text) : text === "true" ? true : text === "false" ? false : text;
    const [, ranged, bound] = /^(\w+)\[(gte?|lte?)\]$/.exec(name) ?? [];
    if (/^expand\[\d*\]$/.test(name)) expand.push(text);
    else if (ranged === undefined || bound === undefined) params.set(name, typed);
    else ranges.set(ranged, { ...ranges.get(ranged), [bound]: typed });
  }
  for (const [name, range] of ranges) params.set(name, range);
  return { ...Object.fromEntries(params), ...(expand.length > 0 && { expand }) };
}

/**
 * `Expands`: whether each property of a path is an id or an object in the SDK, or a list that is included on request.
 */
const HEADER = `import type Stripe from "./sdk/stripe.esm.node.js";

type At<T, K extends string> = T extends readonly (infer E)[] ? At<E, K>
  : T extends object ? (K extends keyof T ? Exclude<T[K], null | undefined> : never) : never;
type IsExpandable<V> = [V] extends [never] ? false
  : string extends Extract<V, string> ? ([Extract<V, object>] extends [never] ? false : true)
  : [V] extends [{ object: "list" }] ? true : false;
type Expands<T, P extends string> = P extends \`\${infer K}.\${infer Rest}\`
  ? K extends "data" ? Expands<At<T, K>, Rest>
    : IsExpandable<At<T, K>> extends true ? Expands<Extract<At<T, K>, object>, Rest> : false
  : IsExpandable<At<T, P>>;`.split("\n");

/** One statement per line. */
function linesOf({ values, expansions }: Program): string[] {
  return [
    ...HEADER,
    ...values.map(({ type, value }, index) => `export const value${index}: ${type} = ${JSON.stringify(value)};`),
    ...expansions.map(({ type, path }, index) => {
      return `export const expansion${index}: Expands<${type}, ${JSON.stringify(path)}> = true;`;
    }),
  ];
}

/**
 * An error of the compiler: the index of the statement (values come first), and the source from the error's column on.
 */
export interface Finding {
  statement: number;
  message: string;
  excerpt: string;
}

const FOLDER = join(LOCAL, "conformance");

/**
 * Compiles programs with the project's own compiler options, in one run, and returns the errors of each. The SDK's
 * enums also accept any other string, so that new values of Stripe's compile; the programs use a copy of the SDK's
 * types in which they do not.
 */
export async function compile(programs: Record<string, Program>): Promise<Record<string, Finding[]>> {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  cpSync(SDK_TYPES, join(FOLDER, "sdk"), {
    recursive: true,
    filter: (source) => !/\.\w+$/.test(source) || source.endsWith(".d.ts"),
  });
  closeEnums(join(FOLDER, "sdk/shared.d.ts"));
  const sources = new Map(Object.entries(programs).map(([name, program]) => [`${name}.ts`, linesOf(program)]));
  for (const [name, lines] of sources) writeFileSync(join(FOLDER, name), lines.join("\n"));
  const config = {
    extends: join(FUNCTIONS, "tsconfig.json"),
    compilerOptions: { allowJs: false, checkJs: false, types: [] },
    include: [],
    files: [...sources.keys()],
  };
  writeFileSync(join(FOLDER, "tsconfig.json"), JSON.stringify(config));
  const errors = (await runCompiler()).map((error) => {
    const {
      file = "",
      line,
      column,
      message = "",
    } = /^(?<file>\w+\.ts)\((?<line>\d+),(?<column>\d+)\): (?<message>.*)$/.exec(error)?.groups ?? {};
    const source = sources.get(file)?.[Number(line) - 1];
    if (source === undefined) throw new Error(`The compiler reports an error outside of the programs: ${error}`);
    const excerpt = source.slice(Number(column) - 1, Number(column) + 100);
    return { file, statement: Number(line) - 1 - HEADER.length, message, excerpt };
  });
  return Object.fromEntries(
    Object.keys(programs).map((name) => [name, errors.filter(({ file }) => file === `${name}.ts`)]),
  );
}

function closeEnums(file: string): void {
  const text = readFileSync(file, "utf8");
  const closed = text.replace(/(export type OtherString = )[^;]+;/, "$1never;");
  if (closed === text) throw new Error("The SDK no longer declares OtherString, which opens its enums.");
  writeFileSync(file, closed);
}

/** The first line of each error. */
async function runCompiler(): Promise<string[]> {
  const tsc = join(FUNCTIONS, "node_modules/typescript/bin/tsc");
  const child = spawn(process.execPath, [tsc, "--noEmit", "--pretty", "false", "-p", "."], { cwd: FOLDER });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  await once(child, "close");
  const lines = output.split("\n").filter((line) => line !== "" && !line.startsWith(" "));
  if ((child.exitCode === 0) !== (lines.length === 0))
    throw new Error(`The compiler failed: ${output.slice(0, 2_000)}`);
  return lines;
}
