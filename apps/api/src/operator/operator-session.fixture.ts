/** A browser that is at a page of ours: it has a session, and says where its requests come from. */
export type Browser = {
  /** What it sends along with every request. */
  cookie: string;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  send(method: string, path: string, headers?: Record<string, string>): Promise<Response>;
};

/** Logs in with a key, which must be a good one. */
export async function logIn(url: string, key: string): Promise<Browser> {
  const response = await fetch(`${url}/admin/login`, {
    method: 'POST',
    body: new URLSearchParams({ key }),
    redirect: 'manual',
  });
  if (response.status !== 303) throw new Error(`The login was answered with ${response.status}.`);
  return browserWith(
    url,
    response.headers
      .getSetCookie()
      .map(cookie => cookie.split(';')[0])
      .join('; '),
  );
}

export function browserWith(url: string, cookie: string): Browser {
  const send: Browser['send'] = (method, path, headers = {}) =>
    fetch(url + path, {
      method,
      redirect: 'manual',
      headers: { cookie, accept: 'application/json', origin: url, ...headers },
    });
  return { cookie, send, get: (path, headers) => send('GET', path, headers) };
}
