import { z } from 'zod'
import { hostAndPort } from '../../shared/endpoints.ts'
import type { HostAuthInput } from '../../shared/hosts.ts'
import { storedJson } from '../storage/storedJson.ts'
import type { HostSettings } from './hostRows.ts'
import { parseSshTarget, type SshAuth } from './sshTarget.ts'

const secretSchema = z.object({ password: z.string().optional(), key: z.string().optional(), passphrase: z.string().optional() })
/** All secrets of a host, which are stored sealed. Empty: it has none. */
export type HostSecret = z.infer<typeof secretSchema>

export function hasSecret(secret: HostSecret): boolean {
  return Object.values(secret).some((part) => part !== undefined)
}
/** Parses a stored secret; null: not in our form. */
export function secretFromText(text: string): HostSecret | null {
  return secretSchema.safeParse(storedJson(text)).data ?? null
}

/** The secrets in an operator's input, without omitted or empty ones. */
export function secretOfAuth(auth: HostAuthInput | null): HostSecret {
  switch (auth?.kind) {
    case 'password':
      return auth.password ? { password: auth.password } : {}
    case 'key':
      return { ...(auth.key && { key: auth.key }), ...(auth.passphrase && { passphrase: auth.passphrase }) }
    default:
      return {}
  }
}

/** The input without its secrets. */
export function authSettingsOf(auth: HostAuthInput | null): HostSettings['auth'] {
  return {
    kind: auth?.kind ?? 'none',
    keyFile: auth?.kind === 'key' && auth.keyFile ? auth.keyFile : null,
  }
}

/** How to sign in; null: the credential is missing. */
export function sshAuthOf({ kind, keyFile }: HostSettings['auth'], secret: HostSecret): SshAuth | null {
  switch (kind) {
    case 'none':
      return null
    case 'agent':
      return { kind: 'agent', socket: null }
    case 'password':
      return secret.password === undefined ? null : { kind: 'password', password: secret.password }
    case 'key':
      if (secret.key === undefined && keyFile === null) return null
      return { kind: 'key', key: secret.key ?? null, keyFile: secret.key === undefined ? keyFile : null, passphrase: secret.passphrase ?? null }
    default:
      return kind satisfies never
  }
}

type Addressed = Pick<HostSettings, 'ssh' | 'jump'>
/** A host and its jump hosts, as `host:port` in the letters of its settings, in which keys are kept and errors name them. */
export function targetsOf({ ssh, jump }: Addressed): readonly string[] {
  return [...(ssh === null ? [] : [ssh]), ...jump].map((text) => {
    const target = parseSshTarget(text)
    return target === null ? text : hostAndPort(target)
  })
}
/** A secret is used for the host and its jump hosts, never for an address other than those it was entered for. */
function secretMayGoAlong(before: Addressed, after: Addressed): boolean {
  const known = new Set(targetsOf(before).map((target) => target.toLowerCase()))
  return targetsOf(after).every((target) => known.has(target.toLowerCase()))
}

/**
 * The secret for an edit or a test: the new one, or the stored one if it was left out and both the kind of sign-in and the
 * address are unchanged.
 */
export function mergedSecret(
  before: { readonly settings: Addressed & Pick<HostSettings, 'auth'>; readonly secret: HostSecret },
  after: Addressed,
  auth: HostAuthInput | null | undefined,
): HostSecret {
  const given = secretOfAuth(auth ?? null)
  const kind = auth === undefined ? before.settings.auth.kind : (auth?.kind ?? 'none')
  // A new key has its own passphrase, or none.
  const otherKey = given.key !== undefined || (auth?.kind === 'key' && (auth.keyFile ?? '') !== '' && auth.keyFile !== before.settings.auth.keyFile)
  const keepsStored = kind === before.settings.auth.kind && !otherKey && secretMayGoAlong(before.settings, after)
  return keepsStored ? { ...before.secret, ...given } : given
}
