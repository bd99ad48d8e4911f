import type { Room, RoomEvents } from '@grapevine/room';
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { nextFrame } from './frame.ts';

/** An element that shows a room. */
export interface RoomHost extends ReactiveControllerHost {
  room: Room | undefined;
}

/**
 * Keeps an element in step with its room: listens to the given events while the element is connected, follows a change of
 * the `room` property, and turns any burst of events into one update a frame.
 */
export class RoomController implements ReactiveController {
  readonly #host: RoomHost;
  readonly #events: readonly (keyof RoomEvents)[];
  readonly #onChange: (() => void) | undefined;
  readonly #listener = (): void => {
    this.#cancel ??= nextFrame(this.#flush);
  };
  #room: Room | undefined;
  #cancel: (() => void) | undefined;
  #connected = false;

  /** @param onChange called before the update, also when a room has just been given */
  constructor(host: RoomHost, events: readonly (keyof RoomEvents)[], onChange?: () => void) {
    this.#host = host;
    this.#events = events;
    this.#onChange = onChange;
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

  readonly #flush = (): void => {
    this.#cancel = undefined;
    if (this.#room === undefined) return;
    this.#onChange?.();
    this.#host.requestUpdate();
  };

  #follow(room: Room | undefined): void {
    if (room === this.#room) return;
    for (const event of this.#events) this.#room?.off(event, this.#listener);
    this.#room = room;
    for (const event of this.#events) room?.on(event, this.#listener);
    if (room === undefined) {
      this.#cancel?.();
      this.#cancel = undefined;
    } else {
      this.#listener();
    }
  }
}
