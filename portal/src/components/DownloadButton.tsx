import { useEffect, useRef, useState } from "preact/hooks";
import { type Download, RefusedDownload } from "../api.ts";
import { TEXT } from "../messages.ts";

interface DownloadButtonProps {
  download: (signal: AbortSignal) => Promise<Download>;
  /** Default: TEXT.download. */
  name?: string;
}

/** Saves the file that `download` requests. */
export function DownloadButton({ download, name: label = TEXT.download }: DownloadButtonProps) {
  const [state, setState] = useState<"idle" | "busy" | { error: string }>("idle");
  const abort = useRef(new AbortController());
  // Signing out cancels a download, so the next user does not receive it.
  useEffect(() => () => abort.current.abort(), []);
  const save = async (): Promise<void> => {
    setState("busy");
    try {
      const { name, file } = await download(abort.current.signal);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(file);
      link.download = name;
      link.click();
      URL.revokeObjectURL(link.href);
      setState("idle");
    } catch (error) {
      setState({ error: error instanceof RefusedDownload ? error.message : TEXT.downloadFailed });
    }
  };
  return (
    <div class="download">
      {typeof state === "object" ? <span role="alert">{state.error}</span> : null}
      <button type="button" disabled={state === "busy"} onClick={() => void save()}>
        {state === "busy" ? TEXT.downloading : label}
      </button>
    </div>
  );
}
