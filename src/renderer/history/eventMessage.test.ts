import { createInstance } from 'i18next'
import { expect, test } from 'vitest'
import { eventLabel } from '../../i18n/eventText.ts'
import en from '../../locales/en.json'
import { someServer } from '../../shared/servers.fixture.ts'
import { serverStateText } from '../fleet/StateMark.tsx'
import { eventMessage } from './eventMessage.ts'

async function english() {
  const instance = createInstance()
  await instance.init({ lng: 'en', resources: { en: { translation: en } } })
  return instance
}

test('an event of a server that refused us is labelled as the server itself was', async () => {
  const words = await english()
  const refused = { kind: 'serverDown', facts: { error: { kind: 'unauthorized', credentialsGiven: true } } }
  expect(eventMessage(refused, 'en', words.t)).toBe(
    serverStateText(someServer('a', { state: 'halted', error: { kind: 'unauthorized', credentialsGiven: true } }), words.t),
  )
  // Events of older versions hold its kind alone.
  expect(eventMessage({ kind: 'serverDown', facts: { error: 'unauthorized' } }, 'en', words.t)).toBe('access refused')
  expect(eventMessage({ kind: 'serverDown', facts: { error: 'forbidden' } }, 'en', words.t)).toBe('access refused')
  expect(eventMessage({ kind: 'serverDown', facts: { error: 'unreachable' } }, 'en', words.t)).toBe('not answering')
  expect(eventMessage({ kind: 'serverDown', facts: {} }, 'en', words.t)).toBe('not answering')
})

test('a kind of a newer engine is shown by its own name', async () => {
  const words = await english()
  expect(eventMessage({ kind: 'somethingNew', facts: {} }, 'en', words.t)).toBe('somethingNew')
  expect(eventLabel('streamOff', 'en')).toBe('off air')
})
