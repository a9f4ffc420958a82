import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { readDeployed } from "../../ops/deployed.ts";
import { setUpCommands } from "../../tools/deployment/set-up.ts";
import { temporaryFolders } from "../support/folder.ts";

const newFolder = temporaryFolders();

/**
 * A gcloud that records its arguments, remembers accounts and bindings, and does not know an account in its first
 * `unknown` grants of a run, as Google after a creation.
 */
const GCLOUD = `#!/usr/bin/env bash
cd "$STATE"
echo "$*" >> calls
case "$*" in
  "iam service-accounts describe "*) [ -e "accounts/$4" ] ;;
  "iam service-accounts create "*) touch "accounts/$4@some-project.iam.gserviceaccount.com" ;;
  *add-iam-policy-binding*)
    [[ "$*" =~ --member\\ ([^ ]+) ]] && member="\${BASH_REMATCH[1]}"
    echo try >> "run/$member"
    if [ "$(wc -l < "run/$member")" -le "$UNKNOWN" ]; then echo "$member does not exist." >&2; exit 1; fi
    echo "$*" >> granted ;;
  "projects describe "*) echo 123 ;;
  "billing projects describe "*) echo billingAccounts/0X0X0X-0X0X0X-0X0X0X ;;
  "billing budgets list "*) if [ -e budget ]; then cat budget; fi ;;
  "billing budgets create "*) echo billingAccounts/0X0X0X-0X0X0X-0X0X0X/budgets/1 > budget ;;
esac
`;

const script = setUpCommands(readDeployed(), "some-project").join("\n");

class Project {
  readonly #folder = newFolder();

  constructor() {
    mkdirSync(join(this.#folder, "bin"));
    mkdirSync(join(this.#folder, "accounts"));
    writeFileSync(join(this.#folder, "bin/gcloud"), GCLOUD, { mode: 0o755 });
    for (const name of ["curl", "sleep"]) {
      const lines = `#!/usr/bin/env bash\necho "${name} $*" >> "$STATE/calls"\n`;
      writeFileSync(join(this.#folder, "bin", name), lines, { mode: 0o755 });
    }
  }

  /** Runs the script, as `… | bash` does. */
  run(unknown: number) {
    for (const name of ["calls", "granted", "run"]) rmSync(join(this.#folder, name), { recursive: true, force: true });
    mkdirSync(join(this.#folder, "run"));
    const path = [join(this.#folder, "bin"), process.env["PATH"]].join(delimiter);
    const { status, stdout, stderr } = spawnSync("bash", [], {
      input: script,
      env: { ...process.env, PATH: path, STATE: this.#folder, UNKNOWN: String(unknown) },
      encoding: "utf8",
    });
    return { status, stdout, stderr, calls: this.#lines("calls"), granted: this.#lines("granted") };
  }

  #lines(name: string): string[] {
    const file = join(this.#folder, name);
    return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
  }
}

/** Each line that grants something, with the project's number. */
const GRANTS = script
  .split("\n")
  .filter((line) => line.startsWith("retry "))
  .map((line) => line.replace("retry gcloud ", "").replaceAll('"', "").replaceAll("$number", "123"));

const creates = (calls: readonly string[]): string[] => calls.filter((call) => call.includes("accounts create "));

test("the script is valid bash", () => {
  const { status, stderr } = spawnSync("bash", ["-n"], { input: script, encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
});

test("it completes although new accounts are unknown in their first three grants, and again", () => {
  const project = new Project();
  const first = project.run(3);
  expect([first.status, first.granted]).toEqual([0, GRANTS]);
  // One per function, and the one that deploys: all before the first grant.
  expect(creates(first.calls)).toHaveLength(Object.keys(readDeployed().functions).length + 1);
  const firstGrant = first.calls.findIndex((call) => call.includes("add-iam-policy-binding"));
  expect(creates(first.calls.slice(firstGrant))).toEqual([]);
  expect(first.calls.filter((call) => call.startsWith("curl"))).toEqual([
    expect.stringMatching(/^curl .*disabledUserSignup/),
  ]);
  expect(first.calls.at(-1)).toBe(
    "billing budgets create --billing-account billingAccounts/0X0X0X-0X0X0X-0X0X0X --billing-project some-project " +
      "--display-name Portal some-project --filter-projects projects/some-project --budget-amount 50 " +
      "--threshold-rule percent=0.5 --threshold-rule percent=1 --threshold-rule percent=1,basis=forecasted-spend",
  );

  const second = project.run(3);
  expect([second.status, second.granted, creates(second.calls)]).toEqual([0, GRANTS, []]);
  expect(second.calls.filter((call) => call.startsWith("billing budgets create"))).toEqual([]);
  const third = project.run(0);
  expect([third.status, third.granted, third.stderr]).toEqual([0, GRANTS, ""]);
  expect(third.calls.filter((call) => call.startsWith("sleep"))).toEqual([]);
});

test("a grant that keeps failing ends it after twelve tries, each with its reason", () => {
  const { status, stderr, calls, granted } = new Project().run(100);
  expect([status, granted]).toEqual([1, []]);
  expect(calls.filter((call) => call.includes("add-iam-policy-binding"))).toHaveLength(12);
  expect(stderr.match(/does not exist\./g)).toHaveLength(12);
  expect(calls.filter((call) => call === "sleep 10")).toHaveLength(11);
});
