// Runs in the browser, beneath Bull Board: says how what is shown stands in the ledger, and has buttons for what can be done with it. Bull
// Board changes the address without loading a page, so that is looked at time and again.

const LOOK_EVERY_MS = 300;
const ASK_EVERY_MS = 3_000;

const LABELS = { cancel: 'Cancel', pause: 'Pause', resume: 'Resume', retry: 'Retry', resend: 'Send again now' };
const ASK_FIRST = {
  cancel: 'Cancel this creation?',
  'system pause': 'Begin nothing of anybody’s until it is resumed?',
};
const PRIORITY = 'priority-';

const bar = document.querySelector('#operator-bar');
const what = bar.querySelector('.what');
const deeds = bar.querySelector('.deeds');
const message = bar.querySelector('[role=status]');
const base = new URL('.', document.baseURI).pathname;

let shownAt = null;
let askedAtMs = 0;

/** The job that is shown, or all of the system. */
function subjectAt(path) {
  const [, queue, job] = /\/queue\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  return queue === undefined
    ? { name: 'creations', path: 'deeds', system: true }
    : { name: job, path: `deeds/${queue}/${job}`, system: false };
}

async function ask(subject, method = 'GET', deed = '') {
  const response = await fetch(`${base}${subject.path}${deed && `/${deed}`}`, {
    method,
    headers: { accept: 'application/json' },
  });
  if (response.status === 401) location.assign('/admin/login');
  const body = await response.json();
  return response.ok ? { standing: body } : { problem: response.status === 404 ? 'not on the queue' : body.detail };
}

async function act(subject, deed) {
  const question = ASK_FIRST[subject.system ? `system ${deed}` : deed];
  if (question !== undefined && !confirm(question)) return;
  const { standing, problem } = await ask(subject, 'POST', deed);
  message.textContent = problem ?? '';
  if (standing) show(subject, standing);
}

function show(subject, { status, deeds: offered }) {
  what.textContent = status === '' ? subject.name : `${subject.name}: ${status}`;
  const known = JSON.stringify([subject.path, offered]);
  if (deeds.dataset.known === known) return;
  deeds.dataset.known = known;
  const buttons = offered.filter(deed => !deed.startsWith(PRIORITY)).map(deed => buttonFor(subject, deed));
  const priorities = offered.filter(deed => deed.startsWith(PRIORITY));
  deeds.replaceChildren(...buttons, ...(priorities.length > 0 ? [choiceOf(subject, priorities)] : []));
}

function buttonFor(subject, deed) {
  const button = Object.assign(document.createElement('button'), {
    type: 'button',
    textContent: subject.system ? `${LABELS[deed]} all creations` : LABELS[deed],
    onclick: () => act(subject, deed),
  });
  button.dataset.deed = deed;
  return button;
}

function choiceOf(subject, priorities) {
  const choice = document.createElement('select');
  choice.setAttribute('aria-label', 'Another priority');
  choice.append(new Option('Priority…', ''), ...priorities.map(deed => new Option(deed.slice(PRIORITY.length), deed)));
  choice.onchange = () => choice.value !== '' && act(subject, choice.value);
  return choice;
}

async function look() {
  const path = location.pathname;
  if (path === shownAt && Date.now() - askedAtMs < ASK_EVERY_MS) return;
  if (path !== shownAt) message.textContent = '';
  shownAt = path;
  askedAtMs = Date.now();
  const subject = subjectAt(path);
  const { standing, problem } = await ask(subject);
  if (location.pathname !== path) return;
  show(subject, standing ?? { status: problem, deeds: [] });
}

setInterval(() => document.hidden || look().catch(() => (what.textContent = 'no answer')), LOOK_EVERY_MS);
