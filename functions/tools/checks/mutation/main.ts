import { examples, main, newProgram } from "../../cli/program.ts";
import { mutateRules } from "./rules.ts";
import { mutateSources } from "./sources.ts";
import { withServices } from "../../local/processes.ts";

const RULES = "firestore.rules";

const mutation = newProgram(
  "npm run mutation --",
  "Mutation tests: make small changes to src/domain, authentication and firestore.rules, and list those that no test detects.",
)
  .argument("[file...]", `Files, or lines of them, or ${RULES}; default: all.`)
  .addHelpText("after", examples("npm run mutation -- src/domain/decide.ts:86-109", `npm run mutation -- ${RULES}`))
  .action(async (files) => {
    const sources = files.filter((file) => file !== RULES);
    await withServices(async () => {
      if (files.length === 0 || sources.length > 0) await mutateSources(sources);
      if (files.length === 0 || files.includes(RULES)) await mutateRules();
    });
  });

await main(mutation);
