import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import project from "../../../../package.json" with { type: "json" };
import npmFlags from "../../cli/npm-flags.cjs";
import { type Command, documentedCommands } from "./documented.ts";
import type { Parser } from "./parsers.ts";

/** Forms that older versions do not know, from the reference. A version that knows the command parses it. */
const NEWER: ReadonlySet<string> = new Set([
  // From 546.0.0 on: https://cloud.google.com/sdk/gcloud/reference/firestore/databases/clone
  "gcloud firestore databases clone --destination-database --project --snapshot-time --source-database",
  // Debian 12 has 2.23 without it: cli/cli, pkg/cmd/variable/set/set.go
  "gh variable set --body",
]);

const FILE = join(import.meta.dirname, "accepted.json");

const COMMANDS = documentedCommands();

/** The name of the project's own programs. */
export const OWN = "run.mjs";

const scriptsSchema = z.record(z.string(), z.string());

const acceptedSchema = z.record(z.string(), z.object({ version: z.string(), forms: z.array(z.string()) }));
type Accepted = z.infer<typeof acceptedSchema>;

/** The forms of commands that each program accepted, and its version. */
export function readAccepted(): Accepted {
  return acceptedSchema.parse(JSON.parse(readFileSync(FILE, "utf8")));
}

export function writeAccepted(accepted: Accepted): void {
  writeFileSync(FILE, `${JSON.stringify(accepted, null, 2)}\n`);
}

/** As a line of the shell. */
export const lineOf = ({ words }: Pick<Command, "words">): string =>
  words.map((word) => (/^[\w:=/.,@+-]+$/.test(word) ? word : `'${word}'`)).join(" ");

/** `npm run SCRIPT -- ARGUMENTS` as the program that package.json names, with its arguments; otherwise unchanged. */
function ofScript({ source, words }: Command): Command {
  const [npm, verb = "", ...rest] = words.filter((word) => word !== "--silent" && word !== "--help");
  if (npm !== "npm" || !["run", "test", "start"].includes(verb)) return { source, words };
  const [name = "", ...args] = verb === "run" ? rest : [verb, ...rest];
  const [node, file, ...program] = (scriptsSchema.parse(project.scripts)[name] ?? "").split(" ");
  if (node !== "node" || file !== "functions/tools/run.mjs") return { source, words: [OWN, name, ...args] };
  const prefix = Object.keys(npmFlags.OPTIONS_OF_PACKAGES).includes(program[0] ?? "") ? [] : [OWN];
  // Without --, npm keeps options for itself, and a program would refuse it.
  return { source, words: [...prefix, ...program, ...(args[0] === "--" ? args.slice(1) : args)] };
}

/** Each command of a program, once. */
export function documentedFor(program: string): Command[] {
  const own = COMMANDS.map(ofScript).filter(({ words }) => words[0] === program);
  return [...new Map(own.map((command) => [lineOf(command), command])).values()];
}

/** The documented commands that an installed program refuses, with its errors. */
export function refusedBy(program: string, { errorsIn }: Pick<Parser, "errorsIn">): string[] {
  const commands = documentedFor(program);
  const errors = errorsIn(commands.map(({ words }) => words.slice(1)));
  return commands.flatMap((command, index) => {
    const error = errors[index] ?? null;
    if (error === null || (isNewer(command) && /unknown command|Invalid choice/.test(error))) return [];
    return `${command.source}: ${lineOf(command)}\n${error.trim()}`;
  });
}

/** The words before the first argument or option, and the options without their values. */
function formOf({ words }: Command): string {
  const first = words.findIndex((word) => !/^[a-z][a-z_-]*$/.test(word));
  const options = words.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.replace(/=.*/s, ""));
  return [...words.slice(0, first === -1 ? words.length : first), ...new Set(options.toSorted())].join(" ");
}

const isNewer = (command: Command): boolean => NEWER.has(formOf(command));

/** The forms of all documented commands, which accepted.json must have. */
export function documentedForms(program: string): string[] {
  const forms = documentedFor(program)
    .filter((command) => !isNewer(command))
    .map(formOf);
  return [...new Set(forms)].toSorted();
}
