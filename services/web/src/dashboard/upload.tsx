import { useRef, useState } from "preact/hooks";
import { Icon } from "../icons";
import { FateChip, FateReason } from "./fate";
import { bytes } from "./format";
import { Link } from "./router";
import type { UploadItem, UploadQueue } from "./upload-queue";

export function UploadPage({ queue }: { queue: UploadQueue }) {
  return (
    <>
      <div class="heading">
        <h1>Upload</h1>
      </div>
      <DropZone onFiles={(files) => queue.add(files)} />
      {queue.items.length > 0 && (
        <ul class="uploads" aria-label="Files">
          {queue.items.map((item) => (
            <Upload key={item.id} item={item} onRetry={() => queue.retry(item.id)} />
          ))}
        </ul>
      )}
      <p class="faint upload-note">
        Every file's fate stays in the <Link href="/dashboard/ledger">ledger</Link>; you may leave this page while files are
        being worked on.
      </p>
    </>
  );
}

function DropZone({ onFiles }: { onFiles: (files: Iterable<File>) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);

  function drop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    onFiles(Array.from(event.dataTransfer?.files ?? []));
  }

  function choose() {
    if (!input.current) return;
    onFiles(Array.from(input.current.files ?? []));
    input.current.value = ""; // so that the same file can be chosen again
  }

  return (
    <div
      class={over ? "drop over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Icon name="upload" />
      <p>
        <strong>Drop files here</strong> or choose them
      </p>
      <p class="faint">Call recordings, Amazon Transcribe output, Lex conversation logs</p>
      <button type="button" class="button" onClick={() => input.current?.click()}>
        Choose files
      </button>
      <input ref={input} type="file" multiple class="visually-hidden" tabIndex={-1} aria-label="Files to upload" onChange={choose} />
    </div>
  );
}

function Upload({ item, onRetry }: { item: UploadItem; onRetry: () => void }) {
  return (
    <li class="panel upload">
      <div class="upload-head">
        <Icon name="file" />
        <span class="upload-name">{item.name}</span>
        <span class="faint">{bytes(item.size)}</span>
      </div>
      {item.stage === "queued" && <p class="faint">Waiting for its turn</p>}
      {item.stage === "sending" && (
        <div class="upload-progress">
          <progress value={item.progress} max={1} aria-label={`Sending ${item.name}`} />
          <span class="number">{Math.round(100 * item.progress)}%</span>
        </div>
      )}
      {item.stage === "failed" && (
        <div class="upload-fate" role="alert">
          <span class="fate failed">Not sent</span>
          <span>{item.trouble}</span>
          <button type="button" class="button quiet small" onClick={onRetry}>
            Try again
          </button>
        </div>
      )}
      {item.entries.map((entry) => (
        <div key={entry.entry_id} class="upload-fate" aria-live="polite">
          <FateChip entry={entry} />
          <FateReason entry={entry} />
        </div>
      ))}
    </li>
  );
}
