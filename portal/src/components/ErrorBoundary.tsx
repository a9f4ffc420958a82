import { Component, type ComponentChildren } from "preact";
import { Trouble } from "./states.tsx";

/** Says that something went wrong where a view cannot be drawn; the rest of the page stays. */
export class Boundary extends Component<{ children: ComponentChildren }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError(): { hasFailed: boolean } {
    return { hasFailed: true };
  }

  override componentDidCatch(error: unknown): void {
    reportError(error);
  }

  override render(): ComponentChildren {
    return this.state.hasFailed ? <Trouble isRefused={false} /> : this.props.children;
  }
}
