import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** The output of a process that logs these lines: the logger captures its streams when it is loaded. */
function written(level: string, statements: string): string[] {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      "--input-type=module",
      "--eval",
      `import { log } from ${JSON.stringify(join(__dirname, "../../src/log.ts"))};\n${statements}`,
    ],
    { encoding: "utf8", env: { ...process.env, LOG_LEVEL: level } },
  );
  return `${stdout}${stderr}`.trim().split("\n");
}

test.each([
  ["DEBUG", ["one", "two", "three", "four"]],
  ["INFO", ["two", "three", "four"]],
  ["WARN", ["three", "four"]],
  ["ERROR", ["four"]],
])("LOG_LEVEL=%s sets which lines are written", (level, messages) => {
  const lines = written(
    level,
    `log.debug("one"); log.info("two"); log.warn("three"); log.error("four", new Error("cause"))`,
  );
  expect(lines.map((line) => messages.find((message) => line.includes(`"${message}`)))).toEqual(messages);
});

test("an error keeps its stack and its fields", () => {
  const [line = ""] = written("INFO", `log.error("failed", new Error("cause"), { franchiseeId: "acct_1" })`);
  expect(line).toContain("Error: cause");
  expect(line).toMatch(/at .+:\d+:\d+/);
  expect(line).toContain('"franchiseeId":"acct_1"');
});
