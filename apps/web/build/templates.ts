import { parseAst } from 'vite';
import type { Plugin } from 'vite';

/** The text of a template literal between two of its expressions, as ESTree has it. */
interface Quasi {
  start: number;
  end: number;
}

/**
 * Drops from the templates of lit what only their readers need: comments and spaces of CSS, the
 * indentation of HTML. Every break between two words stays one: pages look the same, except where
 * `white-space` is kept within a template that is indented.
 */
export function smallTemplates(): Plugin {
  return {
    name: 'grapevine-small-templates',
    apply: 'build',
    transform: {
      filter: { id: /\.ts$/, code: /\b(?:css|html)`/ },
      handler(code) {
        let small = '';
        let at = 0;
        for (const { quasi, tag } of quasis(parseAst(code))) {
          const text = code.slice(quasi.start, quasi.end);
          small += code.slice(at, quasi.start) + smallTemplate(tag, text);
          at = quasi.end;
        }
        return { code: small + code.slice(at), map: null };
      },
    },
  };
}

/** @param text of a template between two of its expressions */
export function smallTemplate(tag: 'css' | 'html', text: string): string {
  if (tag === 'html') return text.replaceAll(/\s*\n\s*/g, '\n');
  return text
    .replaceAll(/\/\*[^]*?\*\//g, '')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/ ?([{};,]) ?/g, '$1')
    .replaceAll(/: /g, ':')
    .replaceAll(';}', '}');
}

/** The texts of all css and html templates below a node, in the order of the code. */
function quasis(program: unknown): { quasi: Quasi; tag: 'css' | 'html' }[] {
  const found: { quasi: Quasi; tag: 'css' | 'html' }[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if (isTemplate(node) && (node.tag.name === 'css' || node.tag.name === 'html')) {
      for (const quasi of node.quasi.quasis) found.push({ quasi, tag: node.tag.name });
    }
    for (const child of Object.values(node)) visit(child);
  };
  visit(program);
  return found.toSorted((one, other) => one.quasi.start - other.quasi.start);
}

function isTemplate(
  node: object,
): node is { tag: { name?: string }; quasi: { quasis: readonly Quasi[] } } {
  return 'type' in node && node.type === 'TaggedTemplateExpression';
}
