import { z } from 'zod'

/** How servers' passwords are stored on this machine, or why they are not. `secretsText` puts it into words. */
export const secretsKeptSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('keyFile'), file: z.string() }),
  /** The operating system's keychain; `keyring` is the name of the Linux keyring. */
  z.object({ kind: z.literal('keychain'), of: z.enum(['darwin', 'win32', 'linux']), keyring: z.string() }),
  z.object({ kind: z.literal('keyFileWrong'), file: z.string(), bytes: z.number() }),
  z.object({ kind: z.literal('keyFileUnreadable'), file: z.string(), because: z.string() }),
  z.object({ kind: z.literal('keyFileNotWritten'), file: z.string(), because: z.string() }),
  z.object({ kind: z.literal('noKeychain') }),
  z.object({ kind: z.literal('wrappedKeyUnreadable'), because: z.string() }),
  z.object({ kind: z.literal('keychainLocked'), file: z.string(), because: z.string() }),
  z.object({ kind: z.literal('keyNotGiven'), because: z.string() }),
])
