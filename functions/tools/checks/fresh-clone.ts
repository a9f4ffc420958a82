import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { z } from "zod";
import nodePackage from "../../../node/package.json" with { type: "json" };
import { CliError } from "../cli/cli-error.ts";
import { ROOT } from "../cli/paths.ts";
import { ADDRESS } from "../cli/ports.ts";
import { each, examples, main, newProgram, parsedBy } from "../cli/program.ts";
import { startService, withServices } from "../local/processes.ts";

/** npm 11 does not support Node 18, but works with it. */
const PAIRS = [18, 20, 22, 24].flatMap((node) => [`${node}/10`, `${node}/11`]);

const READY_WITHIN_MS = 1_200_000;

const pair = parsedBy(z.string().regex(/^[\d.]+\/[\d.]+$/), "a version of Node and of npm, such as 18/10");

const freshClone = newProgram(
  "npm run fresh-clone --",
  "Run npm start in a fresh clone of the last commit with other versions of Node and npm, which it installs from the registry.",
)
  .argument("[node/npm...]", `Versions; default: ${PAIRS.join(", ")}.`, each(pair))
  .addHelpText("after", examples("npm run fresh-clone -- 18/10"))
  .action((pairs) =>
    withServices(async () => {
      for (const versions of pairs ?? PAIRS) await startWith(versions);
    }),
  );

function run(command: string, args: readonly string[], cwd: string, env = process.env): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: "utf8" });
  if (status !== 0) throw new CliError(`${command} ${args.join(" ")} failed in ${cwd}.`, stderr);
  return stderr + stdout;
}

async function startWith(versions: string): Promise<void> {
  const [node = "", npm = ""] = versions.split("/");
  // Not in this project, whose packages a clone there would find.
  const folder = mkdtempSync(join(tmpdir(), "portal-fresh-clone-"));
  const tools = join(folder, "tools");
  mkdirSync(tools);
  const name = packageOfNode();
  run("npm", ["install", "--prefix", tools, "--ignore-scripts", "--no-audit", `${name}@${node}`, `npm@${npm}`], tools);
  const packages = join(tools, "node_modules");
  const PATH = [join(packages, name, "bin"), join(packages, ".bin"), process.env["PATH"]].join(delimiter);
  // Without what npm set for this program.
  const own = Object.entries(process.env).filter(([variable]) => !/^(npm_|INIT_CWD$)/i.test(variable));
  const env = { ...Object.fromEntries(own), PATH };
  const clone = join(folder, "clone");
  run("git", ["clone", "--quiet", ROOT, clone], folder);

  const startedAt = Date.now();
  const logFile = join(folder, "log");
  const service = await startService({
    name: `npm start with Node ${node} and npm ${npm}`,
    command: "npm",
    args: ["start"],
    cwd: clone,
    env,
    logFile,
    isReady: () => Promise.resolve(readFileSync(logFile, "utf8").includes("\nReady.")),
    readyWithinMs: READY_WITHIN_MS,
    pollMs: 1_000,
  });
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  const { status } = await fetch(`http://${ADDRESS.hosting}/health`);
  if (status !== 200) throw new CliError(`/health responds ${status}.`);
  await service.stop();
  const again = run("node", ["functions/tools/setup.mjs"], clone, env);
  if (again !== "") throw new CliError("A second command installs again:", again);
  const [nodeVersion, npmVersion] = ["node", "npm"].map((program) => run(program, ["--version"], clone, env).trim());
  console.log(`Node ${nodeVersion}, npm ${npmVersion}: ready after ${seconds} s.`);
  rmSync(folder, { recursive: true });
}

/** As it is in the registry for this platform. */
function packageOfNode(): string {
  const platform = process.platform === "win32" ? "win" : process.platform;
  const name = Object.keys(nodePackage.optionalDependencies).find((key) => key.endsWith(`${platform}-${process.arch}`));
  if (name === undefined) throw new CliError(`No package has Node for ${process.platform} on ${process.arch}.`);
  return name;
}

await main(freshClone);
