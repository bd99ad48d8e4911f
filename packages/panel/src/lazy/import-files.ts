import type { ImportProblem, ImportReport, Progress, Room } from '@grapevine/room';
import { limits } from '@grapevine/wire';
import { formatBytes } from '../pure/value-text.ts';
import { errorWords } from '../state/events.ts';
import type { PickedFile } from './picked-files.ts';
import { readFiles } from './read-files.ts';
import { readZip } from './zip.ts';

/** Bytes of a JSONL file or archive that are read whole; a string ends near 512 MiB in Chromium. A guess. */
const wholeFileBytes = 268_435_456;

interface ImportTask {
  namespace: string;
  signal: AbortSignal;
  /** `what` is the file or "files" that are being read. */
  onProgress: (what: string, progress: Progress) => void;
}

type Run = (report: ImportReport, task: ImportTask) => Promise<void>;

/** Imports what was picked: archives and JSONL files one by one, everything else as one folder. The reports are added up. */
export async function importPicked(
  room: Room,
  picked: readonly PickedFile[],
  task: ImportTask,
): Promise<ImportReport> {
  const report: ImportReport = {
    added: 0,
    changed: 0,
    unchanged: 0,
    problems: [],
    cancelled: false,
  };
  // Inside a chosen folder such a file is one of its files; picked by itself it is a container.
  const isContainer = ({ path }: PickedFile): boolean => /^[^/]+\.(jsonl|zip)$/iu.test(path);
  const runs: Run[] = picked.filter(isContainer).map((one) => container(room, one));
  const rest = picked.filter((one) => !isContainer(one));
  if (rest.length > 0) runs.unshift(folder(room, rest));
  for (const run of runs) {
    if (report.cancelled || task.signal.aborted) break;
    await run(report, task);
  }
  if (task.signal.aborted) report.cancelled = true;
  return report;
}

function folder(room: Room, picked: readonly PickedFile[]): Run {
  return async (report, task) => {
    const small = picked.filter(({ path, size }) => {
      if (size <= limits.valueBytes) return true;
      report.problems.push(tooLarge(path, size, limits.valueBytes));
      return false;
    });
    const files = readFiles(small, (where) => {
      report.problems.push({
        where,
        message: 'It could not be read: it was moved, deleted or changed.',
      });
    });
    add(report, '', await room.importFolder(files, small.length, options(task, 'files')));
  };
}

function container(room: Room, { path, file, size }: PickedFile): Run {
  return async (report, task) => {
    if (size > wholeFileBytes) {
      report.problems.push(tooLarge(path, size, wholeFileBytes));
      return;
    }
    try {
      if (/\.jsonl$/iu.test(path)) {
        add(report, path, await room.importJsonl(await file.text(), options(task, path)));
        return;
      }
      const zip = readZip(new Uint8Array(await file.arrayBuffer()));
      for (const name of zip.tooLarge) {
        report.problems.push({ where: `${path}: ${name}`, message: 'Larger than a value may be.' });
      }
      add(report, path, await room.importFolder(zip.files, zip.total, options(task, path)));
      for (const name of zip.damaged) {
        report.problems.push({ where: `${path}: ${name}`, message: 'Damaged in the archive.' });
      }
    } catch (error) {
      if (task.signal.aborted) return;
      report.problems.push({ where: path, message: errorWords(error) });
    }
  };
}

function options(task: ImportTask, what: string): Parameters<Room['importJsonl']>[1] & object {
  return {
    namespace: task.namespace,
    signal: task.signal,
    onProgress: (progress) => {
      task.onProgress(what, progress);
    },
  };
}

function tooLarge(where: string, size: number, limit: number): ImportProblem {
  const message = `${formatBytes(size)} is more than the ${formatBytes(limit)} that are read at once.`;
  return { where, message };
}

function add(report: ImportReport, from: string, part: ImportReport): void {
  report.added += part.added;
  report.changed += part.changed;
  report.unchanged += part.unchanged;
  report.cancelled ||= part.cancelled;
  for (const { where, message } of part.problems) {
    report.problems.push({ where: from === '' ? where : `${from}: ${where}`, message });
  }
}
