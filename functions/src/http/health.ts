import type { Route } from "./router.ts";

/** GET whether this service answers. It says nothing about Firestore, so that a database outage restarts no instance. */
export const healthRoute: Route = {
  method: "GET",
  path: /^\/api\/(health)?$/,
  access: "anyone",
  handle: ({ receivedAt }) => ({ status: "healthy", timestamp: receivedAt.toISOString() }),
};
