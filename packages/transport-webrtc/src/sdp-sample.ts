import type { Candidate } from './signals.ts';

/** Session descriptions for tests, as short as the checks allow. */
export function sdpWith(fingerprints: string): string {
  return (
    'v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n' +
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n' +
    `c=IN IP4 0.0.0.0\r\na=mid:0\r\n${fingerprints}`
  );
}

/** A fingerprint line of 32 equal bytes. */
export function fingerprint(byte: number, hash = 'sha-256'): string {
  const digits = byte.toString(16).padStart(2, '0').toUpperCase();
  return `a=fingerprint:${hash} ${Array.from({ length: 32 }, () => digits).join(':')}\r\n`;
}

export const candidate: Candidate = {
  candidate: {
    candidate: 'candidate:1 1 udp 2113937151 192.0.2.1 50000 typ host generation 0',
    sdpMid: '0',
    sdpMLineIndex: 0,
  },
};
