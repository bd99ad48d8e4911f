export { createIndexedDbStorage } from './storage.ts';
export type { IndexedDbStorageOptions } from './storage.ts';
export { forgetRoom, listRooms } from './rooms.ts';
