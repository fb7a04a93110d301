import { benchAccept } from './accept.ts';
import { benchFairness } from './fairness.ts';
import { benchFollow } from './follow.ts';
import { benchLogging } from './logging.ts';
import { benchPipeline } from './pipeline.ts';

/** `npm run bench -- <name>`: figures and ratios on this machine, side by side in one run. */
const BENCHES: Record<string, () => Promise<void>> = {
  accept: benchAccept,
  fairness: benchFairness,
  follow: benchFollow,
  logging: benchLogging,
  pipeline: benchPipeline,
};

const name = process.argv[2] ?? '';
const bench = BENCHES[name];
if (bench === undefined) {
  process.stderr.write(`bench: say which one: ${Object.keys(BENCHES).join(', ')}\n`);
  process.exit(2);
}
await bench();
process.exit(0);
