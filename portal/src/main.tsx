import { render } from "preact";
import { openAuth } from "./auth.ts";
import { START_TEXT } from "./start-messages.ts";

const root = document.getElementById("app") ?? document.body;

try {
  // Auth checks the sign-in while the rest is loaded, which index.html requests at the same time (vite.config.ts).
  const [auth, { App }] = await Promise.all([openAuth(), import("./App.tsx")]);
  render(<App auth={auth} />, root);
  // The portal works without it, in browsers and private windows that have none.
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/service-worker.js").catch(() => undefined);
} catch {
  render(
    <main role="alert">
      <div class="notice">
        <p class="notice-title">{START_TEXT.cannotStart}</p>
        <button type="button" onClick={() => location.reload()}>
          {START_TEXT.tryAgain}
        </button>
      </div>
    </main>,
    root,
  );
}
