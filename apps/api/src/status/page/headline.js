const HEADLINES = {
  operational: ['Everything works', 'Requests are accepted, and roles are made.'],
  degraded: ['Not all is well', 'Requests are accepted; some roles are late, or wait for now.'],
  standstill: ['Work stands still', 'Requests are accepted; the roles are made when it goes on.'],
  down: ['Requests are refused', 'Nothing can be accepted at the moment. Try again a little later.'],
  paused: ['Paused', 'Requests are accepted; the operator has paused the work on them.'],
};

/** The page's title. */
export function titleOf(status) {
  return `${HEADLINES[moodOf(status)][0]} · RoleForge status`;
}

export function headline(status) {
  const mood = moodOf(status);
  const [title, sentence] = HEADLINES[mood];
  return `<p class="state ${mood}"><span class="lamp" aria-hidden="true"></span><strong>${title}</strong></p><p class="lead">${sentence}</p>`;
}

/** Accepted and not made for now is worse than late. */
function moodOf({ status, incidents: { current } }) {
  const stands = status === 'degraded' && current.some(({ severity }) => severity === 'critical');
  return stands ? 'standstill' : status;
}
