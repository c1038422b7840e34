import { type Damage, newEvent } from '../../shared/events.ts'
import { eventText } from '../../shared/words/eventText.ts'

/** What became of a damaged file, for the log and for the list of files that were set aside. */
export const damageText = (damage: Damage): string => eventText(newEvent('storeDamaged', 0, damage), 'en')
