import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Creation } from '@roleforge/contracts';
import { listAudit } from '@roleforge/db';
import { noteSecret } from '@roleforge/testkit';
import type { Page } from 'playwright-core';
import { beginJourney, type Journey, until } from '../journeys/journey.fixture.ts';
import { type BoardBrowser, openBoardBrowser } from './board-browser.fixture.ts';

let journey: Journey;
let browser: BoardBrowser;
/** What pages have asked for, and what went wrong in them. */
const asked = new Set<string>();
const faults: string[] = [];
beforeAll(async () => {
  [journey, browser] = await Promise.all([beginJourney(), openBoardBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await journey.close();
});

async function pageAt(path: string): Promise<Page> {
  const page = await browser.newPage();
  page.on('request', request => asked.add(new URL(request.url()).origin));
  page.on('pageerror', error => faults.push(error.message));
  page.on('console', line => line.text().includes('Content Security Policy') && faults.push(line.text()));
  await page.goto(journey.url + path);
  return page;
}

async function logIn(page: Page, key: string): Promise<void> {
  await page.getByLabel('Key').fill(key);
  await page.getByRole('button', { name: 'Log in' }).click();
}

const buttonsOf = (page: Page) => page.locator('#operator-bar .deeds button').allTextContents();
const bar = (page: Page) => page.locator('#operator-bar');

async function openJob(page: Page, { id }: Creation): Promise<void> {
  await page.goto(`${journey.url}/admin/queues/queue/role-creation/${id}`);
  await bar(page).getByText(id).waitFor();
}

async function statusOf({ id }: Creation): Promise<string> {
  const response = await journey.call('GET', `/v1/role-creations/${id}`);
  return ((await response.json()) as Creation).status;
}

async function auditOf({ id }: Creation): Promise<string[]> {
  const { items } = await listAudit(journey.database, { limit: 100, before: null });
  return items.filter(({ target }) => target === id).map(({ action, actor }) => `${action} by ${actor.id}`);
}

describe('the board, in a browser', () => {
  test('lets nobody in without a key, and an operator see the queues and what waits on them', async () => {
    const creation = await journey.submit('tea-shop', {
      priority: 'high',
      metadata: { note: noteSecret('whom-the-role-is-for') },
    });
    const page = await pageAt('/admin/queues');
    expect(new URL(page.url()).pathname).toBe('/admin/login');
    await logIn(page, 'not one of the keys');
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toBe('That is neither of the keys.');

    await logIn(page, journey.adminKey);
    await bar(page).getByText('creations: running').waitFor();
    for (const queue of ['role-creation', 'bulk-operation', 'webhook-delivery', 'maintenance'])
      await page.getByText(queue).first().waitFor();
    expect(await bar(page).locator('b').textContent()).toBe('operator');
    expect(await buttonsOf(page)).toEqual(['Pause all creations']);

    await page.goto(`${journey.url}/admin/queues/queue/role-creation?status=prioritized`);
    await page.locator('#root').getByText(creation.id).first().waitFor();
    expect(await page.content()).not.toContain('whom-the-role-is-for');
    await openJob(page, creation);
    await bar(page).getByRole('button', { name: 'Cancel' }).waitFor();
    await page.locator('#root').getByText(creation.id).first().waitFor();
    await page.locator('#root').getByText('traceparent').waitFor();
    await page.getByText('Loading the job flow').waitFor({ state: 'hidden' });
    const picture = process.env.BOARD_SCREENSHOT;
    if (picture !== undefined) await page.screenshot({ path: picture });
    expect(await buttonsOf(page)).toEqual(['Cancel', 'Pause']);
    await page.context().close();
  });

  test('an operator cancels a creation, gives one another priority, and pauses everything: ledger and audit log say so', async () => {
    const [unwanted, hurried] = [await journey.submit('tea-shop'), await journey.submit('tea-shop')];
    const page = await pageAt('/admin/login');
    page.on('dialog', dialog => void dialog.accept());
    await logIn(page, journey.adminKey);
    await page.waitForURL('**/admin/queues');
    await openJob(page, unwanted);
    await bar(page).getByRole('button', { name: 'Cancel' }).click();
    await bar(page).getByText(`${unwanted.id}: cancelled`).waitFor();
    expect([await statusOf(unwanted), await auditOf(unwanted)]).toEqual([
      'cancelled',
      ['creation.cancelled by admin_key'],
    ]);

    await openJob(page, hurried);
    await bar(page).getByLabel('Another priority').selectOption('urgent');
    await until(async () => (await auditOf(hurried)).includes('creation.reprioritized by admin_key'));

    await page.goto(`${journey.url}/admin/queues`);
    await bar(page).getByRole('button', { name: 'Pause all creations' }).click();
    await bar(page).getByText('creations: paused').waitFor();
    await bar(page).getByRole('button', { name: 'Resume all creations' }).click();
    await bar(page).getByText('creations: running').waitFor();
    const { items } = await listAudit(journey.database, { limit: 2, before: null });
    expect(items.map(({ action, actor }) => [action, actor.id])).toEqual([
      ['system.resumed', 'admin_key'],
      ['system.paused', 'admin_key'],
    ]);
    await page.context().close();
  });

  test('a creation that failed is begun again', async () => {
    const creation = await journey.submit('a-task-without-sources');
    const worker = await journey.startWorker();
    await until(async () => (await statusOf(creation)) === 'failed');
    await worker.stop(10_000);
    const page = await pageAt('/admin/login');
    await logIn(page, journey.adminKey);
    await page.waitForURL('**/admin/queues');
    await openJob(page, creation);
    await page.locator('#root').getByText('base_info_missing').first().waitFor();
    await bar(page).getByRole('button', { name: 'Retry' }).click();
    await bar(page).getByText(`${creation.id}: queued`).waitFor();
    expect([await statusOf(creation), await auditOf(creation)]).toEqual(['queued', ['creation.retried by admin_key']]);
    await page.context().close();
  });

  test('a viewer sees the same, and no button that does anything; logging out ends it', async () => {
    const creation = await journey.submit('tea-shop');
    const page = await pageAt('/admin/login');
    await logIn(page, journey.viewerKey);
    await bar(page).getByText('creations: running').waitFor();
    expect(await bar(page).locator('b').textContent()).toBe('viewer');
    expect(await bar(page).getByRole('button').allTextContents()).toEqual(['Log out']);
    await openJob(page, creation);
    await bar(page).getByText(`${creation.id}: queued`).waitFor();
    expect(await bar(page).getByRole('button').allTextContents()).toEqual(['Log out']);
    const refused = await page.evaluate(
      async path => (await fetch(path, { method: 'POST' })).status,
      `/admin/queues/deeds/role-creation/${creation.id}/cancel`,
    );
    expect([refused, await statusOf(creation)]).toEqual([403, 'queued']);

    const cookies = await page.context().cookies();
    expect(cookies).toMatchObject([{ httpOnly: true, sameSite: 'Strict', path: '/admin' }]);
    await bar(page).getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL('**/admin/login');
    await page.context().addCookies(cookies);
    await page.goto(`${journey.url}/admin/queues`);
    expect(new URL(page.url()).pathname).toBe('/admin/login');
    await page.context().close();
  });

  test('none of it asked another host for anything, or broke a rule of its page', () => {
    expect([...asked]).toEqual([journey.url]);
    expect(faults).toEqual([]);
  });
});
