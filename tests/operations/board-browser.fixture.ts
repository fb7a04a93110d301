import { provideTools } from '@roleforge/testkit';
import { type Browser, chromium, type Page } from 'playwright-core';

/** A browser without a window, and pages of a size to be shown. */
export type BoardBrowser = {
  /** A page with cookies of its own. */
  newPage(): Promise<Page>;
  close(): Promise<void>;
};

const SIZE = { width: 1280, height: 800 };

export async function openBoardBrowser(): Promise<BoardBrowser> {
  const tools = await provideTools({ chromium: 'chromium' });
  const browser: Browser = await chromium.launch({
    executablePath: tools.chromium,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  return {
    newPage: async () => (await browser.newContext({ viewport: SIZE })).newPage(),
    close: () => browser.close(),
  };
}
