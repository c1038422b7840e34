import { type Damage, newEvent } from '../../shared/events.ts'
import { eventText } from '../../shared/words/eventText.ts'

/** Describes in English what was done about a damaged file, for the log and the list of set-aside files. */
export function damageText(damage: Damage): string {
  return eventText(newEvent('storeDamaged', 0, damage), 'en')
}
