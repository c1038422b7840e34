import { expect, test } from 'vitest'
import { keptServerSchema, keptStreamSchema } from './keptFacts.ts'

const stream = { state: 'gone', stateSince: 1, sourceType: null, tracks: [], width: null, height: null, upSince: null, lastLiveAt: null }
const rest = { outageSince: null, onDemand: false, expected: true, publisher: null }

test('what an older version kept as an English sentence stays one, and a reason of a newer version is not known', () => {
  const why = (kept: object) => keptStreamSchema.parse({ ...stream, ...rest, ...kept }).why
  expect(why({ reason: 'Publisher 10.4.1.7 left.' })).toEqual({ kind: 'told', text: 'Publisher 10.4.1.7 left.' })
  expect(why({ reason: null })).toBeNull()
  expect(why({ why: { kind: 'notBack' } })).toEqual({ kind: 'notBack' })
  expect(why({ why: { kind: 'abducted', by: 'aliens' } })).toBeNull()
})

test('so does why the streams of a server were unknown', () => {
  const { streams } = keptServerSchema.shape
  const lost = { since: 1, seenAt: null }
  expect(streams.parse({ told: true, lost: { ...lost, reason: 'Its server does not answer.' } }).lost?.why).toEqual({
    kind: 'told',
    text: 'Its server does not answer.',
  })
  expect(streams.parse({ told: true, lost: { ...lost, why: { kind: 'serverDown' } } }).lost?.why).toEqual({ kind: 'serverDown' })
})
