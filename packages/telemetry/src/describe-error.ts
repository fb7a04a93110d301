/** What may be logged of an error: never its other properties, which in drivers hold statements and values. */
export type ErrorDescription = {
  name: string;
  code?: string;
  message: string;
  stack?: string;
  cause?: ErrorDescription;
};

const MAX_CAUSES = 4;

/** An error with its causes, as plain data. */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { name: typeof error, message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return {
    name: error.name,
    ...(code === undefined ? {} : { code }),
    message: error.message,
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(error.cause === undefined || depth >= MAX_CAUSES ? {} : { cause: describeError(error.cause, depth + 1) }),
  };
}
