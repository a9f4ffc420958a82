import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";
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
  plugins: [firstLoadBudget(), earlyConnections()],
});

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
      const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
      const files = new Set(
        chunks.filter(({ isEntry, name }) => isEntry && name === "index").map(({ fileName }) => fileName),
      );
      let bytes = 0;
      for (const name of files) {
        const file = bundle[name];
        if (file?.type !== "chunk") continue;
        bytes += gzipSync(file.code).length;
        for (const imported of file.imports) files.add(imported);
      }
      const result = `The first load takes ${Math.round(bytes / 1000)} kB of JavaScript (gzip), of ${MAX_GZIP_BYTES / 1000} kB.`;
      if (bytes > MAX_GZIP_BYTES) this.error(result);
      this.info(result);
    },
  };
}
