import type { TFunction } from 'i18next'
import type { Language } from '../../i18n/languages.ts'
import { troubleText } from '../../i18n/reasonText.ts'
import type { Alarm } from '../../shared/alarms.ts'
import { severityRank } from '../../shared/severities.ts'
import type { DeskNotice } from '../../shared/shell.ts'
import { pathOf } from '../../shared/subjectNames.ts'
import { toAlarm, toAlarms, toIncident } from '../app/links.ts'
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

/** Alarms with the same cause, worst first. */
type Group = readonly [Alarm, ...Alarm[]]
function byIncident(alarms: readonly Alarm[]): readonly Group[] {
  const groups = new Map<string, [Alarm, ...Alarm[]]>()
  for (const alarm of [...alarms].sort((a, b) => severityRank[a.severity] - severityRank[b.severity])) {
    const group = groups.get(alarm.incident)
    if (group === undefined) groups.set(alarm.incident, [alarm])
    else group.push(alarm)
  }
  return [...groups.values()]
}

/** News as notifications: one of what began or worsened and one of what is over, whatever their number. What has one cause has one name. */
export function noticesOf({ begun, more, worse, ended }: News, language: Language, t: TFunction): readonly DeskNotice[] {
  const loud = byIncident([...worse, ...begun])
  const over = byIncident(ended)
  const notices: DeskNotice[] = []
  const [first] = loud
  if (first !== undefined && loud.length === 1 && more === 0) {
    const [worst] = first
    const title = t(worse.includes(worst) ? 'notifications.worse' : 'notifications.begun', { severity: t(`severity.${worst.severity}`), name: nameOf(worst) })
    notices.push({ tag: worst.id, title: withOthers(title, first, t), text: troubleText(worst, language).text, to: toIncident(worst.incident) })
  } else if (first !== undefined) {
    const title = t('notifications.severalBegun', { count: begun.length + more + worse.length, severity: t(`severity.${first[0].severity}`) })
    notices.push({ tag: 'begun', title, text: namesOf(loud, t, more), to: toAlarms({ state: ['unacknowledged'] }) })
  }
  const [firstOver] = over
  if (firstOver !== undefined && over.length === 1) {
    const [worst] = firstOver
    const title = withOthers(t('notifications.ended', { name: nameOf(worst) }), firstOver, t)
    notices.push({ tag: worst.id, title, text: troubleText(worst, language).text, to: toAlarm(worst.id) })
  } else if (firstOver !== undefined)
    notices.push({ tag: 'ended', title: t('notifications.severalEnded', { count: ended.length }), text: namesOf(over, t), to: toAlarms() })
  return notices.map(({ title, text, ...notice }) => ({ ...notice, title: cut(title, longestTitle), text: cut(text, longestText) }))
}

const withOthers = (name: string, { length }: Group, t: TFunction) => (length === 1 ? name : `${name} ${t('common.more', { count: length - 1 })}`)
function namesOf(groups: readonly Group[], t: TFunction, more = 0): string {
  const others = groups.slice(mostNamed).reduce((sum, { length }) => sum + length, more)
  return [
    ...groups.slice(0, mostNamed).map((group) => withOthers(nameOf(group[0]), group, t)),
    ...(others > 0 ? [t('common.more', { count: others })] : []),
  ].join('\n')
}
