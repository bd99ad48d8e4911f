/** One compiler run for each environment (no DOM, browser, Node, tests); they run side by side. */
import { readdirSync } from 'node:fs';
import { Failure, root, script, stopChildrenOnSignal, tool } from './run.mjs';

await script(async () => {
  stopChildrenOnSignal();
  const projects = readdirSync(root).filter((name) => /^tsconfig\.(?!base\.)\w+\.json$/.test(name));
  const codes = await Promise.all(
    projects.map((project) => tool('tsc', ['--project', project, '--noEmit'])),
  );
  const broken = projects.filter((_, index) => codes[index] !== 0);
  if (broken.length > 0) throw new Failure(`Type errors under ${broken.join(', ')}.`);
});
