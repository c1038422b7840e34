import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import type { RecordedPath } from '../../shared/recordings.ts'
import { recordingColumns } from './recordingColumns.tsx'

const hour = 3_600_000
/** What the column *Recorded* says. */
function covered(recordedMs: number, gapMs: number, unknownMs: number): string {
  const column = recordingColumns(((key: string) => key) as never, 'local').find(({ id }) => id === 'covered')
  const sums = { recordedMs, gapMs, unknownMs, slateMs: 0, gaps: gapMs > 0 ? 1 : 0 }
  return renderToStaticMarkup(column?.cell({ sums } as RecordedPath, undefined as never) as never)
    .replace(/<[^>]*>/g, '')
    .trim()
}

test('no 100 % stands over time that is missing or unknown', () => {
  expect(covered(24 * hour, 0, 0)).toBe('100 %')
  expect(covered(24 * hour - 20_000, 20_000, 0)).toBe('99 %')
  expect(covered(24 * hour - 20_000, 0, 20_000)).toBe('≥ 99 %')
  expect(covered(18 * hour, 2 * hour, 4 * hour)).toBe('≥ 75 %')
})
