import type { TFunction } from 'i18next'
import { type ServerState, shownState } from '../../shared/servers.ts'
import type { Severity } from '../../shared/severities.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import { t } from '../app/words.ts'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import type { StreamRow } from './fleetRows.ts'

const ofStreamState: Record<StreamState, MarkKind> = {
  live: 'ok',
  // Its alarms say what is wrong.
  slate: 'idle',
  waiting: 'idle',
  stalled: 'idle',
  gone: 'idle',
  unknown: 'unknown',
  ended: 'idle',
}
/** That of its worst alarm, else of its state. */
export function markOfStream(state: StreamState, severity: Severity | null): MarkKind {
  return severity ?? ofStreamState[state]
}

const ofServerState: Record<ServerState, MarkKind> = {
  connecting: 'idle',
  up: 'ok',
  down: 'idle',
  halted: 'idle',
  paused: 'maintenance',
  unknown: 'unknown',
}
/** If it does not answer or refuses us, that of its worst alarm, else of its state. */
export function markOfServer(state: ServerState, severity: Severity | null): MarkKind {
  return (state === 'down' || state === 'halted' ? severity : null) ?? ofServerState[state]
}

interface StreamStateMarkProps {
  readonly state: StreamState
  readonly severity: Severity | null
  /** Only the shape, with the word for screen readers. */
  readonly wordless?: boolean
  readonly size?: number
}
/** Whether the state's word has no colour: `live` is not bad, whatever else is wrong with the stream. */
export function isStateQuiet(state: StreamState, kind: MarkKind): boolean {
  return state === 'live' || kind === 'ok' || kind === 'idle'
}

export function StreamStateMark({ state, severity, wordless = false, size = 12 }: StreamStateMarkProps) {
  const kind = markOfStream(state, severity)
  const word = t(`streamState.${state}`)
  return wordless ? <Mark kind={kind} size={size} label={word} /> : <Mark kind={kind} size={size} word={word} quiet={isStateQuiet(state, kind)} />
}

type Evaluated = Parameters<typeof shownState>[0]
/** A server that refuses access is not called down. */
export function serverStateText(server: Evaluated, t: TFunction): string {
  return t(`serverState.${shownState(server)}`)
}

interface ServerStateMarkProps {
  readonly server: Evaluated
  readonly severity: Severity | null
  readonly wordless?: boolean
  readonly size?: number
}
export function ServerStateMark({ server, severity, wordless = false, size = 12 }: ServerStateMarkProps) {
  const word = serverStateText(server, t)
  const kind = markOfServer(server.state, severity)
  return wordless ? <Mark kind={kind} size={size} label={word} /> : <Mark kind={kind} size={size} word={word} quiet={server.state === 'up'} />
}

export function SeverityMark({ severity, size = 12 }: { readonly severity: Severity; readonly size?: number }) {
  return <Mark kind={severity} size={size} word={t(`severity.${severity}`)} />
}

/** Marks an outgoing rate that includes our own pictures, and is therefore an upper limit. */
export function OursInOut({ rows }: { readonly rows: readonly StreamRow[] }) {
  if (!rows.some(({ facts }) => facts.outIncludesOurs)) return null
  const words = t('stream.outIncludesOurs')
  return (
    <abbr title={words} aria-label={words} className="mr-1 text-faint no-underline">
      ≤
    </abbr>
  )
}
