import { sayIn } from '../../i18n/say.ts'
import type { Alarm } from '../alarms.ts'
import type { Language } from './languages.ts'

/** Who acknowledged: the operator, or whoever used a link of a message. */
export function takerName({ by, link }: Pick<NonNullable<Alarm['acknowledged']>, 'by' | 'link'>, language: Language): string {
  return link === undefined ? by : sayIn(language)('acknowledging.byLink', { by, link, context: by === '' ? 'nameless' : undefined })
}
