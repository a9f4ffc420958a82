import { type App, type AppOptions, getApps, initializeApp } from "firebase-admin/app";

/** Created on first use. Each service has its own app, since their projects may differ. */
export function namedApp(name: "authentication" | "database" | "tasks", options: AppOptions): App {
  return getApps().find((app) => app.name === name) ?? initializeApp(options, name);
}
