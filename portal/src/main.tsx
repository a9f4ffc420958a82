import { render } from "preact";
import { App } from "./App.tsx";
import { connect } from "./firebase.ts";
import { Notice } from "./parts.tsx";
import { TEXT } from "./texts.ts";

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
