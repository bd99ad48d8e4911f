import type { ImportReport } from '@grapevine/room';
import { plural } from './status-words.ts';

/** `7,425 added, 2 changed, 0 unchanged`. */
export function reportWords(report: ImportReport): string {
  const count = (n: number): string => n.toLocaleString('en');
  const done = `${count(report.added)} added, ${count(report.changed)} changed, ${count(report.unchanged)} unchanged`;
  return report.cancelled
    ? `Cancelled after: ${done}`
    : `${done}; ${plural(report.problems.length, 'problem')}`;
}
