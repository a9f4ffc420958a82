import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";
import { projectSettings } from "../functions/tools/cli/project-settings.ts";

/** What the first load may take over the wire, in JavaScript. */
const MAX_GZIP_BYTES = 250_000;

const project = process.env["GCLOUD_PROJECT"] ?? "";

/** Of the functions' settings, those that the page shows times and old documents by. */
const { REPORTING_TIME_ZONE, DEFAULT_CURRENCY } = projectSettings(project);

export default defineConfig({
  define: {
    // The emulators take a project of such a name for one that does not exist.
    PORTAL_IS_LOCAL: String(project.startsWith("demo-")),
    PORTAL_TIME_ZONE: JSON.stringify(REPORTING_TIME_ZONE),
    PORTAL_DEFAULT_CURRENCY: JSON.stringify(DEFAULT_CURRENCY),
  },
  build: {
    target: "es2023",
    // An inline script or a data: URL would need a hole in the Content-Security-Policy.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  plugins: [firstLoadBudget()],
});

/** Prints what the first load takes, and fails the build where that is too much. */
function firstLoadBudget(): Plugin {
  return {
    name: "first-load-budget",
    generateBundle(_options, bundle) {
      const files = new Set(Object.values(bundle).flatMap((file) => (isEntry(file) ? [file.fileName] : [])));
      for (const name of files) {
        const file = bundle[name];
        if (file?.type === "chunk") for (const imported of file.imports) files.add(imported);
      }
      let bytes = 0;
      for (const name of files) {
        const file = bundle[name];
        if (file?.type === "chunk") bytes += gzipSync(file.code).length;
      }
      const told = `The first load takes ${Math.round(bytes / 1000)} kB of JavaScript (gzip), of ${MAX_GZIP_BYTES / 1000} kB.`;
      if (bytes > MAX_GZIP_BYTES) this.error(told);
      this.info(told);
    },
  };
}

function isEntry(file: { type: string; isEntry?: boolean }): boolean {
  return file.type === "chunk" && file.isEntry === true;
}
