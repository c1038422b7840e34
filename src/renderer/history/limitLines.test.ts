import { describe, expect, it } from 'vitest'
import { limitLines, valueOfLine } from './limitLines.ts'

const level = (limit: number, clear: number | null = null) => ({ severity: 'major', limit, clear }) as const
const said = (lines: ReturnType<typeof limitLines>) => lines.map((line) => `${line.kind} ${line.side} ${valueOfLine(line)}`)

describe('limits as lines', () => {
  it('have one where an alarm begins and one where it has healed', () => {
    expect(said(limitLines({ of: 'figure', side: 'above', ...level(75, 70) }, []))).toEqual(['raise above 75', 'clear above 70'])
  })
  it('are one line where both are the same, or the second is not known', () => {
    for (const one of [level(2, 2), level(2)]) expect(said(limitLines({ of: 'figure', side: 'below', ...one }, []))).toEqual(['raise below 2'])
  })
  it('of a distance from 0 stand on both sides of it', () => {
    expect(said(limitLines({ of: 'figure', side: 'beyond', ...level(5, 3) }, []))).toEqual([
      'raise above 5',
      'clear above 3',
      'raise below -5',
      'clear below -3',
    ])
  })
  it('of what is usual follow it by the hour, and break where it is not known', () => {
    const baseline = [
      { at: 0, band: [4, 6] as const },
      { at: 10, band: null },
    ]
    const [above, below] = limitLines({ of: 'usual', side: 'beyond', ...level(1) }, baseline)
    expect(above?.points).toEqual([
      { at: 0, value: 9 },
      { at: 10, value: null },
    ])
    expect(below?.points[0]?.value).toBeCloseTo(4 / 1.5)
    expect(above && valueOfLine(above)).toBeNull()
  })
})
