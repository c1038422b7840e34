import { z } from 'zod'
import { configurationRefusedSchema } from './configurationRefused.ts'

/** How the passwords of servers are kept on this machine, or why they are not. `secretsText` puts it into words. */
export const secretsKeptSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('keyFile'), file: z.string() }),
  /** The system's own; `keyring`: of Linux, by its name. */
  z.object({ kind: z.literal('keychain'), of: z.enum(['darwin', 'win32', 'linux']), keyring: z.string() }),
  z.object({ kind: z.literal('keyFileWrong'), file: z.string(), bytes: z.number() }),
  z.object({ kind: z.literal('keyFileUnreadable'), file: z.string(), because: z.string() }),
  z.object({ kind: z.literal('keyFileNotWritten'), file: z.string(), because: z.string() }),
  z.object({ kind: z.literal('noKeychain') }),
  z.object({ kind: z.literal('wrappedKeyUnreadable'), because: z.string() }),
  z.object({ kind: z.literal('keychainLocked'), file: z.string(), because: z.string() }),
  z.object({ kind: z.literal('keyNotGiven'), because: z.string() }),
])
export type SecretsKept = z.infer<typeof secretsKeptSchema>

/** Fields of MediaMTX's answers: the first of them, and how many there are beyond. */
const fields = z.object({ names: z.array(z.string()), more: z.number() })

/** What is not wrong with a server, and should be looked at all the same. `cautionText` puts it into words. */
export const serverCautionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('configurationRefused'), facts: configurationRefusedSchema }),
  /** A stored server of the same name is not watched. */
  z.object({ kind: z.literal('hidesStored') }),
  z.object({ kind: z.literal('passwordUnreadable') }),
  z.object({ kind: z.literal('passwordLeftBehind') }),
  /** `wrong` are shown as unknown, `cut` are longer than any media server's. */
  z.object({ kind: z.literal('valuesWrong'), wrong: fields, cut: fields }),
  /** There is no key to store its password with. */
  z.object({ kind: z.literal('keptForLaunch'), secrets: secretsKeptSchema }),
  z.object({ kind: z.literal('openToAll') }),
  z.object({ kind: z.literal('passwordUnencrypted') }),
  /** As an earlier version kept it. */
  z.object({ kind: z.literal('told'), text: z.string() }),
])
export type ServerCaution = z.infer<typeof serverCautionSchema>
