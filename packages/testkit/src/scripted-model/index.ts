export type { ChatRequest } from './chat-completion.ts';
export { plausibleRole } from './plausible-role.ts';
export { type RecordedRequest, type ScriptedModel, startScriptedModel } from './server.ts';
export type { BrokenTurn, Pace, ScriptedTurn, ScriptedUsage } from './turns.ts';
