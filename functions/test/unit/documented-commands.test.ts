import {
  documentedFor,
  documentedForms,
  lineOf,
  OWN,
  readAccepted,
  refusedBy,
} from "../../tools/checks/commands/check.ts";
import { commandsOf, scripts } from "../../tools/checks/commands/documented.ts";
import { errorsInFirebase, errorsInOwn, FIND } from "../../tools/checks/commands/parsers.ts";

const ACCEPTED = readAccepted();

/** Those that are at least as new as the ones that were asked; an older one may lack an option. */
const INSTALLED = Object.entries(FIND).flatMap(([program, find]) => {
  const parser = find();
  const asked = ACCEPTED[program]?.version ?? "";
  return parser && parser.version.localeCompare(asked, "en", { numeric: true }) >= 0 ? [{ program, parser }] : [];
});

test("the shell finds every command that a page, a workflow or the set-up names", () => {
  const missed = scripts().flatMap(({ source, text }) => {
    const found = commandsOf({ source, text }).map(lineOf);
    const named =
      text
        .replaceAll(/^\s*#.*|\s#\s.*$/gm, "")
        .match(/(?<=^|[\s(])(?:gcloud|firebase|gh|stripe|npm)(?: [a-z][\w:-]+)+/gm) ?? [];
    return named.filter((start) => !found.some((line) => line.startsWith(start))).map((start) => `${source}: ${start}`);
  });
  expect(missed).toEqual([]);
});

// Everywhere, because a machine may have none of them.
test.each(Object.keys(FIND))(
  "%s has accepted every command: npm run commands asks it, where it is installed",
  (program) => {
    expect(documentedForms(program)).toEqual(ACCEPTED[program]?.forms);
  },
);

test("those of them that are installed accept every command", () => {
  expect(INSTALLED.flatMap(({ program, parser }) => refusedBy(program, parser))).toEqual([]);
});

test("they refuse an unknown command, an unknown option and a missing argument", () => {
  const wrong: Readonly<Record<string, readonly string[]>> = {
    gcloud: ["projects enlist --limit 1", "projects list --limited 1", "tasks queues pause --location x"],
    gh: ["run lists", "run list --flow x", "run list --workflow"],
    stripe: ["keys rights x", "listen --towards x", "listen --forward-to"],
  };
  for (const { program, parser } of INSTALLED) {
    const lines = wrong[program] ?? [];
    const errors = parser.errorsIn(lines.map((line) => line.split(" ")));
    expect(lines.filter((_, index) => errors[index] !== null)).toEqual(lines);
    expect(lines).toHaveLength(3);
  }
});

test("the Firebase CLI accepts every command", () => {
  expect(documentedFor("firebase").length).toBeGreaterThan(20);
  expect(refusedBy("firebase", { errorsIn: errorsInFirebase })).toEqual([]);
});

test("the project's own programs accept every command", () => {
  expect(documentedFor(OWN).length).toBeGreaterThan(100);
  expect(refusedBy(OWN, { errorsIn: errorsInOwn })).toEqual([]);
});

test("they refuse an unknown script, command and option, and an argument too many", () => {
  const wrong = ["nope", "ops diagnose --local", "soak --again", "cost x", "deployment --budget", "drill now"];
  const errors = errorsInOwn([...wrong, "ops doctor --local"].map((line) => line.split(" ")));
  expect(errors.map((error) => error?.replace(/^CommanderError: error: |\n.*/gs, "") ?? null)).toEqual([
    "unknown program nope",
    "unknown command 'diagnose'",
    "unknown option '--again'",
    "too many arguments",
    "option '--budget <amount>' argument missing",
    "too many arguments. Expected 0 arguments but got 1.",
    null,
  ]);
});

test("the Firebase CLI refuses an unknown command, an unknown option and an argument too many", () => {
  const wrong = ["functions:remove api", "deploy --solely hosting", "projects:create a b", "functions:log --only"];
  expect(errorsInFirebase([...wrong, "projects:create a"].map((line) => line.split(" ")))).toEqual([
    "unknown command functions:remove",
    expect.stringContaining("unknown option '--solely'"),
    "too many arguments",
    expect.stringContaining("argument missing"),
    null,
  ]);
});
