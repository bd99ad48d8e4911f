import { joinRoom } from '@grapevine/room';
import type { JoinOptions, Room } from '@grapevine/room';

export type RoomState =
  | { at: 'opening' }
  | { at: 'open'; room: Room }
  | { at: 'failed'; error: unknown };

/**
 * The one open room of this page. Opening another leaves the one before; of several asked for in quick succession the last one
 * wins. A link that fails leaves no room open: never another one than was asked for.
 */
export class RoomSwitcher {
  readonly #options: JoinOptions;
  readonly #onState: (state: RoomState) => void;
  #room: Room | undefined;
  #abort = new AbortController();
  /** Openings and leavings follow each other, they never overlap. */
  #queue: Promise<void> = Promise.resolve();

  constructor(options: JoinOptions, onState: (state: RoomState) => void) {
    this.#options = options;
    this.#onState = onState;
  }

  /** @param link a room link or its fragment; undefined for a new room. Never rejects: failing is a state. */
  async open(link: string | undefined): Promise<void> {
    this.#abort.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.#onState({ at: 'opening' });
    const turn = this.#queue.then(() => this.#switch(link, abort.signal));
    this.#queue = turn;
    await turn;
  }

  async #switch(link: string | undefined, signal: AbortSignal): Promise<void> {
    const before = this.#room;
    this.#room = undefined;
    try {
      await before?.leave();
      if (signal.aborted) return;
      const room = await joinRoom(link, { ...this.#options, signal });
      this.#room = room;
      // Asked for another one meanwhile: the next turn leaves this one.
      if (!signal.aborted) this.#onState({ at: 'open', room });
    } catch (error) {
      if (!signal.aborted) this.#onState({ at: 'failed', error });
    }
  }
}
