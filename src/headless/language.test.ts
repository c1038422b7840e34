import { createRouterClient } from '@orpc/server'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { DeckEvent } from '../shared/events.ts'
import { soleOperator } from '../shared/permissions.ts'
import { startTestConsole, type TestConsole } from './testConsole.ts'

let deck: TestConsole
beforeEach(async () => {
  deck = await startTestConsole()
  deck.engine.refuseYaml('mtxdeck.yaml', ['mtxdeck.yaml:3', 'mtxdeck.yaml:9'])
})
afterEach(() => deck[Symbol.asyncDispose]())

async function told(query = '', language?: string) {
  const answer = await deck.ask(`/api/events${query}`, language === undefined ? {} : { headers: { 'Accept-Language': language } })
  const events = (await answer.json()) as DeckEvent[]
  return events.filter(({ kind }) => kind === 'configurationRefused').map(({ text }) => text)
}
const english = ['The configuration file was changed and can not be used; what was read before stays in force. mtxdeck.yaml:3 (and 1 more)']
const german = ['Die geänderte Konfigurationsdatei ist nicht verwendbar; es gilt weiter, was vorher gelesen wurde. mtxdeck.yaml:3 (und 1 weitere)']

test('REST tells events in the language that is asked for, whatever its country, and in English where there is none', async () => {
  expect(await told()).toEqual(english)
  expect(await told('?lang=de')).toEqual(german)
  expect(await told('?lang=de-AT')).toEqual(german)
  expect(await told('', 'fr-CH, de-AT;q=0.8, ko;q=0.5')).toEqual(german)
  expect(await told('', 'fr')).toEqual(english)
  expect(await told('?lang=tlh')).toEqual(english)
  expect(await told('?lang=de', 'ko'), 'the address decides').toEqual(german)
})

test('a window gets kind and facts alone, and makes the words itself', async () => {
  const client = createRouterClient(deck.engine.router, { context: { operator: soleOperator } })
  const events = await client.history.events({ kinds: ['configurationRefused'] })
  expect(events).toMatchObject([{ text: '', facts: { file: 'mtxdeck.yaml', problems: 2, first: 'mtxdeck.yaml:3' } }])
})
