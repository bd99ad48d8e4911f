import { css } from 'lit';

/**
 * Colours, sizes and type of the whole panel. Every text colour meets WCAG AA (4.5:1) on every surface it is used on, in both schemes.
 * A page that embeds the panel may set any of them.
 */
export const tokens = css`
  :host {
    color-scheme: light dark;
    --gv-paper: light-dark(#f5f6ee, #10160f);
    --gv-surface: light-dark(#ffffff, #182017);
    --gv-raised: light-dark(#eceedf, #232d21);
    --gv-line: light-dark(#d5dac5, #334030);
    --gv-edge: light-dark(#7d876f, #7c8a76);
    --gv-text: light-dark(#1c2519, #e7ede1);
    --gv-muted: light-dark(#55604c, #a6b29d);
    --gv-accent: light-dark(#2a6b2f, #8ed486);
    --gv-accent-strong: light-dark(#1d5323, #b1e6a9);
    --gv-on-accent: light-dark(#ffffff, #0d1a0c);
    --gv-accent-soft: light-dark(#e0efd9, #24391f);
    --gv-grape: light-dark(#71305f, #e3acd6);
    --gv-grape-soft: light-dark(#f5e6f0, #3a2436);
    --gv-warn: light-dark(#804500, #f2bb6d);
    --gv-warn-soft: light-dark(#fcefd9, #3a2c14);
    --gv-danger: light-dark(#a1261c, #ffa496);
    --gv-radius: 10px;
    --gv-radius-small: 7px;
    --gv-shadow: 0 1px 2px rgb(20 30 15 / 0.08), 0 8px 24px rgb(20 30 15 / 0.1);
    --gv-font: system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif;
    --gv-mono: ui-monospace, 'Cascadia Code', 'SF Mono', Menlo, Consolas, monospace;
  }
  :host([theme='light']) {
    color-scheme: light;
  }
  :host([theme='dark']) {
    color-scheme: dark;
  }
`;
