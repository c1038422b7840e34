import { troubleText } from '../../i18n/reasonText.ts'
import type { Alarm, AlarmState } from '../../shared/alarms.ts'
import { type Severity, severities, severityRank } from '../../shared/severities.ts'
import type { DeskNotice } from '../../shared/shell.ts'
import { pathOf } from '../../shared/subjectNames.ts'
import { cut } from '../../shared/visibleText.ts'
import { toAlarm, toAlarms, toIncident } from '../app/links.ts'
import { language, t } from '../app/words.ts'
import type { OpenAlarms } from '../fleet/openAlarms.ts'

interface Known {
  readonly alarm: Alarm
  /** Severity in its last notification; null: none was shown, or its end was notified. */
  readonly notified: Severity | null
}
/** What a window remembers about alarms, starting with the first list it received. */
export interface DeskMemory {
  /** When it received that list, engine clock: alarms raised before are not news. */
  readonly since: number
  readonly known: ReadonlyMap<string, Known>
  /** Number of unacknowledged alarms of the wanted severities, including those not listed. */
  readonly untaken: number
  /** Time of the last news, engine clock; null: none so far. */
  readonly newsAt: number | null
}

/** What to notify the operator at this desk about, each list worst first. */
export interface News {
  /** Unacknowledged alarms not notified before, or worse than in their last notification. */
  readonly begun: readonly Alarm[]
  /** Minimum number of further new alarms, missing from the list because it is too long. */
  readonly more: number
  readonly ended: readonly Alarm[]
}
const noNews: News = { begun: [], more: 0, ended: [] }

interface Look {
  readonly memory: DeskMemory
  readonly news: News
  /** When further news can be notified, engine clock; null: immediately. */
  readonly lookAgainAt: number | null
}

/** News within this time is notified together, ms: in a large failure the first alarm is notified immediately, the rest in one notification. */
export const togetherMs = 5_000
const mostUnlisted = 2_000
/** States whose end makes an alarm news again; suppression only interrupts, unless a shelf or an acknowledgement ended meanwhile. */
const handedBack: ReadonlySet<AlarmState> = new Set(['acknowledged', 'shelved', 'healedUnseen', 'outOfService'])

const isHandedBack = ({ state, givenBack = false }: Alarm): boolean => handedBack.has(state) || givenBack

/** Returns what happened to alarms since the last call. `memory` null: the first call, which never has news. Pure. */
export function newsOfAlarms(memory: DeskMemory | null, alarms: OpenAlarms, now: number, wanted: ReadonlySet<Severity>): Look {
  const untaken = [...wanted].reduce((sum, severity) => sum + alarms.alarmsBySeverity.unacknowledged[severity], 0)
  if (memory === null)
    return {
      memory: { since: now, known: new Map(alarms.list.map((alarm) => [alarm.id, { alarm, notified: null }])), untaken, newsAt: null },
      news: noNews,
      lookAgainAt: null,
    }
  const opensAt = (memory.newsAt ?? Number.NEGATIVE_INFINITY) + togetherMs
  // A clock that was set back must not suppress notifications.
  if (now < opensAt && memory.newsAt !== null && now >= memory.newsAt) return { memory, news: noNews, lookAgainAt: opensAt }

  const begun: Alarm[] = []
  /** How many of them had not been notified: the others are among the untaken ones already. */
  let fresh = 0
  const ended: Alarm[] = []
  const known = new Map<string, Known>()
  for (const alarm of alarms.list) {
    const before = memory.known.get(alarm.id)
    let notified = before?.notified ?? null
    if (notified !== null && alarm.healedAt !== null) {
      ended.push(alarm)
      notified = null
    } else if (alarm.state === 'unacknowledged' && wanted.has(alarm.severity)) {
      const isWorse = notified !== null && severityRank[alarm.severity] < severityRank[notified]
      if (isWorse || (notified === null ? isNews(alarm, before?.alarm, memory.since) : before !== undefined && isHandedBack(before.alarm))) {
        begun.push(alarm)
        if (notified === null) fresh++
        notified = alarm.severity
      }
    }
    known.set(alarm.id, { alarm, notified })
  }
  const isWhole = alarms.list.length >= alarms.total
  let unlisted = 0
  for (const [id, before] of memory.known) {
    if (known.has(id)) continue
    if (isWhole && before.notified !== null) ended.push(before.alarm)
    else if (!isWhole && unlisted++ < mostUnlisted) known.set(id, before)
  }
  const hasNews = begun.length + ended.length > 0
  const newsAt = hasNews ? now : memory.newsAt
  const more = isWhole || begun.length === 0 ? 0 : Math.max(0, untaken - memory.untaken - fresh)
  return { memory: { since: memory.since, known, untaken, newsAt }, news: { begun, more, ended }, lookAgainAt: null }
}

/** Whether an alarm not notified so far is news: since the window was opened it was raised, recurred, worsened, or lost its acknowledgement or shelf. */
function isNews(alarm: Alarm, before: Alarm | undefined, since: number): boolean {
  if (alarm.raisedAt > since) return true
  if (before === undefined) return false
  return isHandedBack(before) || before.healedAt !== null || alarm.count > before.count || severityRank[alarm.severity] < severityRank[before.severity]
}

const mostNamed = 4
const longestTitle = 160
const longestText = 400
const longestName = 60

/** Names come from strangers, and may be long. */
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

/** News as notifications: one of what began and one of what is over, whatever their number. What has one cause has one name. */
export function noticesOf({ begun, more, ended }: News): readonly DeskNotice[] {
  const loud = byIncident(begun)
  const over = byIncident(ended)
  const notices: DeskNotice[] = []
  const [first] = loud
  if (first !== undefined && loud.length === 1 && more === 0) {
    const [worst] = first
    const title = t('notifications.begun', { severity: t(`severity.${worst.severity}`), name: nameOf(worst) })
    notices.push({ tag: worst.id, title: withOthers(title, first), text: troubleText(worst, language).text, to: toIncident(worst.incident) })
  } else if (first !== undefined) {
    const title = t('notifications.severalBegun', { count: begun.length + more, severity: t(`severity.${first[0].severity}`) })
    notices.push({ tag: 'begun', title, text: namesOf(loud, more), to: toAlarms({ state: ['unacknowledged'] }) })
  }
  const [firstOver] = over
  if (firstOver !== undefined && over.length === 1) {
    const [worst] = firstOver
    const title = withOthers(t('notifications.ended', { name: nameOf(worst) }), firstOver)
    notices.push({ tag: worst.id, title, text: troubleText(worst, language).text, to: toAlarm(worst.id) })
  } else if (firstOver !== undefined)
    notices.push({ tag: 'ended', title: t('notifications.severalEnded', { count: ended.length }), text: namesOf(over), to: toAlarms() })
  return notices.map(({ title, text, ...notice }) => ({ ...notice, title: cut(title, longestTitle), text: cut(text, longestText) }))
}

const withOthers = (name: string, { length }: Group) => (length === 1 ? name : `${name} ${t('common.more', { count: length - 1 })}`)
function namesOf(groups: readonly Group[], more = 0): string {
  const others = groups.slice(mostNamed).reduce((sum, { length }) => sum + length, more)
  return [...groups.slice(0, mostNamed).map((group) => withOthers(nameOf(group[0]), group)), ...(others > 0 ? [t('common.more', { count: others })] : [])].join(
    '\n',
  )
}

interface Wishes {
  readonly soundSeverities: readonly Severity[]
  /** Until then nothing sounds, this machine's clock. */
  readonly mutedUntil: number
}

/** Mutes last this long, ms; nothing is muted without an end. */
export const muteSpans = { quarter: 15 * 60_000, hour: 3_600_000, shift: 8 * 3_600_000 } as const
const longestMuteMs = muteSpans.shift

/** End of the mute that holds at a moment; null: nothing is muted. A mute that lies further ahead than any can is of a clock that was wrong. */
export function mutedUntilAt({ mutedUntil }: Pick<Wishes, 'mutedUntil'>, now: number): number | null {
  return mutedUntil > now && mutedUntil <= now + longestMuteMs ? mutedUntil : null
}

/** The severity that sounds: the worst of what nobody has and what is to sound at this desk. null: silence. Pure. */
export function soundOf(alarms: OpenAlarms | null, wishes: Wishes, now: number): Severity | null {
  if (alarms === null || mutedUntilAt(wishes, now) !== null) return null
  return severities.find((severity) => wishes.soundSeverities.includes(severity) && alarms.alarmsBySeverity.unacknowledged[severity] > 0) ?? null
}
