import { createInstance } from 'i18next'
import { expect, it } from 'vitest'
import en from '../../locales/en.json'
import { someAlarm } from '../../shared/alarms.fixture.ts'
import type { Alarm } from '../../shared/alarms.ts'
import { serverSubject, streamSubject } from '../../shared/subjectNames.ts'
import type { News } from './newsOfAlarms.ts'
import { noticesOf } from './noticeMessage.ts'

const instance = createInstance()
await instance.init({ lng: 'en', resources: { en: { translation: en } }, interpolation: { escapeValue: false } })
const notices = (news: Partial<News>) => noticesOf({ begun: [], more: 0, worse: [], ended: [], ...news }, 'en', instance.t)
const cam = (name: string, change: Partial<Alarm> = {}) => someAlarm({ id: name, subject: streamSubject('a', name), ...change })

it('names one alarm, says what is wrong and leads to it; its end takes its place', () => {
  expect(notices({ begun: [cam('cam1')] })).toEqual([
    { tag: 'cam1', title: 'critical: cam1 · berlin', text: 'Connected, but no data arrives.', to: '/alarms?incident=cam1' },
  ])
  expect(notices({ worse: [cam('cam1')] })[0]?.title).toBe('now critical: cam1 · berlin')
  expect(notices({ ended: [cam('cam1')] })).toMatchObject([{ tag: 'cam1', title: 'over: cam1 · berlin' }])
})
it('never puts the end of one alarm in the place of another one with the same cause', () => {
  const [begun] = notices({ begun: [cam('a', { incident: 's' })] })
  const [over] = notices({ ended: [cam('b', { incident: 's' })] })
  expect(over?.tag).not.toBe(begun?.tag)
})
it('makes one of several, with their number, the worst severity and some names', () => {
  const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => cam(name, { severity: name === 'f' ? 'critical' : 'minor' }))
  expect(notices({ begun: many })).toEqual([
    {
      tag: 'begun',
      title: '6 new alarms, the worst is critical',
      text: 'f · berlin\na · berlin\nb · berlin\nc · berlin\n+2 more',
      to: '/alarms?state=unacknowledged',
    },
  ])
  expect(notices({ ended: many })).toMatchObject([{ tag: 'ended', title: '6 alarms are over', to: '/alarms' }])
  expect(notices({ begun: many, ended: many })).toHaveLength(2)
})
it('names what has one cause once, by the worst of it', () => {
  const server = someAlarm({ id: 's', subject: serverSubject('a'), kind: 'serverDown' })
  const streams = ['a', 'b'].map((name) => cam(name, { severity: 'major', incident: 's' }))
  expect(notices({ begun: [...streams, server] })).toMatchObject([{ tag: 's', title: 'critical: berlin +2 more', to: '/alarms?incident=s' }])
  expect(notices({ begun: [...streams, server, cam('x')] })).toMatchObject([
    { title: '4 new alarms, the worst is critical', text: 'berlin +2 more\nx · berlin' },
  ])
})
it('has the number of those that are not listed, too', () => {
  expect(notices({ begun: [cam('a')], more: 9_999 })).toMatchObject([{ title: '10,000 new alarms, the worst is critical', text: 'a · berlin\n+9999 more' }])
})
it('is short, whatever the names are', () => {
  const [notice] = notices({ begun: [cam('x'.repeat(10_000), { serverName: 'y'.repeat(10_000) })] })
  expect(notice?.title.length).toBeLessThanOrEqual(160)
  expect(notice?.text.length).toBeLessThanOrEqual(400)
  expect(notices({ begun: Array.from({ length: 500 }, (_, place) => cam(`${place} ${'x'.repeat(1_000)}`)) })[0]?.text.length).toBeLessThanOrEqual(400)
})
