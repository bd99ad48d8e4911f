export type { Violation } from './check/violation.ts';
export type { Report } from './metrics/report.ts';
export { play } from './scenario/run.ts';
export type { Outcome, Progress, RunOptions } from './scenario/run.ts';
export { readScenario } from './scenario/scenario.ts';
export type { Scenario } from './scenario/scenario.ts';
export type { WorldOptions } from './world/options.ts';
export { defaultWorld } from './world/options.ts';
export { World } from './world/world.ts';
