/** The operator's login form. `refusal` is a fixed text of ours, never what was typed. */
export function loginPage(refusal: string | null): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>RoleForge: operator</title>
<link rel="icon" href="data:,">
<style>
  :root { color-scheme: light dark }
  body { font: 16px/1.5 system-ui, sans-serif; display: grid; place-items: center; min-height: 100vh; margin: 0; background: Canvas; color: CanvasText }
  form { box-sizing: border-box; width: min(26rem, 100vw - 2rem); display: grid; gap: .75rem; padding: 2rem; border: 1px solid color-mix(in srgb, CanvasText 20%, transparent); border-radius: .75rem }
  h1 { font-size: 1.25rem; margin: 0 }
  p { margin: 0 }
  [role=alert] { color: #c0262d }
  input, button { font: inherit; padding: .6rem .75rem; border-radius: .5rem; border: 1px solid color-mix(in srgb, CanvasText 35%, transparent) }
  button { background: #2457d6; color: white; border: 0; cursor: pointer }
</style>
</head>
<body>
<form method="post" action="/admin/login">
  <h1>RoleForge queues</h1>
  <p>Log in with the admin key (<code>ADMIN_API_KEY</code>), or with the viewer’s key, which only looks.</p>
  ${refusal === null ? '' : `<p role="alert">${refusal}</p>`}
  <label for="key">Key</label>
  <input id="key" name="key" type="password" autocomplete="current-password" required autofocus>
  <button>Log in</button>
</form>
</body>
</html>`;
}
