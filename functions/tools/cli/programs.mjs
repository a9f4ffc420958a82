/**
 * The programs of package.json's scripts, and their files. Imported on any Node from 18.
 * @type {Record<string, string>}
 */
export const PROGRAMS = {
  bench: "functions/tools/bench/main.ts",
  checks: "functions/tools/checks/main.ts",
  commands: "functions/tools/checks/commands/main.ts",
  cost: "functions/tools/cost/main.ts",
  deployment: "functions/tools/deployment/main.ts",
  drill: "functions/tools/drill/main.ts",
  firebase: "node_modules/firebase-tools/lib/bin/firebase.js",
  "fresh-clone": "functions/tools/checks/fresh-clone.ts",
  local: "functions/tools/local/main.ts",
  mutation: "functions/tools/checks/mutation/main.ts",
  openapi: "functions/tools/openapi/main.ts",
  ops: "functions/ops/main.ts",
  prettier: "node_modules/prettier/bin/prettier.cjs",
  screenshots: "functions/tools/checks/screenshots.ts",
  soak: "functions/tools/checks/soak.ts",
};
