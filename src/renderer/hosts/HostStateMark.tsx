import { useTranslation } from 'react-i18next'
import { Mark, type MarkKind } from '../ui/Mark.tsx'
import type { HostView } from './hostFigures.ts'

const kinds: Record<HostView['state'], MarkKind> = {
  connecting: 'idle',
  up: 'ok',
  down: 'critical',
  waiting: 'major',
  paused: 'maintenance',
  unknown: 'unknown',
}
export const markOfHost = (state: HostView['state']): MarkKind => kinds[state]

/** State of a host as shape, colour and word. */
export const HostStateMark = ({
  state,
  wordless = false,
  size = 12,
}: {
  readonly state: HostView['state']
  readonly wordless?: boolean
  readonly size?: number
}) => {
  const { t } = useTranslation()
  const word = t(`hosts.state.${state}`)
  return wordless ? <Mark kind={kinds[state]} size={size} label={word} /> : <Mark kind={kinds[state]} size={size} word={word} quiet={state === 'up'} />
}
