import { createServer } from "node:net";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { FUNCTIONS } from "../../tools/cli/paths.ts";
import { freePort } from "../../tools/cli/ports.ts";
import { requireLocalEnvironment } from "../../ops/command.ts";
import { runOperator } from "../support/operate.ts";

test("a project without settings is named, before anything is read", async () => {
  expect(await runOperator(["close", "verify", "--project", "no-settings"])).toEqual({
    code: 1,
    output: "The project no-settings has no settings: functions/.env.no-settings does not exist (docs/deployment.md).",
  });
});

test("a local environment that is not running is reported", async () => {
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  await expect(requireLocalEnvironment(address)).rejects.toThrow(
    "The local environment is not running. Start it with npm start.",
  );
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  await expect(requireLocalEnvironment(address)).resolves.toBeUndefined();
  server.close();
});

test("npm run drill -- --help shows help, and an unknown option is refused", () => {
  const drill = (option: string) =>
    spawnSync(process.execPath, [join(FUNCTIONS, "tools/drill/main.ts"), option], { encoding: "utf8" });
  expect(drill("--help").stdout).toContain("Usage: npm run drill --");
  expect([drill("--quick").status, drill("--quick").stderr]).toEqual([1, expect.stringContaining("Unknown option")]);
});
