import type { SecretsKept } from '../shared/cautions.ts'
import type { Language } from './languages.ts'
import { sayIn } from './say.ts'
import { joined } from './texts.ts'

/** How secrets are stored on this machine. */
export function secretsText(secrets: SecretsKept, language: Language): string {
  const say = sayIn(language)
  const isForLaunch = secrets.kind === 'noKeychain' || secrets.kind === 'wrappedKeyUnreadable'
  const text = say(`notices.secrets.${secrets.kind}`, secrets)
  return joined(text, isForLaunch && say('notices.keptForLaunch'))
}
