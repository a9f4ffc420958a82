import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { FUNCTIONS, ROOT } from "../../tools/cli/paths.ts";
import { newFranchisee, transactionsPath } from "../support/api.ts";

/** Runs `npm run local -- sign` in the project's root, as a sender does. */
function sign(...args: string[]) {
  const script = ["--disable-warning=ExperimentalWarning", join(FUNCTIONS, "tools/local/main.ts"), "sign", ...args];
  return spawnSync(process.execPath, script, { cwd: ROOT, encoding: "utf8", env: { ...process.env, INIT_CWD: ROOT } });
}

test("the command that npm run local -- sign prints can be run for POST and GET", () => {
  const path = transactionsPath(newFranchisee());
  for (const args of [
    ["POST", path, "functions/tools/local/sample-golden-record.json"],
    ["GET", `${path}?limit=1&from=2025-11-01T00:00:00Z`],
  ]) {
    const { stdout } = sign(...args);
    const result = spawnSync("bash", ["-c", stdout], { cwd: ROOT, encoding: "utf8" });
    expect(JSON.parse(result.stdout)).toMatchObject({ success: true });
  }
});

test.each([[[]], [["PUT", "/api/x"]], [["GET", "/health"]], [["POST", "/api/verify", "nowhere.json"]]])(
  "%j is refused in one line",
  (args) => {
    const { status, stderr, stdout } = sign(...args);
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(
      /^\n(Missing required argument 'method'|.* Allowed choices are GET, POST|The path must start with |The file .* does not exist)/,
    );
  },
);
