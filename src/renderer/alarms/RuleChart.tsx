import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type JudgedSubject, mostBeyondListed } from '../../shared/beyondNow.ts'
import type { Rule, RuleInput } from '../../shared/rules.ts'
import { ownerIdOf, partOf } from '../../shared/subjectNames.ts'
import { beyondText } from '../../shared/words/rehearsalText.ts'
import { orpc } from '../app/client.ts'
import { failureWords } from '../app/failureWords.ts'
import { useMoment } from '../app/moment.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { type JudgedFigure, useFigureChart } from '../fleet/figureChart.ts'
import { engineNow } from '../ui/now.ts'
import { SearchInput } from '../ui/SearchInput.tsx'
import { Select } from '../ui/Select.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import { useSettled } from '../ui/useSettled.ts'
import { drawnSubject, figureOfRule, limitsOfRule, ruleEntered, watchedOf } from './alarmFigure.ts'
import { whenWords } from './ruleKindsShown.ts'

const dayMs = 86_400_000
const plotPx = 150
/** How often it is counted again while nothing is typed, ms. */
const countedMs = 30_000

/** The last day of one of those that a rule is for, with its limits as they are entered, and how many are beyond them now. `input` null: mistaken. */
export function RuleChart({ input }: { readonly input: RuleInput | null }) {
  const { t } = useTranslation()
  const [last, setLast] = useState(input)
  // While a number is typed, what was drawn stays.
  if (input !== null && JSON.stringify(input) !== JSON.stringify(last)) setLast(input)
  const rule = last && ruleEntered(last)
  const figure = rule && figureOfRule(rule.watches)
  if (rule !== null && figure === null) return null
  return (
    <section aria-label={t('rules.form.chart')} className="rounded-lg border border-line px-3 py-2">
      <h3 className="mb-1 font-semibold">{t('rules.form.chart')}</h3>
      <div style={{ minHeight: plotPx + 110 }}>
        {last === null || rule === null || figure === null ? (
          <p className="text-muted">{t('rules.form.chartNot')}</p>
        ) : (
          <>
            {input === null && <p className="text-muted">{t('rules.form.chartOld')}</p>}
            <div className={input === null ? 'stale' : ''}>
              <Drawn input={last} rule={rule} figure={figure} />
            </div>
          </>
        )}
      </div>
    </section>
  )
}

const keyOf = ({ subject }: JudgedSubject) => `${ownerIdOf(subject)} ${partOf(subject) ?? ''}`

interface DrawnProps {
  readonly input: RuleInput
  readonly rule: Rule
  readonly figure: JudgedFigure
}
function Drawn({ input, rule, figure }: DrawnProps) {
  const { t } = useTranslation()
  const language = useLanguage()
  const FigureChart = useFigureChart()
  const moment = useMoment()
  const [openedAt] = useState(engineNow)
  const [chosen, setChosen] = useState<JudgedSubject | null>(null)
  const [find, setFind] = useState('')
  const asked = JSON.parse(useSettled(JSON.stringify({ rule: input, ...(find.trim() !== '' && { find }) }))) as {
    readonly rule: RuleInput
    readonly find?: string
  }
  const { data, error } = useQuery({
    ...orpc.rules.beyond.queryOptions({ input: asked }),
    retry: false,
    placeholderData: keepPreviousData,
    refetchInterval: countedMs,
  })
  if (data === undefined)
    return error === null ? <Skeleton className="h-full w-full" /> : <p className="text-muted">{t('alarms.notRead', { reason: failureWords(error) })}</p>
  const drawn = drawnSubject(chosen, figure, { listed: data.listed, isAll: data.subjects <= mostBeyondListed && asked.find === undefined })
  // Once something is drawn it stays, wherever it stands in the next list.
  if (drawn !== null && (chosen === null || keyOf(chosen) !== keyOf(drawn))) setChosen(drawn)
  const options = drawn === null || data.listed.some((one) => keyOf(one) === keyOf(drawn)) ? data.listed : [drawn, ...data.listed]
  const nameOf = ({ subject, serverName, alarms, isBeyond }: JudgedSubject) =>
    [partOf(subject), serverName, ...(isBeyond ? [t('rules.form.isBeyond')] : []), ...(alarms > 0 ? [t('alarms.members', { count: alarms })] : [])]
      .filter((part) => part !== null)
      .join(' · ')
  const watches = drawn && watchedOf(rule, drawn)
  return (
    <>
      <p role="status" className="mb-2">
        {beyondText(data, language)}
        {error !== null && <span className="text-major"> {t('alarms.notRead', { reason: failureWords(error) })}</span>}
      </p>
      {drawn !== null && watches !== null && (
        <>
          <div className="mb-2 flex min-w-0 flex-wrap gap-2">
            <Select
              value={keyOf(drawn)}
              onChange={(key) => setChosen(options.find((one) => keyOf(one) === key) ?? null)}
              options={options.map((one) => ({ value: keyOf(one), label: nameOf(one) }))}
              label={t('rules.form.chartOf')}
              className="min-w-0 max-w-full flex-1 [&>span:first-child]:truncate"
            />
            {data.subjects > mostBeyondListed && (
              <SearchInput
                label={t('rules.form.chartFind')}
                width={170}
                value={find}
                data-search={undefined}
                onChange={({ target }) => setFind(target.value)}
                // It is no entry of the form around it.
                onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
              />
            )}
          </div>
          <Suspense fallback={<Skeleton className="h-full w-full" />}>
            <FigureChart
              {...figure}
              subject={drawn.subject}
              name={[partOf(drawn.subject), drawn.serverName].filter((part) => part !== null).join(' · ')}
              period={{ from: openedAt - dayMs, to: moment === null ? null : openedAt }}
              limits={limitsOfRule(watches)}
              height={plotPx}
            />
          </Suspense>
          {watches.kind === 'change' && <p className="text-muted text-sm">{whenWords(watches, t, language)}</p>}
        </>
      )}
    </>
  )
}
