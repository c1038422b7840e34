import type { Alarm, AlarmState } from '../../shared/alarms.ts'
import { type Severity, severityRank } from '../../shared/severities.ts'
import type { OpenAlarms } from '../fleet/openAlarms.ts'

/** What this window has notified about an alarm. */
interface Known {
  /** The alarm as last seen. */
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
  /** Unacknowledged alarms not notified before. */
  readonly begun: readonly Alarm[]
  /** Minimum number of further new alarms, missing from the list because it is too long. */
  readonly more: number
  /** Alarms that are worse than in their last notification. */
  readonly worse: readonly Alarm[]
  /** Alarms notified before that are now over. */
  readonly ended: readonly Alarm[]
}
const noNews: News = { begun: [], more: 0, worse: [], ended: [] }

/** Result of comparing the alarms with the memory. */
interface Look {
  readonly memory: DeskMemory
  readonly news: News
  /** When further news can be notified, engine clock; null: immediately. */
  readonly lookAgainAt: number | null
}

/** News within this time is notified together, ms: in a large failure the first alarm is notified immediately, the rest in one notification. */
export const togetherMs = 5_000
/** Maximum number of unlisted alarms kept while the list is incomplete. */
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
  const worse: Alarm[] = []
  const ended: Alarm[] = []
  const known = new Map<string, Known>()
  for (const alarm of alarms.list) {
    const before = memory.known.get(alarm.id)
    let notified = before?.notified ?? null
    if (notified !== null && alarm.healedAt !== null) {
      ended.push(alarm)
      notified = null
    } else if (alarm.state === 'unacknowledged' && wanted.has(alarm.severity)) {
      if (notified !== null && severityRank[alarm.severity] < severityRank[notified]) worse.push(alarm)
      else if (notified === null ? isNews(alarm, before?.alarm, memory.since) : before !== undefined && isHandedBack(before.alarm)) begun.push(alarm)
      if (worse.at(-1) === alarm || begun.at(-1) === alarm) notified = alarm.severity
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
  const hasNews = begun.length + worse.length + ended.length > 0
  const newsAt = hasNews ? now : memory.newsAt
  const more = isWhole || begun.length === 0 ? 0 : Math.max(0, untaken - memory.untaken - begun.length)
  return { memory: { since: memory.since, known, untaken, newsAt }, news: { begun, more, worse, ended }, lookAgainAt: null }
}

/** Whether an alarm not notified so far is news: since the window was opened it was raised, recurred, worsened, or lost its acknowledgement or shelf. */
function isNews(alarm: Alarm, before: Alarm | undefined, since: number): boolean {
  if (alarm.raisedAt > since) return true
  if (before === undefined) return false
  return isHandedBack(before) || before.healedAt !== null || alarm.count > before.count || severityRank[alarm.severity] < severityRank[before.severity]
}
