import { stripTypeScriptTypes } from 'node:module';

/** Lets Jest run TypeScript just as Node itself does: types become blanks, every position stays where it was. */
export default {
  process(source: string): { code: string } {
    return { code: stripTypeScriptTypes(source) };
  },
};
