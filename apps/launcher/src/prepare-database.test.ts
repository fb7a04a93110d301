import { expect, test } from '@jest/globals';
import getPort from 'get-port';
import { prepareDatabase } from './prepare-database.ts';

test('a database that does not answer is told of by the name of its setting, without the password', async () => {
  const port = await getPort();
  const keys = { tenants: { hillside: 'h', lantern: 'l' }, peppers: [] };
  await expect(prepareDatabase(`mysql://root:sesame@127.0.0.1:${port}/roleforge`, keys, 300)).rejects.toMatchObject({
    message: `DATABASE_URL (127.0.0.1:${port}): MySQL does not answer.`,
  });
});
