import type { Signaling, SignalingState } from '@grapevine/ports';
import type { SessionId } from '@grapevine/wire';
import { fraction } from './browser-host.ts';
import type { Connector } from './links/connector.ts';
import type { Route } from './links/peer.ts';
import type { Problems } from './problems.ts';
import type { Ports } from './types.ts';

export interface IntroductionsOptions {
  topic: string;
  self: SessionId;
  ports: Ports;
  problems: Problems;
  connector: Connector;
  /** Members linked now. */
  links(): number;
  onChange(): void;
}

/** A person waits about this long before "connecting" becomes a lie. Source: guess. */
const overdueMs = 8_000;
/** How often the server may be asked for other members: two that came at once may have missed each other. Source: guess. */
const resampleMs = 15_000;
/**
 * Times a whole room asks in that time, alone or not: two halves of a room that lost each other for long enough have forgotten each other, and
 * only the server still knows both. Source: ringpop's partition healer, 3 in 30 s.
 */
const roomResamples = 1.5;

/** The two places where members are introduced: the server and the other tabs of this profile. Both only hint; both may fail without harm. */
export class Introductions {
  readonly #options: IntroductionsOptions;
  #state: SignalingState['state'] | 'none';
  #overdue = false;
  #cancelOverdue: (() => void) | undefined;
  #cancelResample: (() => void) | undefined;

  constructor(options: IntroductionsOptions) {
    this.#options = options;
    this.#state = options.ports.signaling ? 'connecting' : 'none';
  }

  get state(): SignalingState['state'] | 'none' {
    return this.#state;
  }

  /** The server has not answered for longer than a person waits. */
  get overdue(): boolean {
    return this.#overdue;
  }

  open(): void {
    const { topic, self, ports } = this.#options;
    this.#await();
    ports.signaling?.open(
      topic,
      self,
      this.#events('server', (state) => this.#changed(state)),
    );
    ports.tabs?.open(
      topic,
      self,
      this.#events('tabs', () => undefined),
    );
    this.#resample();
  }

  close(): void {
    this.#cancelResample?.();
    this.#options.ports.signaling?.close();
    this.#options.ports.tabs?.close();
    this.#waitNoLonger();
  }

  /** Somebody was lost: who else is here, and is the server itself still there? */
  ask(): void {
    this.#options.ports.signaling?.retryNow();
  }

  /** The network is back, or the page is shown again. */
  hurry(): void {
    this.#options.ports.signaling?.retryNow();
    this.#options.ports.signaling?.sample();
    this.#options.connector.reconsider(true);
  }

  /** @returns false where that route is not there */
  send(route: Exclude<Route, 'mesh'>, to: SessionId, sealed: Uint8Array): boolean {
    const { signaling, tabs } = this.#options.ports;
    const carrier = route === 'server' ? signaling : tabs;
    carrier?.send(to, sealed);
    return carrier !== undefined;
  }

  #events(route: Exclude<Route, 'mesh'>, onState: (state: SignalingState) => void) {
    const { connector } = this.#options;
    return {
      onMembers: (members: readonly SessionId[]) => {
        for (const member of members) connector.introduce(member, route);
      },
      onMessage: (from: SessionId, data: Uint8Array) => connector.receive(from, data, route),
      onAbsent: (to: SessionId) => connector.absent(to, route),
      onState,
    } satisfies Parameters<Signaling['open']>[2];
  }

  #changed(now: SignalingState): void {
    const { problems } = this.#options;
    this.#state = now.state;
    if (now.state !== 'refused') problems.clear('signaling-refused');
    if (now.state === 'open') this.#waitNoLonger();
    else if (now.state === 'refused') {
      this.#waitNoLonger();
      problems.raise({
        code: 'signaling-refused',
        message: `The meeting point refused this page: ${now.reason}`,
        action: 'It is tried again by itself; if it stays, reload the page.',
      });
    } else if (now.state === 'connecting') this.#await();
    this.#options.onChange();
  }

  #await(): void {
    const { ports, problems } = this.#options;
    if (!ports.signaling) return;
    this.#cancelOverdue ??= ports.clock.after(overdueMs, () => {
      this.#overdue = true;
      problems.raise({
        code: 'signaling-unreachable',
        message: 'The meeting point cannot be reached, so nobody new can be met.',
        action: 'Keep working: changes are saved here, and those already linked get them.',
      });
      this.#options.onChange();
    });
  }

  #waitNoLonger(): void {
    this.#cancelOverdue?.();
    this.#cancelOverdue = undefined;
    this.#overdue = false;
    this.#options.problems.clear('signaling-unreachable');
  }

  #resample(): void {
    const { ports } = this.#options;
    this.#cancelResample = ports.clock.after(resampleMs, () => {
      const links = this.#options.links();
      const isTurn = links === 0 || fraction(ports.random) < roomResamples / (links + 1);
      if (isTurn) ports.signaling?.sample();
      this.#resample();
    });
  }
}
