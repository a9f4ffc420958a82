import { CliError } from "../../cli/cli-error.ts";
import { main, newProgram } from "../../cli/program.ts";
import { documentedForms, readAccepted, refusedBy, writeAccepted } from "./check.ts";
import { FIND } from "./parsers.ts";

const commands = newProgram(
  "npm run commands --",
  "Parse the commands of the pages with the installed gcloud, gh and stripe, without running them, and write what they accept.",
).action(() => {
  const accepted = readAccepted();
  const refused = Object.entries(FIND).flatMap(([program, find]) => {
    const parser = find();
    if (!parser) {
      console.log(`${program} is not installed: its commands are not parsed.`);
      return [];
    }
    const lines = refusedBy(program, parser);
    console.log(`${program} ${parser.version} refuses ${lines.length} commands.`);
    if (lines.length === 0) accepted[program] = { version: parser.version, forms: documentedForms(program) };
    return lines;
  });
  writeAccepted(accepted);
  if (refused.length > 0) throw CliError.of(["Commands were refused."], refused.join("\n"));
});

await main(commands);
