import { runProgram } from "../tools/cli/program.ts";
import { requireSettings } from "../tools/cli/project-settings.ts";
import { addAccess } from "./access.ts";
import { addBalance } from "./balance.ts";
import { addClose } from "./close.ts";
import { newOps, type Prepare, requireLocalEnvironment, selectProject } from "./command.ts";
import { addDoctor } from "./doctor.ts";
import { addErase } from "./erase.ts";
import { addEvents } from "./events.ts";
import { addExceptions } from "./exceptions.ts";
import { applicationDefault } from "./google.ts";
import { addMonitoring } from "./monitoring.ts";
import { addRevenue } from "./revenue.ts";
import { addSync } from "./sync.ts";

export function opsProgram(prepare: Prepare) {
  const ops = newOps(prepare);
  addAccess(ops);
  addBalance(ops);
  addClose(ops);
  addDoctor(ops);
  addErase(ops);
  addEvents(ops);
  addExceptions(ops);
  addMonitoring(ops);
  addRevenue(ops);
  addSync(ops);
  return ops;
}

/** Runs a command, such as `["doctor", "--local"]`; `settings` override the project's. Throws a CliError. */
export async function runOps(args: readonly string[], settings: NodeJS.ProcessEnv = {}): Promise<void> {
  const program = opsProgram(async (target, command) => {
    if (target.local !== true && target.project !== undefined) requireSettings(target.project);
    selectProject(target);
    // Monitoring refuses it.
    if (target.local === true && command !== "monitoring") await requireLocalEnvironment();
    Object.assign(process.env, { LOG_LEVEL: "ERROR" }, settings);
    // Firestore's and Auth's clients would report it with a stack, some after a minute.
    if (target.project !== undefined) await applicationDefault();
  });
  await runProgram(program, args);
}
