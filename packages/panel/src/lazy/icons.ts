import { svg } from 'lit';
import type { SVGTemplateResult, TemplateResult } from 'lit';
import { draw } from '../parts/icons.ts';

/** Those that only parts loaded later show; drawn as the others are. */
const shapes = {
  back: svg`<path d="M20 12H5M11 5.5 4.5 12l6.5 6.5" />`,
  person: svg`<circle cx="12" cy="8" r="3.8" /><path d="M4.5 20.5c.6-4.5 3.5-6.5 7.5-6.5s6.9 2 7.5 6.5" />`,
  agent: svg`<rect x="4.5" y="8" width="15" height="11.5" rx="3" /><path d="M12 8V4.5M9 13v1.5M15 13v1.5" />`,
  tool: svg`<path d="M15 4.5a5 5 0 0 0-4.8 6.6L4 17.3 6.7 20l6.2-6.2A5 5 0 0 0 19.5 9l-3 2-3-2.5 2-3.5z" />`,
  import: svg`<path d="M12 4v10M8 10.5l4 4 4-4M5 19.5h14" />`,
} satisfies Record<string, SVGTemplateResult>;

export function lazyIcon(name: keyof typeof shapes): TemplateResult {
  return draw(shapes[name]);
}
