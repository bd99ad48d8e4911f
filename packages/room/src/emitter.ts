import type { RoomEvents } from './types.ts';

/**
 * Room events. Each is delivered at most once a task, however often it happened: listeners re-read state, so one call is as good as many, and a burst of
 * gossip does not become a burst of rendering.
 */
export class RoomEmitter {
  readonly #listeners = new Map<keyof RoomEvents, Set<() => void>>();
  readonly #due = new Set<keyof RoomEvents>();

  on(event: keyof RoomEvents, listener: () => void): void {
    const listeners = this.#listeners.get(event) ?? new Set();
    listeners.add(listener);
    this.#listeners.set(event, listeners);
  }

  off(event: keyof RoomEvents, listener: () => void): void {
    this.#listeners.get(event)?.delete(listener);
  }

  emit(event: keyof RoomEvents): void {
    if (this.#due.size === 0) queueMicrotask(() => this.#deliver());
    this.#due.add(event);
  }

  #deliver(): void {
    const due = [...this.#due];
    this.#due.clear();
    for (const event of due) {
      for (const listener of [...(this.#listeners.get(event) ?? [])]) {
        try {
          listener();
        } catch (error) {
          // A listener's bug is its own: it must reach its author without stopping the others.
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    }
  }
}
