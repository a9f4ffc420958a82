// npm run cost: writes docs/cost.md. A test compares the two.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { ROOT } from "../cli/paths.ts";
import { readCounts } from "./counts.ts";
import { costPage } from "./page.ts";

const file = join(ROOT, "docs/cost.md");
writeFileSync(file, await format(costPage(readCounts()), { ...(await resolveConfig(file)), filepath: file }));
