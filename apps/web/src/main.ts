/** Composition root: the panel, the app around it, and its offline start. */
import '@grapevine/panel';
import './app.ts';
import { startOffline } from './offline.ts';

startOffline();
