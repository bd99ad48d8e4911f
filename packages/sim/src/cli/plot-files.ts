import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { defaultSettings } from '@grapevine/gossip';
import { GrapevineError } from '@grapevine/wire';
import type { Claims } from '../claims/claims.ts';
import { detectionPlot, loadPlot, nodesPlot, rumourPlot, spreadPlot } from '../plots/plots.ts';
import type { Outcome } from '../scenario/run.ts';
import { reasonOf } from './text.ts';

const runPlots = { spread: 'spread.svg', detection: 'detection.svg' };
const claimPlots = {
  push: 'rounds-push.svg',
  pushPull: 'rounds-push-pull.svg',
  nodes: 'rounds-nodes.svg',
  load: 'load-nodes.svg',
};

/**
 * Tries whether plots can be written there, before anything is measured for them; leaves nothing
 * behind. Throws GrapevineError `folder-unwritable`.
 */
export function checkFolder(folder: string): void {
  attempt(folder, () => {
    const made = makeFolder(folder);
    try {
      rmdirSync(draftIn(folder));
    } finally {
      removeFolders(made);
    }
    for (const name of Object.values({ ...runPlots, ...claimPlots })) {
      const path = join(folder, name);
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
        throw new Error(`${path} is a folder`);
      }
    }
  });
}

/** Throws GrapevineError `folder-unwritable`. @returns the files written: none of what was not measured */
export function writeRunPlots(folder: string, { recorder, report }: Outcome): string[] {
  const what = `${report.scenario}, N = ${report.nodes}, seed ${report.seed}`;
  const { cold, warm } = recorder.broadcast.delays;
  const { detections } = recorder.deaths;
  const files = new Map<string, string>();
  if (cold.length + warm.length > 0) files.set(runPlots.spread, spreadPlot({ cold, warm }, what));
  if (detections.length > 0) files.set(runPlots.detection, detectionPlot(detections, what));
  return write(folder, files);
}

/** Throws GrapevineError `folder-unwritable`. @returns the files written */
export function writeClaimPlots(folder: string, { rooms, rumour }: Claims): string[] {
  const files = new Map([
    [claimPlots.push, rumourPlot(rumour, 'push')],
    [claimPlots.pushPull, rumourPlot(rumour, 'pushPull')],
    [claimPlots.nodes, nodesPlot(rooms, defaultSettings.fanout)],
    [claimPlots.load, loadPlot(rooms)],
  ]);
  return write(folder, files);
}

/** No plot is in its place before all are written. */
function write(folder: string, files: ReadonlyMap<string, string>): string[] {
  if (files.size === 0) return [];
  return attempt(folder, () => {
    makeFolder(folder);
    const draft = draftIn(folder);
    try {
      for (const [name, text] of files) writeFileSync(join(draft, name), text);
      return [...files.keys()].map((name) => {
        const path = join(folder, name);
        renameSync(join(draft, name), path);
        return path;
      });
    } finally {
      rmSync(draft, { recursive: true });
    }
  });
}

function draftIn(folder: string): string {
  return mkdtempSync(join(folder, '.plots-'));
}

/**
 * Not by the option `recursive` of mkdir: that of Node 20 never ends for /proc/x.
 * @returns the folders that were missing, the innermost first
 */
function makeFolder(folder: string): string[] {
  const missing: string[] = [];
  for (let at = resolve(folder); !existsSync(at); at = dirname(at)) missing.push(at);
  const made: string[] = [];
  try {
    for (const path of missing.toReversed()) {
      mkdirSync(path);
      made.unshift(path);
    }
  } catch (error) {
    removeFolders(made);
    throw error;
  }
  return made;
}

function removeFolders(paths: readonly string[]): void {
  for (const path of paths) rmdirSync(path);
}

function attempt<T>(folder: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new GrapevineError(
      'folder-unwritable',
      `Plots cannot be written to ${folder}: ${reasonOf(error)}`,
      'Name another folder with --svg.',
    );
  }
}
