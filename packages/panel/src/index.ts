/** The panel: `<grapevine-panel>` shows a `Room`. Importing this module registers the element. */
export { GrapevinePanel } from './grapevine-panel.ts';
export { LazyPart } from './parts/lazy-part.ts';
export { safeUrl } from './pure/safe-url.ts';
export type { Notice, Theme, View } from './state/events.ts';
export { shared as panelControls } from './styles/base.ts';
export { tokens as panelTokens } from './styles/tokens.ts';
