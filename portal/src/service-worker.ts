/**
 * Shows a page of its own when the portal cannot be reached, instead of the browser's error page. It stores nothing, so
 * it can never serve an earlier version of the portal (docs/decisions/0030-offline.md).
 */
import style from "./styles/message-page.css?inline";

/** What is used of a worker's scope, whose types exclude those of a page. */
interface WorkerScope {
  readonly registration: ServiceWorkerRegistration;
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: LifetimeEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: RequestEvent) => void): void;
}

interface LifetimeEvent {
  waitUntil(work: Promise<unknown>): void;
}

interface RequestEvent {
  readonly request: Request;
  readonly preloadResponse: Promise<Response | undefined>;
  respondWith(response: Promise<Response>): void;
}

declare const self: WorkerScope;

self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()));

// The request starts while the worker does.
self.addEventListener("activate", (event) => event.waitUntil(self.registration.navigationPreload.enable()));

self.addEventListener("fetch", (event) => {
  const { mode, url } = event.request;
  if (mode === "navigate" && new URL(url).pathname === "/") event.respondWith(openPortal(event));
});

async function openPortal({ request, preloadResponse }: RequestEvent): Promise<Response> {
  try {
    return (await preloadResponse) ?? (await fetch(request));
  } catch {
    return offlinePage();
  }
}

function offlinePage(): Response {
  const nonce = crypto.randomUUID();
  const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>You’re offline · Payments</title>
    <style nonce="${nonce}">${style}</style>
  </head>
  <body>
    <main>
      <h1>You’re offline</h1>
      <p>This page needs a connection. It opens when you reconnect.</p>
      <button type="button">Try again</button>
    </main>
    <script nonce="${nonce}">
      const reload = () => location.reload();
      addEventListener("online", reload);
      document.querySelector("button").addEventListener("click", reload);
    </script>
  </body>
</html>`;
  const policy = `default-src 'none'; img-src 'self'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
  return new Response(page, {
    // Not 200, so that nothing takes it for the portal.
    status: 503,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": policy,
      "Cache-Control": "no-store",
    },
  });
}
