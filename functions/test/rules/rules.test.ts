import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RulesTestEnvironment } from "@firebase/rules-unit-testing";
import type { Firestore } from "firebase/firestore";
import { ROOT } from "../../tools/cli/paths.ts";
import { browserOf, CHECKS, openEmulator, principals } from "./checks.ts";
import { type Expression, readExpressions } from "./coverage.ts";

let environment: RulesTestEnvironment;

beforeAll(async () => {
  environment = await openEmulator(readFileSync(join(ROOT, "firestore.rules"), "utf8"));
});

afterAll(() => environment.cleanup());

describe.each(principals)("%s", (principal) => {
  let database: Firestore;

  beforeAll(() => {
    database = browserOf(principal, environment);
  });

  test.each(CHECKS)("$what", async ({ holds }) => {
    await holds(principal, database);
  });
});

test("every expression of the rules is reached, with every possible result", async () => {
  const expressions = await readExpressions();
  const shown = (some: Expression[]) => some.map(({ line, text }) => `line ${line}: ${text}`);
  const reached = expressions.filter(({ isReached }) => isReached);
  process.stderr.write(`Rules coverage: ${reached.length} of ${expressions.length} expressions reached\n`);
  expect(expressions.length).toBeGreaterThan(10);
  expect(shown(expressions.filter(({ isReached }) => !isReached))).toEqual([]);
  expect(shown(expressions.filter(({ outcomes }) => outcomes.size === 1))).toEqual([]);
});
