import { expect, test } from 'vitest';
import { ConfigError, defaults, readConfig } from './config.ts';

test('an empty environment gives the defaults', () => {
  expect(readConfig({})).toEqual(defaults);
  expect(readConfig({ PORT: '', HOST: '', ICE_SERVERS: '', SIGNALING_URL: '' })).toEqual(defaults);
});

test('the defaults are the promised ones', () => {
  expect(defaults).toMatchObject({
    port: 8787,
    host: 'localhost',
    maxSocketsPerAddress: 256,
    maxJoinsPerMinute: 600,
    maxMessageBytes: 32 * 1024,
    messageBurst: 40,
    messagesPerSecond: 10,
    joinTimeoutMs: 5000,
    maxFragments: 16,
    maxBufferedBytes: 256 * 1024,
    maxTopicMembers: 256,
    maxSockets: 5000,
    pingIntervalMs: 25_000,
  });
});

test('every variable reaches its setting', () => {
  const ice = [{ urls: ['stun:stun.example.org', 'turns:turn.example.org'], username: 'u' }];
  const config = readConfig({
    PORT: '0',
    HOST: '::',
    ICE_SERVERS: JSON.stringify(ice),
    SIGNALING_URL: 'wss://signal.example.org/signal',
    ALLOWED_ORIGINS: 'https://a.example, https://b.example:8443',
    LAN_HOSTS: '192.0.2.4',
    TRUST_PROXY: '1',
    STATIC_DIR: '/srv/app',
    MAX_SOCKETS: '7',
    MESSAGES_PER_SECOND: '3',
  });
  expect(config).toMatchObject({
    port: 0,
    host: '::',
    iceServers: ice,
    signalingUrl: 'wss://signal.example.org/signal',
    allowedOrigins: ['https://a.example', 'https://b.example:8443'],
    lanHosts: ['192.0.2.4'],
    trustedProxies: 1,
    staticDir: '/srv/app',
    maxSockets: 7,
    messagesPerSecond: 3,
  });
});

test.each([
  ['PORT', '65536'],
  ['PORT', '-1'],
  ['PORT', '80a'],
  ['PORT', '1e3'],
  ['MAX_MESSAGE_BYTES', '0'],
  ['MESSAGES_PER_SECOND', '2.5'],
  ['JOIN_TIMEOUT_MS', 'soon'],
  ['TRUST_PROXY', 'true'],
  ['ALLOWED_ORIGINS', 'example.org'],
  ['ALLOWED_ORIGINS', 'https://example.org/path'],
  ['LAN_HOSTS', 'a b'],
  ['SIGNALING_URL', 'https://example.org'],
  ['SIGNALING_URL', 'signal'],
  ['ICE_SERVERS', '{'],
  ['ICE_SERVERS', '{}'],
  ['ICE_SERVERS', '[{}]'],
  ['ICE_SERVERS', '[{"urls":[]}]'],
  ['ICE_SERVERS', '[{"urls":"http://example.org"}]'],
  ['ICE_SERVERS', '[{"urls":"turn:a","username":7}]'],
])('%s=%s is refused, naming the variable', (name, value) => {
  expect(() => readConfig({ [name]: value })).toThrow(ConfigError);
  expect(() => readConfig({ [name]: value })).toThrow(new RegExp(name));
});
