import { Component, type ComponentChildren } from "preact";
import { ErrorNotice } from "./states.tsx";

/** Contains an error in a view; the rest of the page stays. */
export class ErrorBoundary extends Component<{ children: ComponentChildren }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError(): { hasFailed: boolean } {
    return { hasFailed: true };
  }

  override componentDidCatch(error: unknown): void {
    reportError(error);
  }

  override render(): ComponentChildren {
    return this.state.hasFailed ? <ErrorNotice isDenied={false} /> : this.props.children;
  }
}
