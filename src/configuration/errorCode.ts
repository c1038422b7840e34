/** What an operator looks up: the system's code of an error, such as `EACCES`; the text of one that has none. */
export const errorCode = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : String(error))
