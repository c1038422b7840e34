import { Download } from 'lucide-react'
import { baselineText } from '../../i18n/reasonText.ts'
import type { Subject } from '../../shared/subjectNames.ts'
import { ownerIdOf } from '../../shared/subjectNames.ts'
import { tierStepMs } from '../../shared/tiers.ts'
import { formatMoment, formatSpan } from '../../shared/units.ts'
import { saveFile } from '../app/actions.ts'
import { zone } from '../app/preferences.ts'
import { language, t } from '../app/words.ts'
import { shiftDays, zoneClock } from '../app/zoneClock.ts'
import { Button } from '../ui/Button.tsx'
import { Mark } from '../ui/Mark.tsx'
import { BaselineMark } from './baseline.tsx'
import { ComparePicker } from './ComparePicker.tsx'
import { chartCsv } from './chartCsv.ts'
import type { Lane } from './lanes.ts'
import { DashedMark } from './Readout.tsx'
import type { Stack } from './useStack.ts'

interface StackNotesProps {
  readonly lanes: readonly Lane[]
  readonly subjects: readonly Subject[]
  readonly stack: Stack
  readonly nameOf: ((serverId: string) => string) | undefined
  readonly fileName: string
  readonly withoutCompare: boolean
}
/** How to use the charts, what is missing from them, and exports. */
export function StackNotes({ lanes, subjects, stack, nameOf, fileName, withoutCompare }: StackNotesProps) {
  const { state, comparedFailure, baseline, tier, days, window } = stack
  const clock = zoneClock(zone)
  const usual = baseline && baselineText(baseline, language)
  const missing = missingNames(stack, subjects.map(ownerIdOf), nameOf)
  const dayOf = (at: number) => formatMoment(shiftDays(clock, at, -days), 'minute', zone)
  const saveCsv = () => {
    const series = state.series.slice(0, lanes.length)
    const csv = chartCsv({ lanes, series, bucketMs: Math.min(...state.bucketMs), from: window.from })
    return saveFile(`${fileName}.csv`, csv, 'text/csv')
  }
  return (
    <>
      {usual !== null && (
        <p className="flex-none truncate pb-1.5 text-sm text-muted" title={usual} data-usual>
          <BaselineMark /> {usual}
        </p>
      )}
      <div className="flex flex-none items-center gap-2 border-t border-line pt-2 text-sm text-faint">
        <span className="min-w-0">
          {t('history.hint')} {t(subjects[0]?.kind === 'stream' ? 'history.gapsStream' : 'history.gaps')}
        </span>
        {missing.length > 0 && (
          <span data-lacking className="min-w-0 text-text">
            <Mark kind="unknown" size={11} /> {t('history.lacking', { names: missing.join(', ') })}
          </span>
        )}
        {tier !== 'samples' && <span className="flex-none text-muted">{t('timeline.tier', { width: formatSpan(tierStepMs[tier], language) })}</span>}
        {days > 0 && (
          <span className="flex flex-none items-center gap-1.5 text-muted">
            <DashedMark width={22} />
            {dayOf(window.from)} – {dayOf(window.to)}
            {comparedFailure !== null && ` · ${t('common.notAvailable', { reason: comparedFailure })}`}
          </span>
        )}
        {state.words !== null && state.series.length > 0 && <span className="truncate text-major">{t('common.notAvailable', { reason: state.words })}</span>}
        <span className="ml-auto flex flex-none items-center gap-1.5">
          {!withoutCompare && <ComparePicker />}
          <Button icon={Download} look="quiet" onClick={() => void saveCsv()}>
            CSV
          </Button>
        </span>
      </div>
    </>
  )
}

/** Missing at times, when each lane has a hatched lower edge. */
function missingNames({ lanes }: Stack, ids: readonly string[], nameOf: StackNotesProps['nameOf']): readonly string[] {
  if (nameOf === undefined) return []
  const missing = new Set(lanes.flatMap(({ series }) => series.lacking.map(({ part }) => part)))
  return ids.filter((_, part) => missing.has(part)).map(nameOf)
}
