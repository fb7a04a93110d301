export { type Kept, keepRunning } from './keep-running.ts';
export { nothingOpened, type Opened } from './opened.ts';
export { runProcess } from './run-process.ts';
