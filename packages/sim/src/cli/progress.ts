/** Shorter runs are over before anybody wonders. */
const afterMs = 1500;
const everyMs = 200;
const barWidth = 30;

/** A bar on stderr for those who wait; only on a terminal, and only where it takes a while. */
export class ProgressBar {
  readonly #stream: NodeJS.WriteStream;
  readonly #startedAt = Date.now();
  #shownAt = 0;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
  }

  /** @param share done, 0 to 1 */
  show(share: number, what: string): void {
    const now = Date.now();
    const { columns, isTTY } = this.#stream;
    if (!isTTY || now - this.#startedAt < afterMs || now - this.#shownAt < everyMs) return;
    this.#shownAt = now;
    const full = Math.round(Math.min(1, Math.max(0, share)) * barWidth);
    const bar = '█'.repeat(full) + '░'.repeat(barWidth - full);
    const seconds = Math.round((now - this.#startedAt) / 1000);
    const line = `${bar} ${Math.floor(share * 100)} %  ${what}  ${seconds} s`;
    this.#stream.write(`\r\u001b[2K${line.slice(0, (columns ?? 80) - 1)}`);
  }

  clear(): void {
    if (this.#shownAt > 0) this.#stream.write('\r\u001b[2K');
    this.#shownAt = 0;
  }
}
