/** Once after all tests. */
export default async function stopServers(): Promise<void> {
  await globalThis.serversOfRun?.stop();
}
