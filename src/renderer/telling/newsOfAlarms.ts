import type { Alarm, AlarmState } from '../../shared/alarms.ts'
import { type Severity, severityRank } from '../../shared/troubles.ts'
import type { OpenAlarms } from '../app/openAlarms.ts'

/** What this window told of an alarm. */
interface Known {
  /** As it was last seen. */
  readonly alarm: Alarm
  /** Severity of its last notice; null: it was not told of, or its end was. */
  readonly told: Severity | null
}
/** What a window remembers of alarms, from the first list that it got. */
export interface DeskMemory {
  /** When that was, engine's clock: what began before is no news. */
  readonly since: number
  readonly known: ReadonlyMap<string, Known>
  /** Number of wanted alarms that nobody had, also of those that were not listed. */
  readonly untaken: number
  /** Time of the last news, engine's clock; null: none so far. */
  readonly newsAt: number | null
}

/** What an operator at this desk is to be told, each worst first. */
export interface News {
  /** Nobody has them, and nobody was told. */
  readonly begun: readonly Alarm[]
  /** How many more began at least, which are not listed because the list is too long. */
  readonly more: number
  /** Worse than they were told to be. */
  readonly worse: readonly Alarm[]
  /** Told of before, and over. */
  readonly ended: readonly Alarm[]
}
const noNews: News = { begun: [], more: 0, worse: [], ended: [] }

/** What a look at alarms came to. */
interface Look {
  readonly memory: DeskMemory
  readonly news: News
  /** When more can be told, engine's clock; null: at once. */
  readonly lookAgainAt: number | null
}

/** News in this time are told together, ms: of a large failure the first is told at once, and the rest in one. */
export const togetherMs = 5_000
/** Maximum number of alarms kept that are not listed, while the list does not have all. */
const mostUnlisted = 2_000
/** States after which nobody has an alarm again; suppression only interrupts, unless a shelf or an acknowledgement ended meanwhile. */
const handedBack: ReadonlySet<AlarmState> = new Set(['acknowledged', 'shelved', 'healedUnseen', 'outOfService'])

const isHandedBack = ({ state, givenBack = false }: Alarm): boolean => handedBack.has(state) || givenBack

/** What happened to alarms since the last look. `memory` null: this is the first look, which never has news. Pure. */
export function newsOfAlarms(memory: DeskMemory | null, alarms: OpenAlarms, now: number, wanted: ReadonlySet<Severity>): Look {
  const untaken = [...wanted].reduce((sum, severity) => sum + alarms.alarmsBySeverity.unacknowledged[severity], 0)
  if (memory === null)
    return {
      memory: { since: now, known: new Map(alarms.list.map((alarm) => [alarm.id, { alarm, told: null }])), untaken, newsAt: null },
      news: noNews,
      lookAgainAt: null,
    }
  const opensAt = (memory.newsAt ?? Number.NEGATIVE_INFINITY) + togetherMs
  // A clock that was set back must not silence the desk.
  if (now < opensAt && memory.newsAt !== null && now >= memory.newsAt) return { memory, news: noNews, lookAgainAt: opensAt }

  const begun: Alarm[] = []
  const worse: Alarm[] = []
  const ended: Alarm[] = []
  const known = new Map<string, Known>()
  for (const alarm of alarms.list) {
    const before = memory.known.get(alarm.id)
    let told = before?.told ?? null
    if (told !== null && alarm.healedAt !== null) {
      ended.push(alarm)
      told = null
    } else if (alarm.state === 'unacknowledged' && wanted.has(alarm.severity)) {
      if (told !== null && severityRank[alarm.severity] < severityRank[told]) worse.push(alarm)
      else if (told === null ? isNews(alarm, before?.alarm, memory.since) : before !== undefined && isHandedBack(before.alarm)) begun.push(alarm)
      if (worse.at(-1) === alarm || begun.at(-1) === alarm) told = alarm.severity
    }
    known.set(alarm.id, { alarm, told })
  }
  const isWhole = alarms.list.length >= alarms.total
  let unlisted = 0
  for (const [id, before] of memory.known) {
    if (known.has(id)) continue
    if (isWhole && before.told !== null) ended.push(before.alarm)
    else if (!isWhole && unlisted++ < mostUnlisted) known.set(id, before)
  }
  const hasNews = begun.length + worse.length + ended.length > 0
  const newsAt = hasNews ? now : memory.newsAt
  const more = isWhole || begun.length === 0 ? 0 : Math.max(0, untaken - memory.untaken - begun.length)
  return { memory: { since: memory.since, known, untaken, newsAt }, news: { begun, more, worse, ended }, lookAgainAt: null }
}

/** Whether an alarm that nobody was told of is news: it began, came back, worsened, or was given back since the window was opened. */
function isNews(alarm: Alarm, before: Alarm | undefined, since: number): boolean {
  if (alarm.raisedAt > since) return true
  if (before === undefined) return false
  return isHandedBack(before) || alarm.count > before.count || severityRank[alarm.severity] < severityRank[before.severity]
}
