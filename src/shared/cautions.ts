import { z } from 'zod'
import type { SameEndpoint } from './errors.ts'
import { configurationRefusedSchema } from './validationErrors.ts'

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
export type SecretsKept = z.infer<typeof secretsKeptSchema>

/** Something about a server that is not a trouble but deserves a look. `cautionText` puts it into words. */
export const serverCautionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('configurationRefused'), facts: configurationRefusedSchema }),
  /** It comes from the configuration file, and a stored server of the same name is not watched because of it. */
  z.object({ kind: z.literal('hidesStored') }),
  /** Fields with values that no media server has, which are shown as unknown or truncated: the first few, and how many more there are. */
  z.object({ kind: z.literal('valuesWrong'), names: z.array(z.string()), more: z.number() }),
  /** There is no key to encrypt its password with, so the password is kept in memory only. */
  z.object({ kind: z.literal('keptForLaunch'), secrets: secretsKeptSchema }),
  z.object({ kind: z.literal('openToAll') }),
  z.object({ kind: z.literal('passwordUnencrypted') }),
  /** Another watched server has the same address. */
  z.object({ kind: z.literal('sameServer'), other: z.string() }),
  /** These addresses of it, which nobody entered, are those of another server (null: of one that is not watched) as well: nothing is asked there in its name. */
  z.object({ kind: z.literal('sameDoor'), other: z.string().nullable(), endpoints: z.array(z.object({ endpoint: z.string(), at: z.string() })) }),
])
export type ServerCaution = z.infer<typeof serverCautionSchema>

/** `other` null: it is not watched. */
export function endpointError(other: string | null, at: string): SameEndpoint {
  return other === null ? { kind: 'foreignDoor', at } : { kind: 'sameDoor', other, at }
}

/** Why an endpoint of a server is not used; null: nothing is known against it. */
export function sameEndpointOf({ cautions }: { readonly cautions: readonly ServerCaution[] }, endpoint: string) {
  for (const caution of cautions) {
    const at = caution.kind === 'sameDoor' ? caution.endpoints.find((one) => one.endpoint === endpoint)?.at : undefined
    if (caution.kind === 'sameDoor' && at !== undefined) return endpointError(caution.other, at)
  }
  return null
}
