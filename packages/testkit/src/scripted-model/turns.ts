/** How an answer is delivered. */
export type Pace = {
  /** Milliseconds before the first byte. */
  delayMs?: number;
  /** The first byte waits for this: a test's way to hold a call open without sleeping. */
  gate?: Promise<unknown>;
  /** In how many pieces the content is streamed, or the body written where nothing is streamed; 1 where absent. */
  chunks?: number;
};

/** What an answer reports as spent, in tokens; counted from the text where absent. */
export type ScriptedUsage = { promptTokens: number; completionTokens: number };

/** What the server does with one request. */
export type ScriptedTurn =
  /** Answers with this text, or this value as JSON; a plausible role for the request's own sources where absent. */
  | ({ kind: 'answer'; content?: string | object; usage?: ScriptedUsage } & Pace)
  /** 429; `retryAfter` is the header: seconds, or an HTTP date. */
  | { kind: 'rateLimited'; retryAfter?: number | string }
  | { kind: 'status'; status: number; body?: string | object; headers?: Record<string, string> }
  /** Ends the connection before the status line, or halfway through the body. */
  | { kind: 'cut'; at: 'headers' | 'body' }
  /** `finish_reason: "length"` with the first half of a role. */
  | { kind: 'truncated' }
  /** 200 with JSON that is no chat completion. */
  | { kind: 'wrongShape' }
  /** 200 with a page of HTML, as from a proxy. */
  | { kind: 'notJson' }
  /** `finish_reason: "content_filter"` with no content. */
  | { kind: 'contentFilter' }
  /** Never answers: the connection stays open until the client, or `close()`, ends it. */
  | { kind: 'hang' }
  /** A plausible role in a language that was not asked for. */
  | { kind: 'wrongLanguage' }
  | BrokenTurn;

/** Answers with status 200 that are none. */
export type BrokenTurn =
  | { kind: 'emptyBody' }
  /** The first half of an answer; then the body ends as if it were whole, or seems to go on and does not. */
  | { kind: 'halfStream'; goesOn: boolean }
  /** An error in place of an answer, or in the middle of its stream. */
  | { kind: 'sseError' }
  /** Ten megabytes: a page of HTML, or an answer that does not come to its end. */
  | { kind: 'huge'; as: 'html' | 'answer' };
