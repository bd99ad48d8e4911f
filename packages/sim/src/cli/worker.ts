import { parentPort } from 'node:worker_threads';
import { runJob } from './job.ts';
import type { Job } from './job.ts';

parentPort?.on('message', (job: Job) => parentPort?.postMessage(runJob(job)));
