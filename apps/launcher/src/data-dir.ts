import { accessSync, constants, mkdirSync } from 'node:fs';

/** Makes the folder of DATA_DIR where it is not there yet. @throws Error with one line that names the setting */
export function makeDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Error(`DATA_DIR cannot be a folder of ours: ${(error as Error).message}`, { cause: error });
  }
}
