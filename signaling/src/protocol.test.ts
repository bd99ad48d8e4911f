import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeFrame } from './protocol.ts';

const topic = 'x-_9'.repeat(10) + 'abc';
const id = '0123456789abcdef'.repeat(2);

describe('decodeFrame', () => {
  test.each([
    { type: 'join', topic, member: id },
    { type: 'send', to: id, data: 'c2VhbGVk' },
    { type: 'sample' },
    { type: 'leave' },
  ])('takes $type', (frame) => {
    expect(decodeFrame(JSON.stringify(frame))).toEqual(frame);
  });

  test('drops whatever the protocol does not name', () => {
    const text = JSON.stringify({ type: 'send', to: id, data: 'AA', from: id, sdp: 'v=0' });
    expect(decodeFrame(text)).toEqual({ type: 'send', to: id, data: 'AA' });
  });

  test.each([
    ['nothing', ''],
    ['no JSON', '{"type":"sample"'],
    ['two values', '{"type":"sample"}{"type":"sample"}'],
    ['null', 'null'],
    ['a list', '[{"type":"sample"}]'],
    ['a text', '"sample"'],
    ['no type', '{}'],
    ['a type that is inherited by objects', '{"type":"constructor"}'],
    ['a type behind __proto__', '{"__proto__":{"type":"sample"}}'],
    ['a type of the server', '{"type":"welcome","members":[]}'],
    ['a short topic', JSON.stringify({ type: 'join', topic: topic.slice(1), member: id })],
    ['a long topic', JSON.stringify({ type: 'join', topic: `${topic}a`, member: id })],
    ['a padded topic', JSON.stringify({ type: 'join', topic: `${topic.slice(1)}=`, member: id })],
    ['a topic with a line end', JSON.stringify({ type: 'join', topic: `${topic}\n`, member: id })],
    ['a topic in a list', JSON.stringify({ type: 'join', topic: [topic], member: id })],
    ['no member', JSON.stringify({ type: 'join', topic })],
    ['a member in capitals', JSON.stringify({ type: 'join', topic, member: id.toUpperCase() })],
    ['a number as member', JSON.stringify({ type: 'join', topic, member: 1 })],
    ['no addressee', '{"type":"send","data":"AA"}'],
    ['no data', JSON.stringify({ type: 'send', to: id })],
    ['empty data', JSON.stringify({ type: 'send', to: id, data: '' })],
    ['data of no whole byte', JSON.stringify({ type: 'send', to: id, data: 'AAAAA' })],
    ['plain text as data', JSON.stringify({ type: 'send', to: id, data: 'v=0 o=- 1' })],
  ])('refuses %s', (_, text) => {
    expect(decodeFrame(text)).toBeUndefined();
  });

  test('is total: any text at all is taken or refused, never thrown at', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
        decodeFrame(text);
      }),
      { numRuns: 2000 },
    );
  });

  test('one changed character of a valid frame never yields anything but a valid frame', () => {
    const text = JSON.stringify({ type: 'send', to: id, data: 'c2VhbGVk' });
    const position = fc.nat({ max: text.length - 1 });
    fc.assert(
      fc.property(position, fc.string({ minLength: 0, maxLength: 2 }), (at, by) => {
        const frame = decodeFrame(text.slice(0, at) + by + text.slice(at + 1));
        if (frame === undefined) return;
        if (frame.type !== 'send') throw new Error(`became a ${frame.type}`);
        expect(frame.to).toMatch(/^[0-9a-f]{32}$/);
        expect(frame.data).toMatch(/^[A-Za-z0-9_-]+$/);
      }),
      { numRuns: 2000 },
    );
  });
});
