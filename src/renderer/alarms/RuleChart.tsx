import { Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Rehearsal } from '../../shared/rehearsal.ts'
import type { RuleInput } from '../../shared/rules.ts'
import { partOf } from '../../shared/subjectNames.ts'
import { kindOfMetric } from '../../shared/subjects.ts'
import { useMoment } from '../app/moment.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { useFigureChart } from '../fleet/figureChart.ts'
import { engineNow } from '../ui/now.ts'
import { Select } from '../ui/Select.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { figureOfRule, limitsOfRule, ruleEntered, watchedOf } from './alarmFigure.ts'
import { whenText } from './ruleKindsShown.ts'

const dayMs = 86_400_000
const plotPx = 150

interface RuleChartProps {
  /** The rule as it was rehearsed. */
  readonly input: RuleInput
  readonly examples: Rehearsal['examples']
}
/** The last day of one of those that a rule was rehearsed on, with the limits that apply to it. Renders nothing where the rule compares no figure. */
export function RuleChart({ input, examples }: RuleChartProps) {
  const { t } = useTranslation()
  const language = useLanguage()
  const FigureChart = useFigureChart()
  const moment = useMoment()
  const [openedAt] = useState(engineNow)
  const [chosen, setChosen] = useState(0)
  const rule = ruleEntered(input)
  const metric = rule && figureOfRule(rule.watches)
  const fitting = examples.filter(({ subject }) => metric !== null && subject.kind === kindOfMetric(metric))
  const drawn = fitting[chosen]
  if (rule === null || metric === null || drawn === undefined) return null
  const watches = watchedOf(rule, drawn)
  const nameOf = ({ subject, serverName }: (typeof examples)[number]) => [partOf(subject), serverName].filter((part) => part !== null).join(' · ')
  return (
    <section aria-label={t('rules.form.chart')} className="rounded-lg border border-line px-3 py-2">
      <h3 className="mb-1 font-semibold">{t('rules.form.chart')}</h3>
      <Select
        value={String(chosen)}
        onChange={(index) => setChosen(Number(index))}
        options={fitting.map((one, index) => ({
          value: String(index),
          label: one.alarms > 0 ? `${nameOf(one)} · ${t('alarms.members', { count: one.alarms })}` : nameOf(one),
        }))}
        label={t('rules.form.chart')}
        className="mb-2 w-full [&>span:first-child]:truncate"
      />
      <Suspense fallback={<Skeleton className="h-full w-full" />}>
        <FigureChart
          metric={metric}
          subject={drawn.subject}
          name={nameOf(drawn)}
          period={{ from: openedAt - dayMs, to: moment === null ? null : openedAt }}
          limits={limitsOfRule(watches)}
          height={plotPx}
        />
      </Suspense>
      {watches.kind === 'change' && <p className="text-muted text-sm">{whenText(watches, t, language)}</p>}
    </section>
  )
}
