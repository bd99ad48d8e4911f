import { GrapevineError } from '@grapevine/wire';
import { failed } from './errors.ts';

/** What a dial has seen when it fails. */
export interface Seen {
  /** Candidate types gathered here (`host`, `srflx`, `prflx`, `relay`). */
  gathered: ReadonlySet<string>;
  /** The other side sent its description. */
  answered: boolean;
  /** A TURN server was among the ICE servers. */
  hasTurn: boolean;
  /** Why the provider of ICE servers gave none. */
  serversMissing: string | undefined;
}

/** The type of a candidate line: the word after `typ`. */
export function candidateType(line: string): string | undefined {
  return / typ ([a-z]+)/.exec(line)?.[1];
}

/** Whether a TURN server is among them, with any of the addresses a server may have. */
export function hasTurn(servers: readonly RTCIceServer[]): boolean {
  return servers.some(({ urls }) => [urls].flat().some((url) => /^turns?:/i.test(url)));
}

/** Tells somebody who cannot connect what to change. */
export function noPathError(seen: Seen): GrapevineError {
  const servers =
    seen.serversMissing === undefined ? '' : ` No ICE servers were there: ${seen.serversMissing}.`;
  if (!seen.answered) {
    return failed(`The other side did not answer.${servers}`, 'It may have gone; connect again.');
  }
  if (seen.gathered.size === 0) {
    return failed(
      `This browser offers no network address.${servers}`,
      'Check the network and whether the browser blocks WebRTC.',
    );
  }
  if (!seen.gathered.has('relay') && seen.hasTurn) {
    return failed(
      'No direct path to the other side was found, and the TURN server gave no relay candidate.',
      'Check that the TURN server is reachable from here and its credentials are valid.',
    );
  }
  if (!seen.gathered.has('relay')) {
    return failed(
      `No direct path to the other side was found, and no relay candidate was gathered.${servers}`,
      'Networks that block direct paths need a TURN server: configure one in the ICE servers.',
    );
  }
  return failed(
    `No path to the other side was found, not even through the TURN server.${servers}`,
    'Check that the TURN server is reachable and its credentials are valid on both sides.',
  );
}

export function budgetError(): GrapevineError {
  return new GrapevineError(
    'link-budget',
    'This page has opened too many connections in a short time.',
    'Wait half a minute, or reload the page.',
  );
}
