import { clockOf, renderStatus, titleOf } from './status-view.js';

/** After this long a browser that has given up tries again, in milliseconds. */
const AGAIN_MS = 4_000;

const link = document.getElementById('link');
const shown = {};
let source = null;
let again;
let sampledAt = link.dataset.sampledAt;

function show(status) {
  sampledAt = status.sampledAt;
  document.title = titleOf(status);
  document.documentElement.dataset.status = status.status;
  for (const [id, html] of Object.entries(renderStatus(status))) {
    // What has not changed stays as it is: a reader's place in it, and silence for those who listen.
    if (shown[id] === html) continue;
    shown[id] = html;
    document.getElementById(id).innerHTML = html;
  }
}

function tell(state) {
  if (link.dataset.state === state) return;
  link.dataset.state = state;
  link.innerHTML =
    state === 'live' ? 'Live' : `Not connected: this is how it was at ${clockOf(sampledAt)}. Trying again…`;
}

function connect() {
  clearTimeout(again);
  source?.close();
  source = new EventSource('/v1/status');
  source.addEventListener('open', () => tell('live'));
  source.addEventListener('status', event => {
    tell('live');
    show(JSON.parse(event.data));
  });
  source.addEventListener('error', () => {
    tell('lost');
    // It comes back by itself where it was broken off, and not where it was refused.
    if (source.readyState === EventSource.CLOSED) again = setTimeout(connect, AGAIN_MS);
  });
}

// A page that nobody looks at keeps no stream.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') connect();
  else {
    clearTimeout(again);
    source?.close();
  }
});
connect();
