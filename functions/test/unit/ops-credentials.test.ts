import { opsProgram } from "../../ops/cli.ts";
import { temporaryFolders } from "../support/folder.ts";
import { runOperator } from "../support/operate.ts";

const newFolder = temporaryFolders();

/** One of each group. */
const COMMANDS: readonly string[][] = [
  ["access", "show"],
  ["balance", "verify"],
  ["close", "verify"],
  ["doctor"],
  ["erase", "--email", "ada@example.org", "--by", "Grace", "--reason", "as asked", "--dry-run"],
  ["events", "list"],
  ["exceptions", "list"],
  ["monitoring", "--notify", "1"],
  ["revenue", "verify"],
  ["sync", "--dry-run"],
];

test("these are all groups of commands", () => {
  const groups = opsProgram(() => undefined).commands.map((command) => command.name());
  expect(COMMANDS.map(([group]) => group)).toEqual(groups.filter((name) => name !== "help").toSorted());
});

test.each(COMMANDS)("%s without credentials says how to sign in, and nothing else", async (...command) => {
  const { GOOGLE_APPLICATION_CREDENTIALS: _credentials, ...others } = process.env;
  // Google's libraries look for a file at home, and then for the server of a machine of Google's.
  process.env = { ...others, HOME: newFolder(), METADATA_SERVER_DETECTION: "none" };
  expect(await runOperator([...command, "--project", "stripe-connect-1029120000"])).toEqual({
    code: 1,
    output: "No application default credentials. Sign in: gcloud auth application-default login",
  });
});
