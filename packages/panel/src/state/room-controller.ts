import type { Room, RoomEvents } from '@grapevine/room';
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { frameCost, nextFrame } from './frame.ts';
import { Pace } from './pace.ts';

/** An element that shows a room. */
export interface RoomHost extends ReactiveControllerHost {
  room: Room | undefined;
}

interface RoomControllerOptions {
  /** What of the room the element draws: where it is the same as before, nothing is done. Without it every event counts. */
  shows?: (room: Room) => string | number;
  /** Takes the place of an update of the element, also when a room has just been given. */
  onChange?: () => void;
}

/**
 * Milliseconds between two updates at least, while events pour in. A guess: more than five changes a second nobody reads. (A frame in which
 * something is drawn costs a page and what draws for it 3 to 8 ms, an update that comes by gossip 2 ms: measured, Chromium on two cores.)
 */
const spacingMs = 200;

/**
 * Keeps an element in step with its room: listens to the given events while the element is connected, follows a change of
 * the `room` property, and turns any burst of events into few updates, each before a frame.
 */
export class RoomController implements ReactiveController {
  readonly #host: RoomHost;
  readonly #events: readonly (keyof RoomEvents)[];
  readonly #options: RoomControllerOptions;
  readonly #listener = (): void => {
    if (this.#cancel !== undefined) return;
    const rest = this.#pace.rest();
    if (rest > 0) {
      const timer = setTimeout(this.#look, rest);
      this.#cancel = () => {
        clearTimeout(timer);
      };
    } else {
      this.#look();
    }
  };
  #room: Room | undefined;
  #shown: string | number | undefined;
  #pace = new Pace(spacingMs);
  #cancel: (() => void) | undefined;
  #connected = false;

  constructor(
    host: RoomHost,
    events: readonly (keyof RoomEvents)[],
    options: RoomControllerOptions = {},
  ) {
    this.#host = host;
    this.#events = events;
    this.#options = options;
    host.addController(this);
  }

  hostConnected(): void {
    this.#connected = true;
    this.#follow(this.#host.room);
  }

  hostUpdate(): void {
    if (this.#connected && this.#host.room !== this.#room) this.#follow(this.#host.room);
  }

  hostDisconnected(): void {
    this.#connected = false;
    this.#follow(undefined);
  }

  readonly #look = (): void => {
    this.#cancel = undefined;
    if (this.#room === undefined) return;
    const shown = this.#options.shows?.(this.#room);
    if (shown !== undefined && shown === this.#shown) return;
    this.#cancel = nextFrame(this.#flush);
  };

  readonly #flush = (): void => {
    this.#cancel = undefined;
    if (this.#room === undefined) return;
    const pace = this.#pace;
    pace.done();
    frameCost((ms) => {
      pace.took(ms);
    });
    const { shows, onChange } = this.#options;
    this.#shown = shows?.(this.#room);
    if (onChange === undefined) this.#host.requestUpdate();
    else onChange();
  };

  #follow(room: Room | undefined): void {
    if (room === this.#room) return;
    for (const event of this.#events) this.#room?.off(event, this.#listener);
    this.#cancel?.();
    this.#cancel = undefined;
    this.#shown = undefined;
    this.#pace = new Pace(spacingMs);
    this.#room = room;
    for (const event of this.#events) room?.on(event, this.#listener);
    if (room !== undefined) this.#listener();
  }
}
