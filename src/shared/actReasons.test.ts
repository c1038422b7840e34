import { expect, it } from 'vitest'
import { reasonOfText, reasonToText } from './actReasons.ts'

it('a reason is kept as it was entered, or as the rule whose remedy it was', () => {
  for (const reason of ['wrong camera', '{"a":1}', '{', { kind: 'remedy', rule: 'streamStalled' }] as const)
    expect(reasonOfText(reasonToText(reason))).toEqual(reason)
})

it('a sentence that an earlier version kept of a remedy stays as it is', () => {
  expect(reasonOfText('remedy of rule streamStalled')).toBe('remedy of rule streamStalled')
})
