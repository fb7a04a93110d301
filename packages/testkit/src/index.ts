export { startPrivateServers } from './private-servers/start-private-servers.ts';
export * from './scripted-model/index.ts';
