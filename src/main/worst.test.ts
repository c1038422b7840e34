import { expect, test } from 'vitest'
import { parseWorst, type Worst, worstSign, worstText } from './worst.ts'

test('what a window says of the fleet is taken only in the form that it has', () => {
  expect(parseWorst('trouble', 'critical', 3)).toEqual({ verdict: 'trouble', severity: 'critical', count: 3 })
  expect(parseWorst('well', null, 0)).toEqual({ verdict: 'well', severity: null, count: 0 })
  for (const [verdict, severity, count] of [
    ['trouble', 'fatal', 1],
    ['trouble', 'toString', 1],
    ['trouble', undefined, 1],
    ['trouble', 'major', -1],
    ['trouble', 'major', 1.5],
    ['trouble', 'major', '3'],
    ['trouble', {}, 3],
    ['fine', null, 0],
    [undefined, null, 0],
  ]) {
    expect(parseWorst(verdict, severity, count), `${verdict} ${severity}`).toBeNull()
  }
})

const ready = { state: 'ready' } as const

test('the tray says what the window says: it is green only where everything is known', () => {
  const said = (worst: Worst) => [worstSign(worst), worstText(ready, worst, 'en')]
  expect(said({ verdict: 'well', severity: null, count: 0 })).toEqual(['ok', 'All is well'])
  expect(said({ verdict: 'unknown', severity: null, count: 0 })).toEqual(['unknown', 'Some states unknown'])
  expect(said({ verdict: 'nothing', severity: null, count: 0 })).toEqual(['unknown', 'Nothing to watch yet'])
  expect(said({ verdict: 'trouble', severity: 'major', count: 1 })).toEqual(['major', '1 open incident: major'])
  expect(said({ verdict: 'trouble', severity: 'critical', count: 12 })).toEqual(['critical', '12 open incidents, the worst is critical'])
})

test('the tray keeps the severity of what is taken, without a number, and is not green while troubles are shelved', () => {
  const said = (severity: Worst['severity']) => {
    const worst = { verdict: 'trouble', severity, count: 0 } as const
    return [worstSign(worst), worstText(ready, worst, 'en')]
  }
  expect(said('critical')).toEqual(['critical', 'Nothing unacknowledged'])
  expect(said(null)).toEqual(['unknown', 'Nothing unacknowledged'])
})

test('the tray speaks the language that it is told', () => {
  const worst = { verdict: 'trouble', severity: 'critical', count: 12 } as const
  expect(worstText(ready, worst, 'de')).toBe('12 offene Vorfälle, der schlimmste: kritisch')
  expect(worstText(ready, { ...worst, count: 3 }, 'ru')).toBe('3 открытых инцидента, самый тяжёлый: критическая')
})

test('the tray says of an engine that is away that nothing is known, whatever was known before', () => {
  const worst = { verdict: 'well', severity: null, count: 0 } as const
  expect(worstText(null, worst, 'en')).toBe('Some states unknown')
  expect(worstText(ready, null, 'en')).toBe('Some states unknown')
  expect(worstText({ state: 'restarting' }, worst, 'de')).toBe('Der Dienst wird neu gestartet')
  expect(worstText({ state: 'failed', why: { kind: 'keepsEnding', deaths: 6 } }, worst, 'de')).toBe('Der Dienst läuft nicht')
})
