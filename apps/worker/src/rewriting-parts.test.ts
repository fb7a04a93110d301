import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { PROFILE_PARTS, type RoleId, type TaskId } from '@roleforge/contracts';
import { createSourceStore, eraseRole, findRole } from '@roleforge/db';
import { presentRole } from '@roleforge/domain';
import { openWorkshop, TEA_SHOP, type Workshop } from './worker.fixture.ts';

let workshop: Workshop;
beforeEach(async () => {
  workshop = await openWorkshop();
});
afterEach(() => workshop.close());

/** A role as its owner would see it now. */
async function shown(roleId: RoleId, version?: number) {
  const { database, tenantId } = workshop;
  const record = await findRole(database, tenantId, roleId, version);
  if (record === null) throw new Error(`${roleId} has no such version`);
  return presentRole(record, await createSourceStore(database).readDigests(tenantId, record.taskId as TaskId));
}

async function made(): Promise<RoleId> {
  await workshop.storeSources('tea-shop', TEA_SHOP);
  return (await workshop.ended(await workshop.submit({ taskId: 'tea-shop' }))).roleId;
}

const NEW_STYLE = { tone: '爽利直接', catchphrases: ['来，坐下喝'] };

describe('rewriting the parts that are stale', () => {
  test('makes a version in which they alone are new, and nothing is stale', async () => {
    await workshop.startWorker();
    const roleId = await made();
    await workshop.storeSources('tea-shop', { talkStyle: NEW_STYLE });
    const before = await shown(roleId);
    expect(before.stale).toContain('greeting');
    expect(before.stale).not.toContain('knowledge');

    const regenerate = { baseVersion: 1, sections: before.stale };
    const creation = await workshop.ended(await workshop.submit({ taskId: 'tea-shop' }, regenerate));
    expect(creation).toMatchObject({ status: 'succeeded', roleVersion: 2, regenerate });
    const after = await shown(roleId);
    expect(after).toMatchObject({ version: 2, stale: [], regenerated: { fromVersion: 1, sections: before.stale } });
    const changed = PROFILE_PARTS.filter(
      part => JSON.stringify(after.profile[part]) !== JSON.stringify(before.profile[part]),
    );
    expect(changed).toContain('talkStyle');
    expect(before.stale).toEqual(expect.arrayContaining(changed));
    expect(after.profile.talkStyle.tone).toBe(NEW_STYLE.tone);
    expect(after.provenanceItems).toEqual(before.provenanceItems);
    expect(after.provenanceItems.knowledge).toEqual({ knowledge: ['k-water'] });
  });

  test('one by one leaves the others stale, until the last', async () => {
    await workshop.startWorker();
    const roleId = await made();
    await workshop.storeSources('tea-shop', { talkStyle: NEW_STYLE });
    const { stale, profile } = await shown(roleId);
    const others = stale.filter(part => part !== 'talkStyle');
    await workshop.ended(await workshop.submit({ taskId: 'tea-shop' }, { baseVersion: 1, sections: ['talkStyle'] }));
    const second = await shown(roleId);
    expect(second.stale).toEqual(others);
    expect(second.profile).toEqual({ ...profile, talkStyle: second.profile.talkStyle });
    await workshop.ended(await workshop.submit({ taskId: 'tea-shop' }, { baseVersion: 2, sections: others }));
    expect((await shown(roleId)).stale).toEqual([]);
    expect((await shown(roleId, 1)).stale).toEqual(stale);
  });

  test('fails for good where the version that the other parts come from is gone', async () => {
    const worker = await workshop.startWorker();
    const roleId = await made();
    await worker.stop();
    const id = await workshop.submit({ taskId: 'tea-shop' }, { baseVersion: 1, sections: ['greeting'] });
    await eraseRole(workshop.database, workshop.tenantId, roleId);
    await workshop.startWorker();
    expect(await workshop.ended(id)).toMatchObject({
      status: 'failed',
      attempts: 1,
      error: { code: 'base_version_missing', owner: 'request', retryable: false },
    });
    expect(await findRole(workshop.database, workshop.tenantId, roleId)).toBeNull();
  });
});
