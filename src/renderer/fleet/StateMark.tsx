import type { TFunction } from 'i18next'
import { type ServerState, shownState } from '../../shared/servers.ts'
import type { Severity } from '../../shared/severities.ts'
import type { StreamState } from '../../shared/watchedStates.ts'
import { t } from '../app/words.ts'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import type { StreamRow } from './fleetRows.ts'

const ofStreamState: Record<StreamState, MarkKind> = {
  live: 'ok',
  // What is wrong with it, its alarms say.
  slate: 'idle',
  waiting: 'idle',
  stalled: 'idle',
  gone: 'idle',
  unknown: 'unknown',
  ended: 'idle',
}
/** Mark of a stream: that of its worst alarm if it has one, otherwise that of its state. */
export function markOfStream(state: StreamState, severity: Severity | null): MarkKind {
  return severity ?? ofStreamState[state]
}

const ofServerState: Record<ServerState, MarkKind> = {
  connecting: 'idle',
  up: 'ok',
  // How bad that is, its alarm says.
  down: 'idle',
  halted: 'idle',
  paused: 'maintenance',
  unknown: 'unknown',
}
/** Mark of a server: of one that does not answer or refuses us that of the worst alarm about it, otherwise that of its state. */
export function markOfServer(state: ServerState, severity: Severity | null): MarkKind {
  return (state === 'down' || state === 'halted' ? severity : null) ?? ofServerState[state]
}

interface StreamStateMarkProps {
  readonly state: StreamState
  readonly severity: Severity | null
  /** Only the shape; the word is for screen readers. */
  readonly wordless?: boolean
  readonly size?: number
}
/** Whether the word of the state has no colour: `live` is nothing bad, whatever else is wrong with the stream. */
export function isStateQuiet(state: StreamState, kind: MarkKind): boolean {
  return state === 'live' || kind === 'ok' || kind === 'idle'
}

/** State of a stream as shape, colour and word. */
export function StreamStateMark({ state, severity, wordless = false, size = 12 }: StreamStateMarkProps) {
  const kind = markOfStream(state, severity)
  const word = t(`streamState.${state}`)
  return wordless ? <Mark kind={kind} size={size} label={word} /> : <Mark kind={kind} size={size} word={word} quiet={isStateQuiet(state, kind)} />
}

type Evaluated = Parameters<typeof shownState>[0]
/** State of a server in a word or two. A server that refuses access is not called down. */
export function serverStateText(server: Evaluated, t: TFunction): string {
  return t(`serverState.${shownState(server)}`)
}

interface ServerStateMarkProps {
  readonly server: Evaluated
  readonly severity: Severity | null
  readonly wordless?: boolean
  readonly size?: number
}
/** State of a server as shape, colour and word. */
export function ServerStateMark({ server, severity, wordless = false, size = 12 }: ServerStateMarkProps) {
  const word = serverStateText(server, t)
  const kind = markOfServer(server.state, severity)
  return wordless ? <Mark kind={kind} size={size} label={word} /> : <Mark kind={kind} size={size} word={word} quiet={server.state === 'up'} />
}

/** A severity as shape, colour and word. */
export function SeverityMark({ severity, size = 12 }: { readonly severity: Severity; readonly size?: number }) {
  return <Mark kind={severity} size={size} word={t(`severity.${severity}`)} />
}

/** Shown before an outgoing rate that includes one of our own pictures, and is therefore an upper limit. */
export function OursInOut({ rows }: { readonly rows: readonly StreamRow[] }) {
  if (!rows.some(({ facts }) => facts.outIncludesOurs)) return null
  const words = t('stream.outIncludesOurs')
  return (
    <abbr title={words} aria-label={words} className="mr-1 text-faint no-underline">
      ≤
    </abbr>
  )
}
