import { describe, expect, it } from 'vitest'
import { figureOfRule, limitsOfRule, ruleEntered, watchedOf } from './alarmFigure.ts'

const bitrate = 'path.bitrateIn'

describe('the limits of a rule as it is entered', () => {
  it('are those of all its levels, also while it is switched off', () => {
    const rule = ruleEntered({ id: 'hostCpu', enabled: false })
    expect(rule && limitsOfRule(rule.watches)).toMatchObject({
      of: 'figure',
      side: 'above',
      levels: [
        { limit: 75, clear: 70 },
        { limit: 90, clear: 85 },
      ],
    })
  })
  it('are those of the exception that judges the subject', () => {
    const rule = ruleEntered({ id: 'mine', metric: 'path.bitrateIn', below: 500, exceptions: [{ streams: ['wall'], below: 20, reason: 'a wall' }] })
    if (rule === null) throw new Error('no rule')
    const limitOf = (exception: number | null) => limitsOfRule(watchedOf(rule, { exception }))?.levels[0]?.limit
    expect([limitOf(null), limitOf(0)]).toEqual([500, 20])
  })
  it('are factors of what is usual, and none where a figure changes fast or is absent', () => {
    const limits = (input: Parameters<typeof ruleEntered>[0]) => {
      const watches = ruleEntered(input)?.watches
      return watches && [figureOfRule(watches), limitsOfRule(watches)]
    }
    expect(limits({ id: 'bitrateUnusual' })).toMatchObject([bitrate, { of: 'usual', side: 'beyond', levels: [{ limit: 2, clear: null }] }])
    expect(limits({ id: 'mine', metric: 'path.bitrateIn', fallsBy: '30%', withinSeconds: 60 })).toEqual([bitrate, null])
    expect(limits({ id: 'mine', metric: 'path.bitrateIn', absent: true })).toEqual([bitrate, null])
    expect(limits({ id: 'mine', absent: ['cam1'] })).toEqual([null, null])
    expect(limits({ id: 'streamGone' })).toEqual([null, null])
    expect(limits({ id: 'latencyTight' })?.[0]).toBeNull()
  })
})
