import { endpointError, type SecretsKept, type ServerCaution } from '../shared/cautions.ts'
import { newEvent } from '../shared/events.ts'
import type { Server } from '../shared/servers.ts'
import { serverErrorText } from './errorText.ts'
import { eventText } from './eventText.ts'
import type { Language } from './languages.ts'
import { sayIn } from './say.ts'
import { joined, namesText } from './texts.ts'

export function cautionText(caution: ServerCaution, language: Language): string {
  const say = sayIn(language)
  switch (caution.kind) {
    case 'configurationRefused':
      return eventText(newEvent('configurationRefused', 0, caution.facts), language)
    case 'keptForLaunch':
      return say('notices.cautions.keptForLaunch', { secrets: secretsText(caution.secrets, language) })
    case 'sameServer':
      return say('notices.cautions.sameServer', caution)
    case 'sameDoor': {
      const { other, endpoints } = caution
      return joined(...Object.values(serverErrorText(endpointError(other, endpoints.map(({ at }) => at).join(', ')), language)))
    }
    case 'valuesWrong':
      return say('notices.cautions.valuesWrong', { fields: namesText(caution.names, caution.names.length + caution.more, language) })
    default:
      return say(`notices.cautions.${caution.kind}`)
  }
}

/** What is said of a server besides its troubles. That two may share MediaMTX's usual ports is not, where no configuration was read: it is only assumed. */
export function cautionTexts({ cautions, addressesAssumed }: Pick<Server, 'cautions' | 'addressesAssumed'>, language: Language): readonly string[] {
  return cautions.filter(({ kind }) => kind !== 'sameDoor' || !addressesAssumed).map((caution) => cautionText(caution, language))
}

export function secretsText(secrets: SecretsKept, language: Language): string {
  const say = sayIn(language)
  const isForLaunch = secrets.kind === 'noKeychain' || secrets.kind === 'wrappedKeyUnreadable'
  const text = say(`notices.secrets.${secrets.kind}`, secrets)
  return joined(text, isForLaunch && say('notices.keptForLaunch'))
}
