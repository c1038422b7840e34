import { describe, it } from 'vitest'
import { remedyActs } from '../shared/acts.ts'
import { serverErrorSamples } from '../shared/errors.fixture.ts'
import type { HostFailure } from '../shared/errors.ts'
import { type RemedyWhy, remedyOutcomes } from '../shared/remedyInput.ts'
import { languages } from './languages.ts'
import { remedyActText } from './remedyText.ts'
import { expectSentence } from './words.fixture.ts'

const authRefused: HostFailure = {
  kind: 'authRefused',
  target: '10.0.0.5:22',
  user: 'noc',
  said: null,
  keyType: null,
  fingerprint: null,
  knownFingerprint: null,
}
const reasons: { readonly [K in RemedyWhy['kind']]: readonly Extract<RemedyWhy, { kind: K }>[] } = {
  noPublisher: [{ kind: 'noPublisher' }],
  ownPublisher: [{ kind: 'ownPublisher' }],
  notPulled: [{ kind: 'notPulled' }],
  sharedEntry: [{ kind: 'sharedEntry' }],
  beingChanged: [{ kind: 'beingChanged' }],
  notTaken: [{ kind: 'notTaken' }],
  server: serverErrorSamples.map((error) => ({ kind: 'server', error })),
  notAsked: [{ kind: 'notAsked' }],
  noHost: [{ kind: 'noHost' }],
  host: [{ kind: 'host', error: authRefused }],
  ended: [
    { kind: 'ended', code: 0, said: '' },
    { kind: 'ended', code: 3, said: '' },
    { kind: 'ended', code: null, said: '' },
  ],
  timedOut: [{ kind: 'timedOut', limitMs: 30_000 }],
  interrupted: [{ kind: 'interrupted' }],
  internal: [{ kind: 'internal' }],
}

describe.each(languages)('remedies, in %s', (language) => {
  it('say what was done, what came of it, and why', () => {
    for (const act of remedyActs)
      for (const outcome of remedyOutcomes) expectSentence(`${act} ${outcome}`, (tag) => remedyActText({ act, outcome, why: null }, tag), language)
    for (const why of Object.values(reasons).flat())
      expectSentence(`${why.kind}`, (tag) => remedyActText({ act: 'kickPublisher', outcome: 'failed', why }, tag), language, why)
  })
})
