import { useTranslation } from 'react-i18next'
import { Mark } from '../ui/Mark.tsx'
import { BaselineMark } from './BaselineLine.tsx'
import { ComparePicker } from './ComparePicker.tsx'
import { DashedMark } from './Readout.tsx'
import { SaveCharts, type SaveChartsProps } from './SaveCharts.tsx'
import { type StackWordsInput, useStackText } from './useStackText.ts'

interface StackNotesProps extends StackWordsInput, Omit<SaveChartsProps, 'words'> {
  /** The comparison is chosen elsewhere on the page. */
  readonly withoutCompare: boolean
}
/** Below the charts: how to use them, what is missing from them, and how to export them. */
export function StackNotes({ stack, subjects, nameOf, withoutCompare, ...saved }: StackNotesProps) {
  const { t } = useTranslation()
  const words = useStackText({ stack, subjects, nameOf })
  const { state, comparedFailure } = stack
  return (
    <>
      {words.baseline !== null && (
        <p className="flex-none truncate pb-1.5 text-sm text-muted" title={words.baseline} data-usual>
          <BaselineMark /> {words.baseline}
        </p>
      )}
      <div className="flex flex-none items-center gap-2 border-t border-line pt-2 text-sm text-faint">
        <span className="min-w-0">{words.hint}</span>
        {words.lacking !== null && (
          <span data-lacking className="min-w-0 text-text">
            <Mark kind="unknown" size={11} /> {words.lacking}
          </span>
        )}
        {words.tier !== null && <span className="flex-none text-muted">{words.tier}</span>}
        {words.compared !== null && (
          <span className="flex flex-none items-center gap-1.5 text-muted">
            <DashedMark width={22} />
            {words.compared}
            {comparedFailure !== null && ` · ${t('common.notAvailable', { reason: comparedFailure })}`}
          </span>
        )}
        {state.words !== null && state.series.length > 0 && <span className="truncate text-major">{t('common.notAvailable', { reason: state.words })}</span>}
        <span className="ml-auto flex flex-none items-center gap-1.5">
          {!withoutCompare && <ComparePicker end={stack.window.to} />}
          <SaveCharts {...saved} stack={stack} words={words} />
        </span>
      </div>
    </>
  )
}
