import { doorError, type ServerCaution } from '../cautions.ts'
import type { SetAside } from '../consoleTroubles.ts'
import { newEvent } from '../events.ts'
import { serverErrorWords } from './errorText.ts'
import { eventText } from './eventText.ts'
import type { Language } from './languages.ts'
import { notices, secretsText } from './secretsText.ts'
import { joined, textOf } from './texts.ts'

export function cautionText(caution: ServerCaution, language: Language): string {
  switch (caution.kind) {
    case 'configurationRefused':
      return eventText(newEvent('configurationRefused', 0, caution.facts), language)
    case 'keptForLaunch':
      return notices[language].cautions.keptForLaunch(secretsText(caution.secrets, language))
    case 'sameDoor': {
      const { other, doors } = caution
      return joined(...Object.values(serverErrorWords(doorError(other, doors.map(({ at }) => at).join(', ')), language)))
    }
    default:
      return textOf(notices[language].cautions, caution)
  }
}

/** Why a file was set aside. */
export function setAsideText(aside: SetAside, language: Language): string {
  switch (aside.damage) {
    case 'mainEarlier':
      return notices[language].setAside.mainEarlier(aside)
    case 'historyEarlier':
      return notices[language].setAside.historyEarlier(aside)
    case 'alarmsReplaced':
      return notices[language].setAside.alarmsReplaced()
    default:
      return eventText(newEvent('storeDamaged', 0, aside), language)
  }
}
