// npm run openapi: generates docs/openapi.json. A test compares the two.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openApiDocument } from "./document.ts";
import { ROOT } from "../cli/paths.ts";

writeFileSync(join(ROOT, "docs/openapi.json"), `${JSON.stringify(openApiDocument(), null, 2)}\n`);
