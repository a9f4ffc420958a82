import { Component, type ComponentChildren } from "preact";
import { ErrorNotice } from "./states.tsx";

/** Confines an error to its view. */
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
