import type { Alarm } from '../shared/alarms.ts'
import type { Language } from './languages.ts'
import { sayIn } from './say.ts'

/** Who acknowledged: the operator, or whoever used a link of a message. */
export function takerName({ by, link }: Pick<NonNullable<Alarm['acknowledged']>, 'by' | 'link'>, language: Language): string {
  return link === undefined ? by : sayIn(language)('acknowledging.byLink', { by, link, context: by === '' ? 'nameless' : undefined })
}
