import { createMemoryDevice, createMemoryStorage } from './memory-storage.ts';
import { runStorageTests } from './storage.ts';

runStorageTests('createMemoryStorage', () => {
  const device = createMemoryDevice();
  return { createStorage: () => createMemoryStorage(device) };
});
