/** Shorter runs are over before anybody wonders. */
const afterMs = 1500;
const everyMs = 200;
const barWidth = 30;
/** Of a terminal that does not say. */
const usualColumns = 80;

/** How far it is, 0 to 1, and with what. */
export interface Stand {
  share: number;
  what: string;
}

/** Where a bar is shown: stderr, or what is like it. */
export interface BarStream {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/** A bar on stderr for those who wait; only on a terminal, and only where it takes a while. */
export class ProgressBar {
  readonly #stream: BarStream;
  readonly #startedAt = Date.now();
  #shownAt = 0;

  constructor(stream: BarStream = process.stderr) {
    this.#stream = stream;
  }

  show({ share, what }: Stand): void {
    const now = Date.now();
    const { columns = 0, isTTY } = this.#stream;
    if (isTTY !== true || now - this.#startedAt < afterMs || now - this.#shownAt < everyMs) return;
    this.#shownAt = now;
    const full = Math.round(Math.min(1, Math.max(0, share)) * barWidth);
    const bar = '█'.repeat(full) + '░'.repeat(barWidth - full);
    const seconds = Math.round((now - this.#startedAt) / 1000);
    const line = `${bar} ${Math.floor(share * 100)} %  ${what}  ${seconds} s`;
    const room = columns > 0 ? columns : usualColumns;
    this.#stream.write(`\r\u001b[2K${line.slice(0, room - 1)}`);
  }

  /** Shows how far it is again and again, though nothing is told of. @returns ends that, and clears */
  follow(stand: () => Stand): () => void {
    const timer = setInterval(() => this.show(stand()), everyMs);
    return () => {
      clearInterval(timer);
      this.clear();
    };
  }

  clear(): void {
    if (this.#shownAt > 0) this.#stream.write('\r\u001b[2K');
    this.#shownAt = 0;
  }
}
