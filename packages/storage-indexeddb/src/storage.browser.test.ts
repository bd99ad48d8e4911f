import { deltaRows, freshSession, freshTopic, runStorageTests } from '@grapevine/ports/conformance';
import { describe, expect, it } from 'vitest';
import { createIndexedDbStorage, forgetRoom, listRooms } from './index.ts';

runStorageTests('createIndexedDbStorage in a browser', () => ({
  createStorage: () => createIndexedDbStorage(),
}));

describe('the database of a browser', () => {
  it('is not there before the first write, and gone once it is forgotten', async () => {
    const topic = freshTopic();
    const storage = createIndexedDbStorage();
    const problems: unknown[] = [];
    await storage.open(topic, (problem) => void problems.push(problem));
    await storage.readSetting('name');
    expect(await listRooms()).not.toContain(topic);
    await storage.write({ deltas: deltaRows(freshSession(), 1, 3) });
    expect(await listRooms()).toContain(topic);
    // The handle is still open: the browser asks for it with a `versionchange`.
    await forgetRoom(topic);
    expect(await storage.readSetting('name')).toBeUndefined();
    expect(await listRooms()).not.toContain(topic);
    await storage.close();
    expect(problems).toEqual([]);
  });

  it('takes 2,000 writes of two tabs at once and gives every row back once', async () => {
    const topic = freshTopic();
    const tabs = [createIndexedDbStorage(), createIndexedDbStorage()];
    for (const tab of tabs) await tab.open(topic, () => expect.unreachable());
    const rows = deltaRows(freshSession(), 1, 1_000);
    await Promise.all(tabs.flatMap((tab) => rows.map((row) => tab.write({ deltas: [row] }))));
    for (const tab of tabs) await tab.close();
    const later = createIndexedDbStorage();
    const room = await later.open(topic, () => expect.unreachable());
    expect(room.deltas).toEqual(rows);
    await later.close();
  });
});
