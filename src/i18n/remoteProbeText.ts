import type { RemoteProbeError } from '../shared/remoteProbes.ts'
import { serverErrorText, type Words } from './errorText.ts'
import type { Language } from './languages.ts'
import { sayIn } from './say.ts'

/** Why a remote probe can't be read, and what to do about it. */
export function remoteProbeErrorText(error: RemoteProbeError, language: Language): Words {
  const say = sayIn(language)
  if (error.kind !== 'connection')
    return { what: say(`remoteProbes.what.${error.kind}`, { ...error }), todo: say(`remoteProbes.todo.${error.kind}`, { ...error }) }
  const { kind } = error.error
  const words = serverErrorText(error.error, language)
  // What to do about certificates and secrets is the same for all servers; other advice is for media servers.
  return kind.startsWith('certificate') || kind === 'fingerprintChanged' || kind === 'secretMissing'
    ? words
    : { what: words.what, todo: say('remoteProbes.reach') }
}
