import type { TFunction } from 'i18next'
import type { Alarm } from '../../shared/alarms.ts'
import type { DeskNotice } from '../../shared/shell.ts'
import { pathOf } from '../../shared/subjects.ts'
import { severityRank } from '../../shared/troubles.ts'
import type { Language } from '../../shared/words/languages.ts'
import { troubleWords } from '../../shared/words/reasonText.ts'
import { toAlarm, toAlarms } from '../app/links.ts'
import type { News } from './newsOfAlarms.ts'

/** Names in a notice of several alarms. */
const mostNamed = 4
const longestTitle = 160
const longestText = 400
const longestName = 60

/** Names come from strangers, and may be long. */
const cut = (text: string, most: number) => (text.length <= most ? text : `${text.slice(0, most - 1)}…`)
function nameOf({ subject, serverName }: Alarm): string {
  const path = pathOf(subject)
  return path === null ? cut(serverName, longestName) : `${cut(path, longestName)} · ${cut(serverName, longestName)}`
}

/** News as notifications: one of what began or worsened and one of what is over, whatever their number. */
export function noticesOf({ begun, worse, ended }: News, language: Language, t: TFunction): readonly DeskNotice[] {
  const loud = [...worse, ...begun].sort((a, b) => severityRank[a.severity] - severityRank[b.severity])
  const notices: DeskNotice[] = []
  const [worst] = loud
  if (worst !== undefined && loud.length === 1) {
    const severity = t(`severity.${worst.severity}`)
    const title = t(worse.length > 0 ? 'telling.worse' : 'telling.begun', { severity, name: nameOf(worst) })
    notices.push({ tag: worst.id, title, text: troubleWords(worst, language).text, to: toAlarm(worst.id) })
  } else if (worst !== undefined) {
    const title = t('telling.severalBegun', { count: loud.length, severity: t(`severity.${worst.severity}`) })
    notices.push({ tag: 'begun', title, text: namesOf(loud, t), to: toAlarms({ state: ['unacknowledged'] }) })
  }
  const [over] = ended
  if (over !== undefined && ended.length === 1)
    notices.push({ tag: over.id, title: t('telling.ended', { name: nameOf(over) }), text: troubleWords(over, language).text, to: toAlarm(over.id) })
  else if (over !== undefined)
    notices.push({ tag: 'ended', title: t('telling.severalEnded', { count: ended.length }), text: namesOf(ended, t), to: toAlarms() })
  return notices.map(({ title, text, ...notice }) => ({ ...notice, title: cut(title, longestTitle), text: cut(text, longestText) }))
}

const namesOf = (alarms: readonly Alarm[], t: TFunction) =>
  [...alarms.slice(0, mostNamed).map(nameOf), ...(alarms.length > mostNamed ? [t('common.more', { count: alarms.length - mostNamed })] : [])].join('\n')
