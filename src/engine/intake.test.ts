import { expect, test } from 'vitest'
import { type NewEvent, newEvent } from '../shared/events.ts'
import { serverSubject } from '../shared/subjectNames.ts'
import type { ServerBudget } from './history/serverBudget.ts'
import { createIntake, type Onlooker } from './intake.ts'

test('all that passes is seen by each onlooker in the order in which they were added, and then by history', () => {
  const seen: string[] = []
  const note = (words: string) => () => void seen.push(words)
  const budget: ServerBudget = {
    record: note('budget has events'),
    describe: note(''),
    reportPaths: note(''),
    forget: note(''),
    [Symbol.dispose]: note(''),
  }
  const intake = createIntake({ append: note('history has figures'), gap: note('history has a gap'), record: note('history has events') }, budget)
  const onlooker = (name: string): Onlooker => ({
    see: note(`${name} sees figures`),
    unknown: note(`${name} sees a gap`),
    outdated: note(`${name} forgets figures`),
    happened: note(`${name} sees events`),
  })
  intake.add(onlooker('first'))
  intake.add(onlooker('second'))
  // What it does not look at passes it by.
  intake.add({ see: note('third sees figures') })

  intake.append({ owner: serverSubject('srv-1'), at: 0, parts: null, metrics: ['server.reachable'], values: Float64Array.of(1) })
  expect(seen.splice(0)).toEqual(['first sees figures', 'second sees figures', 'third sees figures', 'history has figures'])
  intake.gap(serverSubject('srv-1'), 0)
  expect(seen.splice(0)).toEqual(['first sees a gap', 'second sees a gap', 'history has a gap'])
  intake.record([newEvent('ruleEdited', 0, { rule: 'bitrateLow', by: 'Anna', what: 'changed' })])
  expect(seen.splice(0)).toEqual(['first sees events', 'second sees events', 'budget has events'])
  intake.note([newEvent('ruleEdited', 0, { rule: 'bitrateLow', by: 'Anna', what: 'changed' })])
  expect(seen.splice(0)).toEqual(['first sees events', 'second sees events', 'history has events'])
  intake.outdated(serverSubject('srv-1'))
  expect(seen.splice(0)).toEqual(['first forgets figures', 'second forgets figures'])
})

test('damage of a file passes to history only, which reports it to alarms itself: otherwise they would get it twice', () => {
  const seen: string[] = []
  const note = (events: readonly NewEvent[], by: string) => void seen.push(...events.map(({ kind }) => `${by}: ${kind}`))
  const budget: ServerBudget = {
    record: (events) => note(events, 'history'),
    describe: () => undefined,
    reportPaths: () => undefined,
    forget: () => undefined,
    [Symbol.dispose]: () => undefined,
  }
  const intake = createIntake({ append: () => undefined, gap: () => undefined, record: () => undefined }, budget)
  intake.add({ see: () => undefined, happened: (events) => note(events, 'alarms') })
  const damage = newEvent('storeDamaged', 0, { damage: 'partUnreadable', file: 'history.db' })
  intake.record([damage, newEvent('ruleEdited', 0, { rule: 'bitrateLow', by: 'Anna', what: 'changed' })])
  intake.record([damage])
  expect(seen).toEqual(['alarms: ruleEdited', 'history: storeDamaged', 'history: ruleEdited', 'history: storeDamaged'])
})
