import { useEffect, useRef, useState } from "preact/hooks";
import type { Download } from "../api.ts";
import { TEXT } from "../messages.ts";

/** Saves the file that `download` requests. */
export function DownloadButton({ download }: { download: (signal: AbortSignal) => Promise<Download> }) {
  const [state, setState] = useState<"idle" | "busy" | "failed">("idle");
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
    } catch {
      setState("failed");
    }
  };
  return (
    <div class="download">
      {state === "failed" ? <span role="alert">{TEXT.downloadFailed}</span> : null}
      <button type="button" disabled={state === "busy"} onClick={() => void save()}>
        {state === "busy" ? TEXT.downloading : TEXT.download}
      </button>
    </div>
  );
}
