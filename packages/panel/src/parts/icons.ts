import { html, svg } from 'lit';
import type { SVGTemplateResult, TemplateResult } from 'lit';

/** Line drawings on a 24 × 24 grid. Always beside a word or in a control with a name, so hidden from screen readers. */
const shapes = {
  leaf: svg`<path d="M5 20c0-9 5-15 15-16 0 10-6 15-13 14" /><path d="M5 20c2-5 5-8 9-10" />`,
  memory: svg`<path d="M5 4h11l3 3v13H5z" /><path d="M8.5 9h7M8.5 13h7M8.5 17h4" />`,
  members: svg`<circle cx="9" cy="8.5" r="3.5" /><path d="M2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6" /><path d="M16 5.5a3.5 3.5 0 0 1 0 6M18 14.5c2 .8 3.2 2.6 3.5 5.5" />`,
  share: svg`<circle cx="6" cy="12" r="2.5" /><circle cx="17.5" cy="5.5" r="2.5" /><circle cx="17.5" cy="18.5" r="2.5" /><path d="m8.2 10.8 7-4M8.2 13.2l7 4" />`,
  transfer: svg`<path d="M8 20V5M4.5 8.5 8 5l3.5 3.5M16 4v15M12.5 15.5 16 19l3.5-3.5" />`,
  note: svg`<path d="m4 20 1-4.5L16 4.5 19.5 8l-11 11z" /><path d="m13.5 7 3.5 3.5" />`,
  about: svg`<path d="M3 12h4l2.5-7 5 14 2.5-7h4" />`,
  settings: svg`<path d="M4 7h8M18 7h2M4 17h2M12 17h8" /><circle cx="15" cy="7" r="3" /><circle cx="9" cy="17" r="3" />`,
  more: svg`<circle cx="5" cy="12" r="1.2" /><circle cx="12" cy="12" r="1.2" /><circle cx="19" cy="12" r="1.2" />`,
  search: svg`<circle cx="11" cy="11" r="6.5" /><path d="m16 16 4.5 4.5" />`,
  plus: svg`<path d="M12 5v14M5 12h14" />`,
  close: svg`<path d="m6 6 12 12M18 6 6 18" />`,
  right: svg`<path d="m9.5 6 6 6-6 6" />`,
  down: svg`<path d="m6 9.5 6 6 6-6" />`,
  warning: svg`<path d="M12 4 2.8 20h18.4z" /><path d="M12 10v4.5M12 17.3v.2" />`,
  check: svg`<path d="m4.5 12.5 5 5 10-11" />`,
  busy: svg`<path d="M20 12a8 8 0 1 1-3-6.2" /><path d="M20.5 3v4h-4" />`,
  pause: svg`<circle cx="12" cy="12" r="8" /><path d="M8.5 12h7" />`,
  lock: svg`<rect x="5.5" y="11" width="13" height="9" rx="2" /><path d="M8.5 11V8a3.5 3.5 0 0 1 7 0v3" />`,
  grapes: svg`<circle cx="8" cy="11" r="2.6" /><circle cx="13.5" cy="11" r="2.6" /><circle cx="10.7" cy="15.5" r="2.6" /><path d="M11 8c0-3 1.5-4.5 4-5M15 3.5c3 0 4.5 1 5.5 3-2.5 1-4.5.5-5.5-3z" />`,
} satisfies Record<string, SVGTemplateResult>;

export type IconName = keyof typeof shapes;

export function icon(name: IconName): TemplateResult {
  return draw(shapes[name]);
}

export function draw(shape: SVGTemplateResult): TemplateResult {
  return html`<svg viewBox="0 0 24 24" aria-hidden="true">${shape}</svg>`;
}
