// Bundles src/ and the packages that it needs into lib/, for the cold start (docs/decisions/0024-bundle.md).
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const functions = dirname(dirname(fileURLToPath(import.meta.url)));

const { output } = await build({
  cwd: functions,
  input: "src/index.ts",
  platform: "node",
  // They find files, and each other, by their paths at run time.
  external: [/^google-gax($|\/)/, /^@grpc\//, /^protobufjs($|\/)/],
  preserveEntrySignatures: "allow-extension",
  treeshake: {
    // firebase-functions imports both for callable functions, of which there are none.
    moduleSideEffects: [
      { test: /[\\/]firebase-admin[\\/]lib[\\/](esm[\\/])?(auth|app-check)[\\/]/, sideEffects: false },
    ],
  },
  onLog: (level, { message }) => {
    if (level === "warn") throw new Error(message);
  },
  output: {
    dir: "lib",
    cleanDir: true,
    chunkFileNames: "[name].js",
    // A fifth of what Node would have to read.
    comments: false,
    codeSplitting: {
      groups: [
        // What every function loads is apart from what one loads on demand.
        { name: "packages", test: /[\\/]node_modules[\\/]/, entriesAware: true, priority: 1 },
        // A file for each file of src/, so that stacks name it.
        {
          debugName: "src",
          test: (id) => !sourcePath(id).startsWith("../"),
          name: (id) => sourcePath(id).replace(/\.ts$/, ""),
          includeDependenciesRecursively: false,
        },
      ],
    },
  },
});

for (const file of output) {
  if (file.type === "chunk" && /\b__(dir|file)name\b/.test(file.code)) {
    throw new Error(
      `${file.fileName} refers to its own path, which a bundle does not keep: make its package external.`,
    );
  }
}

/** @param {string} id */
function sourcePath(id) {
  return relative(join(functions, "src"), id).replaceAll(sep, "/");
}
