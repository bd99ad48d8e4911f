import { createVirtualClock, seededRandom } from '@grapevine/ports/conformance';
import { expect, it } from 'vitest';
import { PresenceSender } from './presence-sender.ts';

function create(size = 2) {
  const clock = createVirtualClock();
  const sent: { at: number; byte: number | undefined }[] = [];
  const began = clock.monotonic();
  const sender = new PresenceSender({
    clock,
    random: seededRandom(1),
    send: ([byte]) => sent.push({ at: clock.monotonic() - began, byte }),
    roomSize: () => size,
  });
  const say = (byte: number) => sender.say(Uint8Array.of(byte));
  return { clock, sent, sender, say };
}

it('the first goes out at once, the latest of the others 50 ms later', () => {
  const { clock, sent, sender, say } = create();
  sender.start();
  for (const byte of [1, 2, 3]) say(byte);
  expect(sent).toEqual([{ at: 0, byte: 1 }]);
  clock.advance(49);
  expect(sent).toHaveLength(1);
  clock.advance(1);
  expect(sent).toEqual([
    { at: 0, byte: 1 },
    { at: 50, byte: 3 },
  ]);
  say(4);
  clock.advance(200);
  expect(sent.slice(2)).toEqual([{ at: 100, byte: 4 }]);
  expect(clock.pending).toBe(0);
});

it('what was said before it starts goes out then, and again when it starts anew', () => {
  const { clock, sent, sender, say } = create();
  say(1);
  expect(sent).toEqual([]);
  sender.start();
  expect(sent).toHaveLength(1);
  say(2);
  sender.stop();
  expect(clock.pending).toBe(0);
  say(3);
  expect(sent).toHaveLength(1);
  sender.start();
  expect(sent.at(-1)?.byte).toBe(3);
});

it('those who come are told after half a second to a second, together, and once more 5 s later', () => {
  const { clock, sent, sender, say } = create();
  sender.start();
  say(1);
  for (let n = 0; n < 3; n++) sender.cameIn();
  clock.advance(499);
  expect(sent).toHaveLength(1);
  clock.advance(501);
  expect(sent.map(({ byte }) => byte)).toEqual([1, 1]);
  const told = sent.at(-1)?.at ?? 0;
  clock.advance(60_000);
  expect(sent.map(({ at }) => at).slice(2)).toEqual([told + 5_000]);
  expect(clock.pending).toBe(0);
});

it('nobody is told of a state that was never set', () => {
  const { clock, sent, sender } = create();
  sender.start();
  sender.cameIn();
  clock.advance(1_000);
  expect(sent).toEqual([]);
  expect(clock.pending).toBe(0);
});

it('a large room takes its time: 50 ms for each member', () => {
  const delays = [2, 20, 200].map((size) => {
    const { clock, sent, sender, say } = create(size);
    sender.start();
    say(1);
    clock.advance(50);
    sender.cameIn();
    clock.advance(20_000);
    return (sent[1]?.at ?? 0) - 50;
  });
  const [two = 0, twenty, twoHundred = 0] = delays;
  expect(twenty).toBe(two);
  expect(twoHundred / two).toBeCloseTo(10, 1);
});

it('people who keep coming do not put off what is told again: 5 s after the first, and 5 s after the last', () => {
  const { clock, sent, sender, say } = create();
  sender.start();
  say(1);
  const greetings: number[] = [];
  for (let n = 0; n < 3; n++) {
    sender.cameIn();
    clock.advance(1_000);
    greetings.push(sent.at(-1)?.at ?? 0);
    clock.advance(1_000);
  }
  const [first = 0] = greetings;
  clock.advance(60_000);
  expect(sent.map(({ at }) => at)).toEqual([0, ...greetings, first + 5_000, first + 10_000]);
  expect(clock.pending).toBe(0);
});
