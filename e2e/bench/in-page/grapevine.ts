import type { Room } from '@grapevine/room';
import { Driver, type Counters } from './driver.ts';

/** Drives the room the app promises at `globalThis.grapevine`, from the moment the app sets it. */
class GrapevineDriver extends Driver {
  #room: Room | undefined;
  #opened: ((room: Room) => void) | undefined;
  readonly #shown = new Set<string>();

  get room(): Room | undefined {
    return this.#room;
  }

  set room(room: Room | undefined) {
    this.#room = room;
    if (room === undefined) return;
    room.on('members', () => {
      this.#look(room);
    });
    void this.#watch(room);
    this.#opened?.(room);
  }

  override ids(): string[] {
    return this.#room === undefined ? [] : [this.#room.self.id];
  }

  override isSettled(members: number): boolean {
    const status = this.#room?.status();
    return status?.state === 'in-sync' && status.members === members;
  }

  override describe(): string {
    const status = this.#room?.status();
    const problems = status?.problems.map(({ code }) => code).join(' ');
    return `${status?.state}, ${status?.members} members, ${this.#room?.stats().links} links, ${problems}`;
  }

  protected override async open(link: string): Promise<void> {
    const opened = new Promise((resolve) => {
      this.#opened = resolve;
    });
    location.hash = new URL(link).hash;
    await opened;
  }

  protected override write(key: string, value: string): Promise<unknown> | undefined {
    return this.#room?.put('bench', key, value);
  }

  protected override count(): Omit<Counters, 'sent' | 'at'> {
    const stats = this.#room?.stats();
    const fresh = stats?.deltasReceived ?? 0;
    return {
      copies: fresh + (stats?.duplicateDeltas ?? 0),
      fresh,
      repairBytes: stats?.repairBytes ?? 0,
    };
  }

  async #watch(room: Room): Promise<void> {
    const events = room.watch('bench');
    // What came before anybody could watch.
    room.list('bench').then(
      ({ items }) => {
        for (const { key } of items) this.saw(key);
      },
      (error: unknown) => this.errors.push(String(error)),
    );
    for await (const { key } of events) this.saw(key);
  }

  #look(room: Room): void {
    for (const { id, state, self } of room.members()) {
      const shown = `${id} ${state}`;
      if (self || (state !== 'dead' && state !== 'left') || this.#shown.has(shown)) continue;
      this.#shown.add(shown);
      this.left(id, state);
    }
  }
}

const driver = new GrapevineDriver();
globalThis.bench = driver;
Object.defineProperty(globalThis, 'grapevine', {
  get: () => driver.room,
  set: (room: Room | undefined) => {
    driver.room = room;
  },
});
