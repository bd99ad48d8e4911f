/** How often something was refused, by code. The only thing the server remembers about refusals. */
import { refusalCodes, type RefusalCode } from './refusal.ts';

export class Counters {
  readonly #refused = new Map<RefusalCode, number>(refusalCodes.map((code) => [code, 0]));

  refused(code: RefusalCode): void {
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
  }

  /** The keys are codes of ours, never words from the wire. */
  toJSON(): Record<string, number> {
    return Object.fromEntries(this.#refused);
  }
}
