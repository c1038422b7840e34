import type { CanaryError, CanaryReadProtocol } from '../shared/canaries.ts'
import type { PublishProtocol } from '../shared/media.ts'
import type { Words } from './errorText.ts'
import type { Language } from './languages.ts'
import { pictureText } from './pictureText.ts'
import { sayIn } from './say.ts'

/** Why a test signal is not published, or not read by this protocol, and what to do about it. */
export function canaryErrorText(error: CanaryError, protocol: CanaryReadProtocol | PublishProtocol, language: Language): Words {
  const say = sayIn(language)
  const facts = { ...error, by: protocol.toUpperCase(), because: error.kind === 'notPublished' ? pictureText(error.error, language) : '' }
  return { what: say(`canaries.what.${error.kind}`, facts), todo: say(`canaries.todo.${error.kind}`, facts) }
}
