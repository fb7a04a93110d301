import type { OperatorRole } from './operator-roles.ts';

export const BAR_SCRIPT = 'operator-bar.js';

/** What the board's own page would ask of another host: it looks as well without. */
const FONTS = /<link [^>]*fonts\.googleapis\.com[^>]*>/g;

const STYLE = `
body { padding-bottom: 3.25rem }
#operator-bar { position: fixed; inset: auto 0 0 0; z-index: 10000; min-height: 3rem; box-sizing: border-box; padding: .4rem 1rem; display: flex; flex-wrap: wrap;
  gap: .5rem .75rem; align-items: center; font: 14px/1.4 system-ui, sans-serif; background: #151a21; color: #e8ecf1; border-top: 1px solid #39424f }
#operator-bar b { text-transform: uppercase; font-size: 11px; letter-spacing: .06em; padding: .15rem .5rem; border-radius: 1rem; background: #2457d6; color: #fff }
#operator-bar b[data-role=viewer] { background: #4b5563 }
#operator-bar button, #operator-bar select { font: inherit; padding: .25rem .7rem; border-radius: .4rem; border: 1px solid #5a6677; background: #232b36; color: inherit; cursor: pointer }
#operator-bar button:hover { background: #303b49 }
#operator-bar a { color: #9cc0ff }
#operator-bar .what { overflow-wrap: anywhere }
#operator-bar .deeds { display: flex; flex-wrap: wrap; gap: .5rem }
#operator-bar .end { margin-left: auto; display: flex; gap: .75rem; align-items: center }
#operator-bar form { margin: 0 }
#operator-bar [role=status] { color: #ffd479 }`;

const end = (role: OperatorRole) => `<style>${STYLE}</style>
<div id="operator-bar" role="toolbar" aria-label="Operator">
  <b data-role="${role}">${role}</b>
  <span class="what"></span>
  <span class="deeds"></span>
  <span role="status"></span>
  <span class="end"><a href="/status">Status</a><form method="post" action="/admin/logout"><button>Log out</button></form></span>
</div>
<script defer src="${BAR_SCRIPT}"></script>
</body>`;

/** A page of Bull Board's with a bar beneath it: as what one is here, what can be done with what is shown, and the way out. */
export function withBar(html: string, role: OperatorRole): string {
  return html.replaceAll(FONTS, '').replace('</body>', () => end(role));
}
