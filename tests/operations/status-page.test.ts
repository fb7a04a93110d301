import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  provideTools,
  type ScriptedModel,
  startScriptedModel,
  startTcpProxy,
  type TcpProxy,
  testServers,
} from '@roleforge/testkit';
import { type Browser, chromium, type Page } from 'playwright-core';
import { beginJourney, type Journey } from '../journeys/journey.fixture.ts';

let journey: Journey;
let model: ScriptedModel;
let redis: TcpProxy;
let browser: Browser;
beforeAll(async () => {
  const { chromium: executablePath } = await provideTools({ chromium: 'chromium' });
  [model, redis] = await Promise.all([startScriptedModel(), startTcpProxy(testServers().redisUrl)]);
  journey = await beginJourney({ redisUrl: redis.url });
  browser = await chromium.launch({ executablePath, args: ARGS });
});
afterAll(async () => {
  await browser?.close();
  await journey?.close();
  await Promise.all([model?.close(), redis?.close()]);
});

/** Nothing of the browser's own may ask for anything. */
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const PHONE = { width: 320, height: 640 };
const DESKTOP = { width: 1280, height: 860 };

/** What a page did that it should not. */
type Watched = { page: Page; complaints: string[] };

async function openPage(options: Parameters<Browser['newPage']>[0] = {}): Promise<Watched> {
  const page = await browser.newPage({ viewport: DESKTOP, ...options });
  const complaints: string[] = [];
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', error => complaints.push(error.message));
  page.on('request', request => {
    if (!request.url().startsWith(journey.url) && !request.url().startsWith('data:')) complaints.push(request.url());
  });
  // As text: these run in the page, of whose names the types here know nothing.
  await page.addInitScript(
    "document.addEventListener('securitypolicyviolation', event => console.error('policy', event.violatedDirective))",
  );
  await page.goto(`${journey.url}/status`);
  return { page, complaints };
}

const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');

describe('the page /status', () => {
  test('shows a worker as it comes and as it works, without being loaded again', async () => {
    const { page, complaints } = await openPage();
    await page.getByText('No worker is there.').waitFor();
    await page.locator('#link[data-state=live]').waitFor();
    await journey.startWorker({ AI_BASE_URL: model.url, AI_MODEL: 'scripted-1', WORKER_CONCURRENCY: '4' });
    await page.getByText('waits for work').waitFor();
    model.enqueue({ kind: 'hang' });
    await journey.submit('tea-shop');
    await page.getByText('1 writing').waitFor();
    await page.locator('#workers .count', { hasText: '1/4' }).waitFor();
    expect(await page.locator('#workers rect.writing').getAttribute('width')).toBe('25.00');
    expect(await page.title()).toBe('Everything works · RoleForge status');
    expect(await page.getByText('scripted-1').count()).toBe(1);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('tells in words what is wrong, and that it is over', async () => {
    const { page, complaints } = await openPage();
    await page.getByText('Everything works').waitFor();
    redis.cut();
    await page.getByText('Work stands still').waitFor();
    expect(await page.locator('#incidents li').textContent()).toContain('The queue does not answer');
    expect(await page.locator('#history').textContent()).toContain('Nothing else was wrong in the last day.');
    redis.restore();
    await page.getByText('Everything works').waitFor();
    await page.locator('#history', { hasText: 'the queue was away' }).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('fits a small phone, in light and dark, and a page without scripts shows as much', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, complaints } = await openPage({ viewport: PHONE, colorScheme });
      await page.getByText('Everything works').waitFor();
      expect(await overflow(page)).toBe(0);
      expect(complaints).toEqual([]);
      await page.close();
    }
    const { page } = await openPage({ viewport: PHONE, javaScriptEnabled: false });
    expect(await page.locator('#headline strong').textContent()).toBe('Everything works');
    expect(await page.locator('#queue tbody tr').count()).toBe(4);
    expect(await overflow(page)).toBe(0);
    await page.close();
  });

  test('says when it is not connected, and goes on by itself when it is', async () => {
    const { page } = await openPage();
    await page.locator('#link[data-state=live]').waitFor();
    await journey.api().stop(10_000);
    await page.getByText('Not connected').waitFor();
    await journey.restartApi();
    await page.locator('#link[data-state=live]').waitFor();
    await page.close();
  });
});
