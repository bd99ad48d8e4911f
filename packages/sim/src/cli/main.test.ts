import { GossipNode } from '@grapevine/gossip';
import { expect, test, vi } from 'vitest';
import { main } from './main.ts';

test('a run that throws says so, with the command that repeats it', async () => {
  vi.spyOn(GossipNode.prototype, 'handle').mockImplementation(() => {
    throw new Error('a bug of the node');
  });
  const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  expect(await main(['--nodes', '2', '--seed', '7', '--scenario', 'burst', '--json'])).toBe(1);
  const text = told.mock.calls.flat().join('\n');
  expect(text).toContain('exception: Error: a bug of the node');
  expect(text).toContain('Repeat: npm run sim -- --nodes 2 --seed 7 --scenario burst --json');
  expect(printed).not.toHaveBeenCalled();
});
