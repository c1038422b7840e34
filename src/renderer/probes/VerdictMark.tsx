import { useTranslation } from 'react-i18next'
import { Mark } from '../ui/Mark.tsx'
import { markOfVerdict, type ProbeView, type Verdict, verdictAt } from './probeViews.ts'

/** A verdict as shape, colour and word. */
export function VerdictMark({ verdict, size = 11 }: { readonly verdict: Verdict; readonly size?: number }) {
  const { t } = useTranslation()
  return <Mark kind={markOfVerdict(verdict)} size={size} word={t(`probes.verdict.${verdict}`)} quiet={verdict === 'good'} />
}

/** Verdict of a probe, and a mark of the worst open alarm about it: a stream may be fine to play and yet beyond the limit of a rule. */
export function ProbeMark({ view, now, size = 11 }: { readonly view: ProbeView; readonly now: number; readonly size?: number }) {
  const { t } = useTranslation()
  const { severity } = view.probe
  const verdict = verdictAt(view, now)
  const adds = !view.past && severity !== null && severity !== markOfVerdict(verdict)
  return (
    <span className="inline-flex items-center gap-2">
      <VerdictMark verdict={verdict} size={size} />
      {adds && <Mark kind={severity} size={size} label={t('probes.alarm', { severity: t(`severity.${severity}`) })} />}
    </span>
  )
}
