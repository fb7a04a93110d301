import { needlessCall } from './ai-calls.ts';
import { cancelsIn, type Evidence, idsIn, PROMISED, type Problem, refusalsIn } from './evidence.ts';

/** What is there, or was done, more often than it should be. */
export function doubles({ answers, wishes, ledger, versions, calls, lastEvents, strike }: Evidence): Problem[] {
  const doubled = (creation: string, reason: string): Problem => ({ kind: 'doubled', creation, reason });
  const rows = new Map(ledger.map(row => [row.id, row]));
  const byMarker = Map.groupBy(ledger, row => row.marker);
  const promised = new Map([...cancelsIn(wishes)].filter(([, { answer }]) => PROMISED.has(answer)));
  const wishesOf = Map.groupBy(wishes, wish => wish.creationId);
  return [
    ...[...Map.groupBy(answers, answer => answer.marker)].flatMap(([marker, own]) => {
      const [first, ...others] = idsIn(own);
      if (first === undefined) return [];
      const sinceFirst = own.slice(own.findIndex(answer => 'creationId' in answer));
      return [
        ...others.map(id => doubled(id, `request ${marker} was answered with ${first} too`)),
        ...refusalsIn(sinceFirst)
          .filter(refusal => /^\d+$/.test(refusal) && refusal !== '503')
          .map(refusal => doubled(first, `request ${marker} was accepted, and then answered ${refusal}`)),
      ];
    }),
    ...ledger.flatMap(({ id, status }) => {
      const cancel = promised.get(id);
      if (cancel === undefined || status !== 'succeeded') return [];
      return [doubled(id, `its cancel was answered ${cancel.answer}, and it succeeded`)];
    }),
    ...[...byMarker].flatMap(([marker, same]) =>
      same.slice(1).map(({ id }) => doubled(id, `request ${marker} has ${same.length} rows in the ledger`)),
    ),
    ...[...Map.groupBy(versions, version => version.creationId)].flatMap(([id, own]) => [
      ...(own.length > 1 ? [doubled(id, `${own.length} role versions`)] : []),
      ...(rows.get(id)?.status === 'succeeded' ? [] : [doubled(id, `a role version, and ${rows.get(id)?.status}`)]),
    ]),
    ...[...Map.groupBy(versions, version => version.roleId)].flatMap(([roleId, own]) =>
      own
        .toSorted((a, b) => a.version - b.version)
        .filter(({ version }, index) => version !== index + 1)
        .map(({ creationId, version }) => doubled(creationId, `version ${version} of ${roleId} is out of sequence`)),
    ),
    ...[...lastEvents].filter(([, count]) => count > 1).map(([id, count]) => doubled(id, `${count} last events`)),
    ...[...Map.groupBy(calls, call => call.marker)].flatMap(([marker, own]) => {
      const creation = byMarker.get(marker)?.[0]?.id;
      if (creation === undefined) return [doubled(marker, `${own.length} AI calls, and not in the ledger`)];
      const reason = needlessCall(own, strike, wishesOf.get(creation) ?? []);
      return reason === null ? [] : [doubled(creation, reason)];
    }),
  ];
}
