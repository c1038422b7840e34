import { describe, expect, it } from 'vitest'
import { metricIds, metrics } from '../shared/metrics.ts'
import { languages } from './languages.ts'
import { metricHelp, metricLabel } from './metricText.ts'

describe.each(languages)('%s', (language) => {
  it('calls no two metrics of one kind of subject the same', () => {
    const names = metricIds.map((id) => `${metrics[id].of} ${metricLabel(id, language)}`)
    expect(names.filter((name, place) => names.indexOf(name) !== place)).toEqual([])
  })
  it('names each metric in a label, and explains in sentences what that does not say', () => {
    for (const id of metricIds)
      expect({ label: metricLabel(id, language), help: metricHelp(id, language) }, id).toEqual({
        label: expect.stringMatching(/[^.。]$/),
        help: metricHelp(id, 'en') === null ? null : expect.stringMatching(/[.。]$/),
      })
  })
})
