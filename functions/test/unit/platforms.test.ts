import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { FUNCTIONS, NODE, PORTAL, ROOT } from "../../tools/cli/paths.ts";

/** Those that README.md names under Requirements. */
const PLATFORMS: readonly { name: string; os: string; cpu: string }[] = [
  { name: "Linux (x64 and arm64)", os: "linux", cpu: "x64" },
  { name: "Linux (x64 and arm64)", os: "linux", cpu: "arm64" },
  { name: "macOS (x64 and arm64)", os: "darwin", cpu: "x64" },
  { name: "macOS (x64 and arm64)", os: "darwin", cpu: "arm64" },
  { name: "Windows (x64)", os: "win32", cpu: "x64" },
];

const listed = z.union([z.string().transform((name) => [name]), z.array(z.string())]).optional();
const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      integrity: z.string().optional(),
      os: listed,
      cpu: listed,
      libc: listed,
      optionalDependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

/** Packages of which npm installs the one for its platform: the optional dependencies of one package. */
const FAMILIES = [NODE, ROOT, FUNCTIONS, PORTAL].flatMap((folder) => {
  const { packages } = lockSchema.parse(JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")));
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) => {
    const members = Object.entries(optionalDependencies).flatMap(([name, wanted]) => {
      const found =
        packages[`${path === "" ? "" : `${path}/`}node_modules/${name}`] ?? packages[`node_modules/${name}`];
      return found ? [{ ...found, wanted }] : [];
    });
    const forPlatforms = members.filter(({ os, cpu }) => os && cpu);
    return forPlatforms.length > 1
      ? [{ name: path === "" ? "Node" : path.replace(/^.*node_modules\//, ""), forPlatforms }]
      : [];
  });
});

test("the lock files contain the packages with binaries that the project needs", () => {
  const names = FAMILIES.map(({ name }) => name);
  expect([...new Set(names)].toSorted()).toEqual(
    expect.arrayContaining([
      "@swc/core",
      "Node",
      "lightningcss",
      "oxlint",
      "oxlint-tsgolint",
      "rolldown",
      "typescript",
    ]),
  );
});

test.each(FAMILIES)("$name has a binary of the locked version for every platform of the README", ({ forPlatforms }) => {
  const missing = PLATFORMS.filter(
    ({ os, cpu }) =>
      !forPlatforms.some(
        (member) =>
          member.os?.includes(os) &&
          member.cpu?.includes(cpu) &&
          (member.libc?.includes("glibc") ?? true) &&
          member.version === member.wanted &&
          member.integrity !== undefined,
      ),
  );
  expect(missing).toEqual([]);
});

test("the README names these platforms", () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  expect(readme).toContain([...new Set(PLATFORMS.map(({ name }) => name))].join(", "));
});

test("Node has one version on all platforms, not below 22.23.1, with which node-fetch 2 works", () => {
  const { optionalDependencies } = z
    .object({ optionalDependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(join(NODE, "package.json"), "utf8")));
  const [version = "", ...others] = new Set(Object.values(optionalDependencies));
  expect(others).toEqual([]);
  const [major, minor = 0, patch = 0] = version.split(".").map(Number);
  expect(major).toBe(22);
  expect(minor * 1000 + patch).toBeGreaterThanOrEqual(23_001);
});

const SCRIPTS = [ROOT, FUNCTIONS, PORTAL].flatMap((folder) => {
  const schema = z.object({ scripts: z.record(z.string(), z.string()) });
  return Object.values(schema.parse(JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))).scripts);
});

test.each(SCRIPTS)("the npm script %j means the same to sh and to cmd.exe", (script) => {
  expect(script).toMatch(/^(node|tsc|vite) [\w ./,:-]+( && node [\w ./-]+)?$/);
});
