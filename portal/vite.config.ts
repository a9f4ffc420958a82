import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin, type Rolldown } from "vite";
import { projectSettings } from "../functions/tools/cli/project-settings.ts";

const project = process.env["GCLOUD_PROJECT"] ?? "";
/** Firebase reserves the prefix demo- for projects that do not exist. */
const isLocal = project.startsWith("demo-");

/** The maximum size of the first load's JavaScript over the wire. The local environment adds its emulators. */
const MAX_GZIP_BYTES = isLocal ? 154_000 : 150_000;

/** The functions' settings that the page uses for times and legacy documents. */
const { REPORTING_TIME_ZONE, DEFAULT_CURRENCY } = projectSettings(project);

export default defineConfig({
  define: {
    PORTAL_IS_LOCAL: String(isLocal),
    PORTAL_TIME_ZONE: JSON.stringify(REPORTING_TIME_ZONE),
    PORTAL_DEFAULT_CURRENCY: JSON.stringify(DEFAULT_CURRENCY),
  },
  build: {
    target: "es2023",
    // The Content-Security-Policy blocks inline scripts and data: URLs.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      input: { index: "index.html", 404: "404.html", "service-worker": "src/service-worker.ts" },
      // Browsers look for a changed worker at the address that they know.
      output: { entryFileNames: ({ name }) => (name === "service-worker" ? "[name].js" : "assets/[name]-[hash].js") },
    },
  },
  plugins: [firstLoadBudget(), parallelFirstLoad(), earlyConnections()],
});

/** The entry, which signs in, or the page, which it imports. Both are needed at first. */
type FirstChunk = "index" | "App";

/** The chunk and what it imports. */
function filesOf(bundle: Rolldown.OutputBundle, name: FirstChunk): Map<string, Rolldown.OutputChunk> {
  const files = new Map<string, Rolldown.OutputChunk>();
  const add = (fileName: string): void => {
    const file = bundle[fileName];
    if (file?.type !== "chunk" || files.has(fileName)) return;
    files.set(fileName, file);
    for (const imported of file.imports) add(imported);
  };
  for (const [fileName, file] of Object.entries(bundle)) if (file.name === name) add(fileName);
  return files;
}

/** Requests the page at the same time as the entry, so that it is loaded while the sign-in is checked. */
function parallelFirstLoad(): Plugin {
  return {
    name: "parallel-first-load",
    transformIndexHtml(_html, { filename, bundle = {} }) {
      if (!filename.endsWith("/index.html")) return [];
      const entry = filesOf(bundle, "index");
      return [...filesOf(bundle, "App").keys()]
        .filter((fileName) => !entry.has(fileName))
        .map((fileName) => ({
          tag: "link",
          attrs: { rel: "modulepreload", href: `/${fileName}`, fetchpriority: "low", crossorigin: true },
          injectTo: "head",
        }));
    },
  };
}

/** What the page needs after its JavaScript, requested at the same time. The local environment has none of these. */
function earlyConnections(): Plugin {
  return {
    name: "early-connections",
    transformIndexHtml() {
      if (isLocal) return [];
      const services = ["identitytoolkit", "securetoken", "firestore"];
      return [
        { tag: "link", attrs: { rel: "preload", href: "/__/firebase/init.json", as: "fetch", crossorigin: true } },
        ...services.map((service) => {
          return {
            tag: "link",
            attrs: { rel: "preconnect", href: `https://${service}.googleapis.com`, crossorigin: true },
          };
        }),
      ];
    },
  };
}

/** Prints the size of the first load, and fails the build above the maximum. */
function firstLoadBudget(): Plugin {
  return {
    name: "first-load-budget",
    generateBundle(_options, bundle) {
      const files = new Map([...filesOf(bundle, "index"), ...filesOf(bundle, "App")]);
      const bytes = [...files.values()].reduce((sum, { code }) => sum + gzipSync(code).length, 0);
      const result = `The first load takes ${Math.round(bytes / 1000)} kB of JavaScript (gzip), of ${MAX_GZIP_BYTES / 1000} kB.`;
      if (bytes > MAX_GZIP_BYTES) this.error(result);
      this.info(result);
    },
  };
}
