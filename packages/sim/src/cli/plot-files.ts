import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultSettings } from '@grapevine/gossip';
import { GrapevineError } from '@grapevine/wire';
import type { Claims } from '../claims/claims.ts';
import { detectionPlot, loadPlot, nodesPlot, rumourPlot, spreadPlot } from '../plots/plots.ts';
import type { Outcome } from '../scenario/run.ts';

/** Throws GrapevineError `folder-unwritable`. @returns the files written */
export function writeRunPlots(folder: string, { recorder, report }: Outcome): string[] {
  const what = `${report.scenario}, N = ${report.nodes}, seed ${report.seed}`;
  const { cold, warm } = recorder.broadcast.delays;
  const delays = { cold, warm };
  const { detections } = recorder.deaths;
  const files = new Map<string, string>();
  if (cold.length + warm.length > 0) files.set('spread.svg', spreadPlot(delays, what));
  if (detections.length > 0) files.set('detection.svg', detectionPlot(detections, what));
  return write(folder, files);
}

export function writeClaimPlots(folder: string, { rooms, rumour }: Claims): string[] {
  const files = new Map([
    ['rounds-push.svg', rumourPlot(rumour, 'push')],
    ['rounds-push-pull.svg', rumourPlot(rumour, 'pushPull')],
    ['rounds-nodes.svg', nodesPlot(rooms, defaultSettings.fanout)],
    ['load-nodes.svg', loadPlot(rooms)],
  ]);
  return write(folder, files);
}

function write(folder: string, files: ReadonlyMap<string, string>): string[] {
  try {
    mkdirSync(folder, { recursive: true });
    return [...files].map(([name, text]) => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new GrapevineError(
      'folder-unwritable',
      `Plots cannot be written to ${folder}: ${reason}`,
      'Name another folder with --svg.',
    );
  }
}
