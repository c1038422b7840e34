import { createInstance } from 'i18next'
import { expect, test } from 'vitest'
import { someServer } from '../../shared/servers.fixture.ts'
import { eventKindWords, eventWords } from './eventWords.ts'
import { serverStateWords } from './StateMark.tsx'
import { en } from './words/en.ts'

const english = async () => {
  const instance = createInstance()
  await instance.init({ lng: 'en', resources: { en: { translation: en } } })
  return instance
}

test('an event of a server that refused us is labelled as the server itself was', async () => {
  const words = await english()
  const refused = { kind: 'serverDown', facts: { error: 'unauthorized' } }
  expect(eventWords(refused, words)).toBe(
    serverStateWords(someServer('a', { state: 'halted', error: { kind: 'unauthorized', credentialsGiven: true } }), words.t),
  )
  expect(eventWords({ kind: 'serverDown', facts: { error: 'forbidden' } }, words)).toBe('access refused')
  expect(eventWords({ kind: 'serverDown', facts: { error: 'unreachable' } }, words)).toBe('not answering')
  expect(eventWords({ kind: 'serverDown', facts: {} }, words)).toBe('not answering')
})

test('a kind of a newer engine is shown by its own name', async () => {
  const words = await english()
  expect(eventWords({ kind: 'somethingNew', facts: {} }, words)).toBe('somethingNew')
  expect(eventKindWords('streamOff', words)).toBe('off')
})
