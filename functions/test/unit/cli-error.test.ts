import { CliError } from "../../tools/cli/cli-error.ts";

const STORED = "pi_1\n0 open.\u001b[2J\u202e";
const PRINTED = "pi_1\\n0 open.\\u{1b}[2J\\u{202e}";

test("a reason is one line, whatever stored text it contains", () => {
  expect(new CliError(`The document ${STORED} cannot be read.`).message).toBe(
    `The document ${PRINTED} cannot be read.`,
  );
});

test("line breaks of a command's own text are kept", () => {
  expect(new CliError("", "Usage\n\n  npm run x").message).toBe("Usage\n\n  npm run x");
  expect(new CliError(`There is no ${STORED}.`, "\nUsage\n  \u001b[2J").message).toBe(
    `There is no ${PRINTED}.\n\nUsage\n  \\u{1b}[2J`,
  );
});

test("each of several reasons is one line", () => {
  expect(CliError.of([STORED, STORED]).message).toBe(`${PRINTED}\n${PRINTED}`);
  expect(CliError.of([STORED], "\nWait a minute.").message).toBe(`${PRINTED}\n\nWait a minute.`);
});
