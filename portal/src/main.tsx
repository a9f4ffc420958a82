import { render } from "preact";
import { App } from "./App.tsx";
import { Notice } from "./components/states.tsx";
import { openAuth } from "./firestore/firebase.ts";
import { TEXT } from "./messages.ts";

const root = document.getElementById("app") ?? document.body;

try {
  render(<App auth={await openAuth()} />, root);
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
