import { useTranslation } from 'react-i18next'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import { type HostView, hasOtherKey, stateAt } from './hostFigures.ts'

const kinds: Record<HostView['state'], MarkKind> = {
  connecting: 'idle',
  up: 'ok',
  down: 'critical',
  waiting: 'major',
  paused: 'maintenance',
  unknown: 'unknown',
}
export const markOfHost = (state: HostView['state']): MarkKind => kinds[state]

/** Mark of one host: a changed key is worse than an unknown one. */
export const markOfView = ({ host, state }: Pick<HostView, 'host' | 'state'>): MarkKind => (hasOtherKey({ host, state }) ? 'critical' : kinds[state])

interface HostStateMarkProps {
  readonly view: HostView
  readonly now: number
  readonly wordless?: boolean
  readonly size?: number
}
/** State of a host as shape, colour and word. */
export function HostStateMark({ view, now, wordless = false, size = 12 }: HostStateMarkProps) {
  const { t } = useTranslation()
  const state = stateAt(view, now)
  const kind = markOfView({ host: view.host, state })
  const word = t(`hosts.state.${state}`)
  return wordless ? <Mark kind={kind} size={size} label={word} /> : <Mark kind={kind} size={size} word={word} quiet={state === 'up'} />
}
