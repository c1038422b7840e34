import type { TFunction } from 'i18next'
import type { Language } from '../../i18n/languages.ts'
import { troubleText } from '../../i18n/reasonText.ts'
import type { Alarm } from '../../shared/alarms.ts'
import { isWrongNow } from '../../shared/incidents.ts'
import type { Rule } from '../../shared/rules.ts'
import type { Server } from '../../shared/servers.ts'
import { worseSeverity } from '../../shared/severities.ts'
import { lacksSource } from '../../shared/troubles.ts'
import { formatSpan, formatTime } from '../../shared/units.ts'
import { streamKey, type WallStream } from '../../shared/walls.ts'
import { toStream } from '../app/links.ts'
import { momentNow } from '../app/moment.ts'
import type { StreamRow } from '../fleet/fleetRows.ts'
import { alarmTitle } from '../fleet/incidentWords.ts'
import { markOfStream } from '../fleet/StateMark.tsx'
import { standsSince } from '../fleet/silence.ts'
import type { MarkKind } from '../ui/Mark.tsx'

/** Large text over a tile's picture area; `look`: class of the area behind it. */
export interface TileSign {
  readonly title: string
  readonly look: string
  /** When the stream was last seen. '': unknown or irrelevant. */
  readonly seen: string
}

export interface TileView {
  readonly key: string
  readonly to: string
  readonly name: string
  /** For a stream: its server. */
  readonly rest: string
  readonly mark: MarkKind
  /** Its state or trouble in a word or two, beside the mark. */
  readonly word: string
  /** Why it is in this state. '': nothing to explain. */
  readonly text: string
  /** Since when something is wrong; null: nothing is wrong. */
  readonly since: number | null
  /** bit/s; null: unknown, or not a stream. */
  readonly bitrate: number | null
  /** null: the picture needs no text over it. */
  readonly sign: TileSign | null
  /** The stream whose picture is shown; null: none. */
  readonly stream: WallStream | null
  /** The stream is on air: its picture is current and may play live. */
  readonly onAir: boolean
}

export interface Worded {
  readonly rules: readonly Rule[]
  readonly t: TFunction
  readonly language: Language
}

/** The worst ongoing alarm of each stream or of a probe that reads it, by `streamKey`. `probed`: streams by probe id. Pure. */
export function alarmsByStream(alarms: readonly Alarm[], probed: ReadonlyMap<string, WallStream>): ReadonlyMap<string, Alarm> {
  const found = new Map<string, Alarm>()
  for (const alarm of alarms) {
    const { subject } = alarm
    const stream = subject.kind === 'stream' ? subject : subject.kind === 'probe' ? probed.get(subject.probeId) : undefined
    if (stream === undefined || !isWrongNow(alarm)) continue
    const key = streamKey(stream)
    // `alarms` is sorted worst first, including shelved, suppressed and out-of-service ones.
    const before = found.get(key)
    if (before === undefined || (isAway(before) && !isAway(alarm))) found.set(key, alarm)
  }
  return found
}
const isAway = ({ state }: Alarm) => state === 'shelved' || state === 'suppressed' || state === 'outOfService'

interface StreamThere extends Worded {
  /** undefined: no such stream. */
  readonly row: StreamRow | undefined
  /** undefined: the server is not watched. */
  readonly server: Server | undefined
  readonly alarm: Alarm | undefined
}
export function streamTile(stream: WallStream, there: StreamThere): TileView {
  const { row, server, alarm, rules, t, language } = there
  const { serverId, path } = stream
  const common = { key: streamKey(stream), to: toStream(serverId, path), name: path, rest: server?.name ?? row?.serverName ?? '', stream }
  if (row === undefined) {
    const title = t('wall.noStream')
    return {
      ...common,
      mark: 'unknown',
      word: t('streamState.unknown'),
      text: '',
      since: null,
      bitrate: null,
      sign: { title, look: '', seen: '' },
      onAir: false,
    }
  }
  const { facts, figures, severity } = row
  const onAir = facts.state === 'live' || facts.state === 'slate'
  const active = alarm === undefined || isAway(alarm) ? null : alarm
  const ofProbe = active?.subject.kind === 'probe' ? active : null
  return {
    ...common,
    mark: alarm?.state === 'outOfService' ? 'maintenance' : markOfStream(facts.state, worseSeverity(severity, active?.severity ?? null)),
    word: wordOf(facts.state, alarm, there),
    text: alarm === undefined || alarm.state === 'suppressed' ? '' : troubleText(alarm, language).text,
    since: alarm?.since ?? (onAir || facts.state === 'waiting' || facts.state === 'ended' ? null : standsSince(facts)),
    bitrate: onAir ? figures.bitrateInBps : null,
    // A fault that a probe found in the picture can't be seen in a still one, so it is written over it.
    sign: signOf(there, row) ?? (ofProbe && { title: alarmTitle(ofProbe, rules), look: '', seen: '' }),
    onAir,
  }
}

function wordOf(state: StreamRow['facts']['state'], alarm: Alarm | undefined, { rules, t }: Worded): string {
  // The cause of a suppressed alarm is shown by another alarm.
  if (alarm === undefined || alarm.state === 'suppressed') return t(`streamState.${state}`)
  return isAway(alarm) ? t(`alarms.state.${alarm.state}`) : alarmTitle(alarm, rules)
}

const looks: Readonly<Partial<Record<StreamRow['facts']['state'], string>>> = {
  slate: 'picture-slateOnAir',
  stalled: 'picture-streamStalled',
  gone: 'picture-streamGone',
  unknown: 'hatched',
}
/** Text over the picture of a stream that is not live: its state, or why that is not known; null: it is live. */
function signOf({ server, t }: StreamThere, { facts }: StreamRow): TileSign | null {
  const { state, lastLiveAt } = facts
  if (state === 'live') return null
  const ofServer = state === 'unknown' && server !== undefined && server.state !== 'up' ? t(`serverState.${server.state}`) : null
  const title = ofServer ?? t(state === 'waiting' && lacksSource(facts) ? 'overview.sourcePicture' : `streamState.${state}`)
  const never = momentNow() === null ? t('overview.neverLive') : ''
  const seen = state === 'slate' || state === 'waiting' ? '' : lastLiveAt === null ? never : t('overview.lastLive', { time: formatTime(lastLiveAt) })
  return { title, look: looks[state] ?? '', seen }
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** An age as it fits on a wall, in one unit and never more than it is: 41 s, 18 min, 3.2 h, 4.5 d. */
export function shortAge(ms: number): string {
  const size = ms < minuteMs ? 1_000 : ms < hourMs ? minuteMs : ms < 2 * dayMs ? hourMs / 10 : dayMs / 10
  return formatSpan(Math.max(0, Math.floor(ms / size) * size))
}
