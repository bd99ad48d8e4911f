/** Milliseconds a download may take to start before its address is given back. A guess, generous. */
const graceMs = 60_000;

/** Hands a file to the browser to save. */
export function download(name: string, parts: BlobPart[], type: string): void {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, graceMs);
}
