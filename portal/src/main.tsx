import { render } from "preact";
import { App } from "./App.tsx";
import { connect } from "./firestore/firebase.ts";
import { Notice } from "./components/states.tsx";
import { TEXT } from "./messages.ts";

const root = document.getElementById("app") ?? document.body;

try {
  render(<App auth={await connect()} />, root);
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
