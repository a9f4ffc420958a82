import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";

/** Without the name of the program: `["projects", "list"]`. */
type Args = readonly string[];

/** An error for each command, or null. */
type Errors = readonly (string | null)[];

/** An installed program. */
export interface Parser {
  version: string;
  errorsIn(commands: readonly Args[]): Errors;
}

const errorsSchema = z.array(z.string().nullable());

/** Runs a program without the user's configuration, and in a folder of its own: gcloud opens files as it parses. */
function run(program: string, args: Args, input = "") {
  const folder = mkdtempSync(join(tmpdir(), "portal-commands-"));
  const quiet = { GH_NO_UPDATE_NOTIFIER: "1", STRIPE_CLI_TELEMETRY_OPTOUT: "1" };
  const env = { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, ...quiet };
  const ended = spawnSync(program, args, { cwd: folder, env, input, encoding: "utf8" });
  rmSync(folder, { recursive: true });
  return ended;
}

/** Runs a script that reads commands and prints errors. */
function errorsOf(program: string, args: Args, commands: readonly Args[]): Errors {
  const { stdout, stderr } = run(program, args, JSON.stringify(commands));
  if (stdout === "") throw new Error(`${args.join(" ")} failed: ${stderr}`);
  return errorsSchema.parse(JSON.parse(stdout));
}

function findGcloud(): Parser | undefined {
  const wanted = ["installation.sdk_root", "basic.python_location", "basic.version"];
  const { status, stdout } = run("gcloud", ["info", `--format=value[separator='\n'](${wanted.join(",")})`]);
  if (status !== 0) return undefined;
  const [folder, python, version] = z.tuple([z.string(), z.string(), z.string()]).parse(stdout.trim().split("\n"));
  const script = join(import.meta.dirname, "gcloud-parse.py");
  return { version, errorsIn: (commands) => errorsOf(python, ["-S", script, folder], commands) };
}

/** The help of a group, instead of that of a command. */
const GROUP = /^\s*(?:gh|stripe)\b[\w -]*[<[](?:command|subcommand|operation)[>\]]/m;

/** A program in Go with cobra, which parses every option before it shows help, and then runs nothing. */
function findCobra(program: string): Parser | undefined {
  const { status: found, stdout: text } = run(program, ["--version"]);
  const [, version] = (found === 0 && /^\w+ version (\S+)/m.exec(text)) || [];
  if (version === undefined) return undefined;
  const errorIn = (args: Args): string | null => {
    // Right after the command, because gh takes the first argument of gh api for a command otherwise.
    const first = args.findIndex((word) => !/^[a-z][a-z_-]*$/.test(word));
    const length = first === -1 ? args.length : first;
    const withHelp = [...args.slice(0, length), "--help", ...args.slice(length)];
    const { status, stdout, stderr } = run(program, withHelp);
    if (status !== 0) return stderr;
    return GROUP.test(stdout) ? "unknown command" : null;
  };
  return { version, errorsIn: (commands) => commands.map(errorIn) };
}

const errorsOfScript = (name: string, commands: readonly Args[]): Errors =>
  errorsOf(process.execPath, ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, name)], commands);

/** The Firebase CLI is a package, so that it is always there. */
export const errorsInFirebase = (commands: readonly Args[]): Errors => errorsOfScript("firebase-parse.ts", commands);

/** The project's own programs: `["ops", "doctor", "--local"]`. */
export const errorsInOwn = (commands: readonly Args[]): Errors => errorsOfScript("npm-parse.ts", commands);

/** Undefined if the program is not installed on this machine. */
export const FIND = {
  gcloud: findGcloud,
  gh: () => findCobra("gh"),
  stripe: () => findCobra("stripe"),
} satisfies Record<string, () => Parser | undefined>;
