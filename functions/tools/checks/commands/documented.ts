import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Deployed, readDeployed } from "../../../ops/deployed.ts";
import { ROOT } from "../../cli/paths.ts";
import { setUpCommands } from "../../deployment/set-up.ts";

export interface Command {
  /** The file that contains it. */
  source: string;
  /** Without npx and paths: `["firebase", "deploy", "--only", "firestore"]`. */
  words: string[];
}

export interface Script {
  source: string;
  text: string;
}

/** The programs whose commands are collected, by the names that the pages use. */
const NAMES = ["gcloud", "gh", "stripe", "npm", "firebase", "npx", "node_modules/.bin/firebase"];

/** Placeholders of the pages that the programs check. Other variables have their own name as value. */
const VALUES: Readonly<Record<string, string>> = { ACCT: "acct_1" };

/** The shell runs no command: the programs are functions that print their arguments, and others are not found. */
const PRELUDE = [
  "PATH=/dev/null",
  "exec 3>&1 >/dev/null 2>&1",
  `print() { printf '%s\\0' "$@" >&3; printf '\\0\\n' >&3; }`,
  ...NAMES.map((name) => `function ${name} { print ${name} "$@"; respond "$*"; }`),
  // To a question for a value. A list is empty, and a description is or is not found.
  "respond() { case $1 in *\\ list\\ *) ;; *\\ describe\\ *) echo 1; return $DESCRIBED ;; *) echo 1 ;; esac; }",
  "command_not_found_handle() { :; }",
  "date() { printf 2025-11-14T20:00:00Z; }",
].join("\n");

/** It has roles and secrets, and acts as itself. */
const ONE_FUNCTION = "syncStripe";

export const PAGES = globSync(["*.md", "docs/**/*.md", ".github/**/*.md"], { cwd: ROOT }).map((path) => {
  const text = readFileSync(join(ROOT, path), "utf8");
  return { path, text, blocks: [...text.matchAll(/^( *)```bash\n(.*?)^\1```/gms)].map(([, , block = ""]) => block) };
});

/** A command in a sentence, such as `npm run ops -- close [verify]` or `gh run cancel ID`. */
const INLINE = /`((?:npm (?:run|test|start)|(?:npx firebase|firebase|gcloud|gh|stripe) [a-z])[^`]*)`/g;

/** They look like commands. */
const LOG_LINES: ReadonlySet<string> = new Set(["stripe sync"]);

/** A command in a comment, such as: # or, for an existing project: npx firebase projects:addfirebase "$PROJECT" */
const COMMENT = /#.*?\b((?:npx firebase|gcloud|gh|stripe) [a-z].*)$/gm;

/** Optional parts, alternatives and placeholders in the notation of a sentence. */
const withoutNotation = (inline: string): string =>
  inline
    .replaceAll(/\s+/g, " ")
    .replaceAll(/\[(?:-- )?| …(?=\])|\]/g, "")
    .replaceAll(/(\w)\|\w+/g, "$1");

/** With words for placeholders, and without files to read, which do not exist. */
const withExamples = (text: string): string =>
  text
    .replaceAll(/<[\w ]+>/g, "x")
    .replaceAll(/\[((?:--|acct_)[^\]]*?)(?: …)?\]/g, "$1")
    .replaceAll("_…", "_1")
    .replaceAll(/ DATE\b/g, " 2025-11-01")
    .replaceAll(/ < [\w.]+/g, "");

/** The `run:` steps of a workflow. */
const stepsOf = (workflow: string): string[] =>
  [...workflow.matchAll(/^( *)(?:- )?run: (?:([>|])-?\n((?:\1 +.*\n)+)|(.*)\n)/gm)].map(
    ([, , style, lines, line]) => (style === ">" ? lines?.replaceAll("\n", " ") : (lines ?? line)) ?? "",
  );

/** What is deployed, with one function that has roles and secrets: the set-up of the others differs in names alone. */
function oneFunction(): Deployed {
  const { functions, ...deployed } = readDeployed();
  const entries = Object.entries(functions).filter(([name]) => name === ONE_FUNCTION);
  return { ...deployed, functions: Object.fromEntries(entries) };
}

/** What a reader or a workflow gives to a shell. */
export function scripts(): Script[] {
  const pages = PAGES.flatMap(({ path: source, text, blocks }) => {
    const inline = [...text.matchAll(INLINE)].map(([, line = ""]) => line).filter((line) => !LOG_LINES.has(line));
    return [...blocks, inline.map(withoutNotation).join("\n")].map((script) => ({ source, text: script }));
  });
  const workflows = globSync(".github/workflows/*.yml", { cwd: ROOT }).flatMap((source) => {
    const text = readFileSync(join(ROOT, source), "utf8");
    const steps = stepsOf(text).map((step) => step.replaceAll(/\$\{\{.*?\}\}/g, "x"));
    return [steps, text.replaceAll(/^[^#]*$/gm, "")].flat().map((script) => ({ source, text: script }));
  });
  const setUp = { source: "the set-up", text: setUpCommands(oneFunction(), "some-project").join("\n") };
  const all = [...pages, ...workflows, setUp];
  const comments = all.flatMap(({ source, text }) =>
    [...text.matchAll(COMMENT)].map(([, command = ""]) => ({ source, text: command })),
  );
  return [...all, ...comments].map(({ source, text }) => ({ source, text: withExamples(text) }));
}

/** Each command that bash finds in a script, once. */
export function commandsOf({ source, text }: Script): Command[] {
  const variables = [...text.matchAll(/\$\{?([A-Z][A-Z0-9_]*)/g)].map(([, name = ""]) => name);
  const values: NodeJS.ProcessEnv = {};
  for (const name of variables) values[name] = VALUES[name] ?? `some-${name.toLowerCase().replaceAll("_", "-")}`;
  // What follows a failure, and what follows a success.
  const outputs = (text.includes(" describe ") ? ["0", "1"] : ["0"]).map((described) => {
    const cwd = mkdtempSync(join(tmpdir(), "portal-commands-"));
    const env: NodeJS.ProcessEnv = { ...values, PATH: process.env["PATH"], DESCRIBED: described };
    const { stdout } = spawnSync("bash", { input: `${PRELUDE}\n${text}`, cwd, env, encoding: "utf8" });
    rmSync(cwd, { recursive: true });
    return stdout;
  });
  const lines = new Set(outputs.flatMap((output) => output.split("\0\0\n").slice(0, -1)));
  return [...lines].map((line) => {
    const [first = "", ...words] = line.split("\0");
    if (first === "npx") return { source, words };
    return { source, words: [first.replace(/.*\//, ""), ...words] };
  });
}

/** Every command of the pages, of the workflows and of the set-up of a deployment. */
export function documentedCommands(): Command[] {
  return scripts().flatMap(commandsOf);
}
