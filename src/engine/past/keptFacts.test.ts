import { expect, test } from 'vitest'
import { keptStreamSchema } from './keptFacts.ts'

const stream = { state: 'gone', stateSince: 1, sourceType: null, tracks: [], width: null, height: null, upSince: null, lastLiveAt: null }
const rest = { outageSince: null, onDemand: false, expected: true, publisher: null }

test('a reason of a newer version is not known', () => {
  const why = (kept: object) => keptStreamSchema.parse({ ...stream, ...rest, ...kept }).why
  expect(why({ why: { kind: 'notBack' } })).toEqual({ kind: 'notBack' })
  expect(why({ why: { kind: 'abducted', by: 'aliens' } })).toBeNull()
})
