import { useTranslation } from 'react-i18next'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import { type HostView, stateAt } from './hostFigures.ts'

/** As severe as the alarm of it. */
const kinds: Record<HostView['state'], MarkKind> = {
  connecting: 'idle',
  up: 'ok',
  down: 'major',
  waiting: 'major',
  paused: 'maintenance',
  unknown: 'unknown',
}
export function markOfHost(state: HostView['state']): MarkKind {
  return kinds[state]
}

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
  const kind = markOfHost(state)
  const word = t(`serverState.${state}`)
  return wordless ? <Mark kind={kind} size={size} label={word} /> : <Mark kind={kind} size={size} word={word} quiet={state === 'up'} />
}
