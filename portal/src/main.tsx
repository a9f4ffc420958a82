import { render } from "preact";
import { App } from "./App.tsx";
import { Notice } from "./components/states.tsx";
import { openAuth } from "./firestore/firebase.ts";
import { TEXT } from "./messages.ts";

const root = document.getElementById("app") ?? document.body;

try {
  render(<App auth={await openAuth()} />, root);
  // The portal works without it, in browsers and private windows that have none.
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/service-worker.js").catch(() => undefined);
} catch {
  render(
    <main role="alert">
      <Notice title={TEXT.cannotStart}>
        <button type="button" onClick={() => location.reload()}>
          {TEXT.tryAgain}
        </button>
      </Notice>
    </main>,
    root,
  );
}
