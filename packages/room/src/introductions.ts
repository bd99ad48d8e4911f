import type { Signaling, SignalingState } from '@grapevine/ports';
import type { SessionId } from '@grapevine/wire';
import type { Connector } from './links/connector.ts';
import type { Route } from './links/peer.ts';
import type { Problems } from './problems.ts';
import type { Ports } from './types.ts';

interface IntroductionsOptions {
  topic: string;
  self: SessionId;
  ports: Ports;
  problems: Problems;
  connector: Pick<Connector, 'absent' | 'receive'>;
  /** Members are said to be here. */
  onIntroduced(this: void, members: readonly SessionId[], by: 'rendezvous' | 'tabs'): void;
  onChange(): void;
}

/** A person waits about this long before "connecting" becomes a lie. Source: guess. */
const overdueMs = 8_000;
/** Tabs of this profile that are remembered. Source: guess, more than anybody has open in one room. */
const nearMax = 256;

/** The two places where members are introduced: the server and the other tabs of this profile. Both only hint; both may fail without harm. */
export class Introductions {
  readonly #options: IntroductionsOptions;
  #state: SignalingState['state'] | 'none';
  #overdue = false;
  #cancelOverdue: (() => void) | undefined;
  /** Tabs of this profile. */
  readonly #near = new Set<SessionId>();

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
      this.#events('server', 'rendezvous', (state) => this.#changed(state)),
    );
    ports.tabs?.open(
      topic,
      self,
      this.#events('tabs', 'tabs', () => undefined),
    );
  }

  close(): void {
    this.#options.ports.signaling?.close();
    this.#options.ports.tabs?.close();
    this.#near.clear();
    this.#waitNoLonger();
  }

  /** Asks the server for members (PROTOCOL.md O8). */
  ask(): void {
    const { signaling } = this.#options.ports;
    if (this.#state === 'open') signaling?.sample();
    else signaling?.retryNow();
  }

  /** The network is back, or the page is shown again: whoever is known is introduced anew. */
  hurry(): void {
    const { ports, onIntroduced } = this.#options;
    // Of an open connection it asks for a sample, as a sign of life.
    ports.signaling?.retryNow();
    if (this.#near.size > 0) onIntroduced([...this.#near], 'tabs');
  }

  /** Where an introduction of `member` may go, but for the mesh. */
  routes(member: SessionId): Exclude<Route, 'mesh'>[] {
    const routes: Exclude<Route, 'mesh'>[] = this.#near.has(member) ? ['tabs'] : [];
    if (this.#options.ports.signaling) routes.push('server');
    return routes;
  }

  send(route: Exclude<Route, 'mesh'>, to: SessionId, sealed: Uint8Array): void {
    const { signaling, tabs } = this.#options.ports;
    (route === 'server' ? signaling : tabs)?.send(to, sealed);
  }

  #events(
    route: Exclude<Route, 'mesh'>,
    by: 'rendezvous' | 'tabs',
    onState: (state: SignalingState) => void,
  ) {
    const { connector, onIntroduced } = this.#options;
    const isTabs = route === 'tabs';
    return {
      onMembers: (members: readonly SessionId[]) => {
        if (isTabs) for (const member of members) this.#meet(member);
        onIntroduced(members, by);
      },
      onMessage: (from: SessionId, data: Uint8Array) => {
        if (isTabs) this.#meet(from);
        connector.receive(from, data, route);
      },
      onAbsent: (to: SessionId) => {
        if (isTabs) this.#near.delete(to);
        connector.absent(to, route);
      },
      onState,
    } satisfies Parameters<Signaling['open']>[2];
  }

  #meet(member: SessionId): void {
    if (this.#near.size < nearMax) this.#near.add(member);
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
}
