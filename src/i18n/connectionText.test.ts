import { describe, expect, it } from 'vitest'
import { type ConnectionStep, connectionStepSchema, type StepFound, ymlRemarks } from '../shared/connectionTest.ts'
import type { ServerError } from '../shared/errors.ts'
import { stepText, ymlText } from './configurationText.ts'
import { serverErrorText } from './errorText.ts'
import { languages } from './languages.ts'
import { expectSentence } from './words.fixture.ts'

const refused: ServerError = { kind: 'unreachable', reason: 'refused' }
/** One of each kind: the compiler asks for it. */
const samples: { readonly [K in StepFound['kind']]: StepFound & { kind: K } } = {
  apiAnswers: { kind: 'apiAnswers', version: '1.20.1', paths: 12, open: true, passwordInClear: true },
  apiElsewhere: { kind: 'apiElsewhere', error: refused, api: 'http://10.0.0.5:9997' },
  apiOff: { kind: 'apiOff' },
  error: { kind: 'error', error: refused },
  answers: { kind: 'answers' },
  switchedOff: { kind: 'switchedOff' },
  notAnAddress: { kind: 'notAnAddress' },
  otherProgram: { kind: 'otherProgram' },
  maybeOff: { kind: 'maybeOff' },
  loopbackOnly: { kind: 'loopbackOnly', bound: '127.0.0.1:8888' },
}
const findings: readonly StepFound[] = [
  ...Object.values(samples),
  { ...samples.apiAnswers, version: null, paths: 1, open: false },
  { kind: 'error', error: { kind: 'unauthorized', credentialsGiven: true } },
]
const step = (found: StepFound, what: ConnectionStep['what'] = 'hls'): ConnectionStep => ({ what, address: '', outcome: 'failed', found, error: null })

describe.each(languages)('what a connection test finds, in %s', (language) => {
  it('has a sentence for each kind, of each port', () => {
    for (const found of findings)
      for (const what of ['api', 'playback', 'hls', 'webrtc', 'metrics'] as const) {
        const words = (tag: typeof language) =>
          Object.values(stepText(step(found, what), tag))
            .join(' ')
            .trim()
        expectSentence(found.kind, words, language, [found, what])
      }
  })
  it('has a comment for each remark in the lines of mediamtx.yml', () => {
    for (const remark of ymlRemarks) expectSentence(remark, (tag) => ymlText([{ before: '### ', remark, after: '' }], tag).trim(), language)
  })
})

it('each finding is one that is sent', () => {
  for (const found of findings) expect(connectionStepSchema.parse(step(found))).toEqual(step(found))
})

it('says what to do once, and nothing about polling', () => {
  const { what, todo } = serverErrorText(refused, 'en')
  expect(stepText(step({ kind: 'error', error: refused }), 'en')).toEqual({ what, todo })
  expect(stepText(step({ kind: 'switchedOff' }), 'en')).toEqual({
    what: 'HLS is switched off in the configuration ("hls").',
    todo: '',
  })
  const refusedUser = stepText(step({ kind: 'error', error: { kind: 'unauthorized', credentialsGiven: true } }), 'en')
  expect(refusedUser.what).toBe('The server rejects this user or password.')
})
