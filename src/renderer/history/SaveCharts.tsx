import { Download, Image as ImageIcon } from 'lucide-react'
import type { RefObject } from 'react'
import { formatStretch } from '../../shared/units.ts'
import { saveFile } from '../app/actions.ts'
import { usePreferences } from '../app/preferences.ts'
import { token } from '../app/theme.ts'
import { offsetText, zoneClock } from '../app/zoneClock.ts'
import { Button } from '../ui/Button.tsx'
import { chartCsv } from './chartCsv.ts'
import { chartsToPng } from './chartImage.ts'
import type { Lane } from './lanes.ts'
import type { Stack } from './useStack.ts'
import type { StackText } from './useStackText.ts'

export interface SaveChartsProps {
  readonly lanes: readonly Lane[]
  readonly stack: Stack
  readonly words: StackText
  /** Name of the files, without their ending. */
  readonly fileName: string
  /** What a picture is taken of. */
  readonly charts: RefObject<HTMLElement | null>
}
/** Saves what a stack of charts shows as CSV, or as a picture. */
export function SaveCharts({ lanes, stack: { state, days, compared, window }, words, fileName, charts }: SaveChartsProps) {
  const { zone } = usePreferences()
  const clock = zoneClock(zone)
  const { from, to } = window
  const saveCsv = () =>
    saveFile(
      `${fileName}.csv`,
      chartCsv({
        lanes,
        series: state.series.slice(0, lanes.length),
        compared: days === 0 ? null : lanes.map((_, index) => compared?.[index] ?? null).map((one) => one && { ...one.series, original: one.original }),
        bucketMs: Math.min(...state.bucketMs),
        from,
        to,
        clock: zone === 'utc' ? null : clock,
      }),
      'text/csv',
    )
  const savePng = async () => {
    if (charts.current === null) return
    const span = `${formatStretch(from, to, zone)} ${zone === 'utc' ? 'UTC' : offsetText(clock, to)}`
    const title = joined([fileName, span, words.tier, words.compared === null ? null : `┄ ${words.compared}`])
    const note = joined([words.gaps, words.lacking, words.baseline])
    await saveFile(`${fileName}.png`, await chartsToPng({ charts: charts.current, title, note, token }), 'image/png')
  }
  return (
    <>
      <Button look="quiet" onClick={() => void saveCsv()}>
        <Download size={13} aria-hidden="true" /> CSV
      </Button>
      <Button look="quiet" onClick={() => void savePng()}>
        <ImageIcon size={13} aria-hidden="true" /> PNG
      </Button>
    </>
  )
}

const joined = (texts: readonly (string | null)[]) => texts.filter((text) => text !== null).join(' · ')
