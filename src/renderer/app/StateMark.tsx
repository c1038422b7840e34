import { useTranslation } from 'react-i18next'
import type { ServerState } from '../../shared/servers.ts'
import type { StreamState } from '../../shared/streams.ts'
import type { Severity } from '../../shared/troubles.ts'
import { Mark, type MarkKind } from '../ui/Mark.tsx'

const ofStreamState: Record<StreamState, MarkKind> = { live: 'ok', slate: 'slate', waiting: 'idle', stalled: 'critical', gone: 'critical', unknown: 'unknown' }
/** Shape of a stream: of its trouble where it has one, else of its state. */
export const markOfStream = (state: StreamState, severity: Severity | null): MarkKind => severity ?? ofStreamState[state]

const ofServerState: Record<ServerState, MarkKind> = {
  connecting: 'idle',
  up: 'ok',
  down: 'critical',
  halted: 'critical',
  paused: 'maintenance',
  unknown: 'unknown',
}
export const markOfServer = (state: ServerState): MarkKind => ofServerState[state]

interface StreamStateMarkProps {
  readonly state: StreamState
  readonly severity: Severity | null
  /** Shape alone, its word read aloud. */
  readonly wordless?: boolean
  readonly size?: number
}
/** State of a stream as shape, colour and word. */
export const StreamStateMark = ({ state, severity, wordless = false, size = 12 }: StreamStateMarkProps) => {
  const { t } = useTranslation()
  const kind = markOfStream(state, severity)
  const word = t(`streamState.${state}`)
  return wordless ? <Mark kind={kind} size={size} label={word} /> : <Mark kind={kind} size={size} word={word} quiet={kind === 'ok' || kind === 'idle'} />
}

/** State of a server as shape, colour and word. */
export const ServerStateMark = ({
  state,
  wordless = false,
  size = 12,
}: {
  readonly state: ServerState
  readonly wordless?: boolean
  readonly size?: number
}) => {
  const { t } = useTranslation()
  const word = t(`serverState.${state}`)
  return wordless ? (
    <Mark kind={ofServerState[state]} size={size} label={word} />
  ) : (
    <Mark kind={ofServerState[state]} size={size} word={word} quiet={state === 'up'} />
  )
}

/** A severity as shape, colour and word. */
export const SeverityMark = ({ severity, size = 12 }: { readonly severity: Severity; readonly size?: number }) => {
  const { t } = useTranslation()
  return <Mark kind={severity} size={size} word={t(`severity.${severity}`)} />
}
