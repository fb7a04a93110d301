export { nothingOpened } from './opened.ts';
export { runProcess } from './run-process.ts';
