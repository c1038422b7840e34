import { describe, expect, it, test } from 'vitest'
import { languages } from '../../i18n/languages.ts'
import { someAlarm } from '../../shared/alarms.fixture.ts'
import { someIncident } from '../../shared/incidents.fixture.ts'
import type { PastSession } from '../../shared/sessions.ts'
import { dossierPieces } from './dossierPage.ts'
import type { DossierFacts } from './gatherFacts.ts'

const dossierPage = (...of: Parameters<typeof dossierPieces>): string => [...dossierPieces(...of)].join('\n')
const none = { rows: [], more: 0 }
const at = Date.UTC(2026, 10, 14, 3)
const hour = 3_600_000
const facts = (change: Partial<DossierFacts> = {}): DossierFacts => ({
  madeAt: at + hour,
  version: '1.2.3',
  isDemo: false,
  from: at,
  to: at + hour,
  servers: ['berlin'],
  incident: someIncident({ since: at + 1_000 }),
  incidents: none,
  alarms: none,
  steps: none,
  events: none,
  figures: [],
  pictures: [],
  sessions: none,
  sessionsSince: at,
  messages: none,
  differences: null,
  isAlarmsUnread: false,
  isHidden: false,
  ...change,
})
const session = (change: Partial<PastSession> = {}): PastSession => ({
  serverId: 'a',
  server: 'berlin',
  id: '12345678',
  protocol: 'rtsp',
  role: 'reader',
  path: 'cam',
  remoteAddr: '10.1.2.3:5000',
  user: null,
  userAgent: 'VLC',
  began: at,
  ended: null,
  endedAfter: null,
  bytes: null,
  lost: null,
  ...change,
})
/** Text and attributes of others that try to become part of the page, and secrets, in every place that takes a text. */
function plantedEverywhere(text: string): DossierFacts {
  const alarm = someAlarm({
    said: text,
    serverName: text,
    since: at,
    why: { kind: 'noData' },
    runbook: text,
    subject: { kind: 'stream', serverId: 'a', path: text },
  })
  const named = { id: 'one', kind: alarm.kind, rule: alarm.rule, subject: alarm.subject, serverName: text }
  return facts({
    servers: [text],
    incident: someIncident({ serverName: text, subject: alarm.subject, runbook: text, servers: [text] }),
    alarms: { rows: [alarm], more: 0 },
    steps: { rows: [{ ...named, change: { kind: 'commented', at, by: text, text } }], more: 0 },
    events: { rows: [{ id: 1, at, kind: 'unknownKind', text, subject: null, ownerName: text, facts: {} }], more: 0 },
    figures: [{ name: text, metric: 'path.bitrateIn', least: 1e6, mean: 2e6, most: 3e6 }],
    pictures: [{ server: text, path: text, at, widthPx: 16, heightPx: 9, jpeg: '/9j/AAAA' }],
    sessions: { rows: [session({ path: text, server: text, protocol: text, remoteAddr: text, user: text, userAgent: text })], more: 0 },
    messages: {
      rows: [
        {
          ...{ id: 1, alarmId: 'one', channel: text, event: 'start', at, state: 'refused', tries: 1, endedAt: at, mayRepeat: false, escalated: false },
          ...{ sentWith: null, failure: null },
        },
      ],
      more: 0,
    },
    differences: { rows: [{ at, server: text, key: text, before: text, after: text }], more: 0 },
  })
}

describe.each(languages)('a dossier in %s', (language) => {
  it('lets no text of others become a part of the page', () => {
    const page = dossierPage(plantedEverywhere(`"'><script>alert(1)</script><img src=x onerror=alert(1)>`), language)
    // Without what stands in quotes, nothing of it is a tag or an attribute.
    expect(page.replace(/"[^"]*"/g, '""')).not.toMatch(/<script|<img src=x|<[^>]*\sonerror=/)
    expect(page.match(/&lt;script&gt;/g)?.length).toBeGreaterThan(15)
    // Every attribute is closed where it was begun.
    expect(page.match(/<img /g)).toHaveLength(1)
    expect(page).toContain(`<html lang="${language}">`)
  })
  it('has no secret, wherever one was said', () => {
    for (const secret of [
      'rtsp://noc:hunter2@cam/1',
      'password=hunter2',
      'Authorization: Bearer hunter2long',
      'rtmp://live.example/app/hunter2',
      'curl -u noc:hunter2 http://x',
    ])
      expect(dossierPage(plantedEverywhere(secret), language)).not.toContain('hunter2')
  })
})

test('a page can load and run nothing: it has no script, no address, and a policy that forbids the rest', () => {
  const page = dossierPage(plantedEverywhere('cam'), 'en')
  expect(page).toContain(`content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"`)
  expect(page).not.toMatch(/<script|<link|<iframe|javascript:|https?:\/\/|url\(/)
})

test('what a configuration has under the name of a secret is not shown', () => {
  const row = (key: string) => ({ at, server: 'berlin', key, before: 'hunter2', after: 'hunter3' })
  const page = dossierPage(facts({ differences: { rows: [row('paths.cam.publishPass'), row('authJWTSecret'), row('rtspServerKey')], more: 0 } }), 'en')
  expect(page).not.toMatch(/hunter/)
  expect(page.match(/\*\*\*/g)).toHaveLength(6)
  expect(dossierPage(facts({ differences: { rows: [{ ...row('paths.cam.source'), before: 'publisher', after: null }], more: 0 } }), 'en')).toContain(
    'publisher',
  )
  expect(dossierPage(facts(), 'en')).not.toContain('Configuration changes')
})

test('a picture that is no JPEG is left out', () => {
  const picture = { server: 'berlin', path: 'cam', at, widthPx: 16, heightPx: 9 }
  const page = dossierPage(
    facts({
      pictures: [
        { ...picture, jpeg: '/9j/A"><b>' },
        { ...picture, jpeg: 'PHN2Zz4=' },
      ],
    }),
    'en',
  )
  expect(page).not.toContain('<img')
})

test('what a metric was is said from the least to the most', () => {
  const page = dossierPage(facts({ figures: [{ name: 'berlin · cam', metric: 'path.bitrateIn', least: 1e6, mean: 2.5e6, most: 4e6 }] }), 'en')
  expect(page).toMatch(/<td[^>]*>berlin · cam<\/td><td[^>]*>Bitrate in<\/td><td[^>]*>1\.00 Mbit\/s · 2\.50 Mbit\/s · 4\.00 Mbit\/s<\/td>/)
})

test('what is not listed is counted, and what is unknown is no zero', () => {
  const page = dossierPage(facts({ sessions: { rows: [session()], more: 1_204, isLeast: true }, sessionsSince: at + 60_000 }), 'en')
  expect(page).toContain('and 1,204+ more')
  expect(page).toContain('Ended sessions have been kept since 14 Nov 2026, 03:01:00 UTC')
  expect(page).toMatch(/<td[^>]*>10\.1\.2\.3:5000 · VLC<\/td><td[^>]*>–<\/td>/)
  const unseenEnd = dossierPage(facts({ sessions: { rows: [session({ ended: at + 30_000, endedAfter: at })], more: 0 } }), 'en')
  expect(unseenEnd, 'it ended while its server did not answer').toContain('≤ 14 Nov 2026, 03:00:30')
  expect(dossierPage(facts({ sessionsSince: null }), 'en')).toContain('Sessions are not kept.')
})

test('where closed alarms could not be read, that is said, and not that there was none', () => {
  const page = dossierPage(facts({ isAlarmsUnread: true }), 'en')
  expect(page).toContain('Closed alarms could not all be read')
  expect(dossierPage(facts({ isAlarmsUnread: true, alarms: { rows: [someAlarm({ since: at })], more: 0 } }), 'de')).toContain('es können welche fehlen')
})

test('what ended while this console was not running is said with the bounds of how long it lasted', () => {
  const bounds = { since: at, healedAt: at + 125_000, wrongUntil: at + 55_000 }
  const one = { rows: [someAlarm(bounds)], more: 0 }
  const told = (change: Partial<DossierFacts>) => dossierPage(facts({ ...change, alarms: one }), 'en').match(/\(55 s to 2 min 05 s\)/g)
  expect(told({ incident: someIncident(bounds) })).toHaveLength(2)
  expect(told({ incident: null, incidents: { rows: [someIncident(bounds)], more: 0 } })).toHaveLength(2)
})

test('of an alarm that came back it is said how often', () => {
  const page = (count: number) => dossierPage(facts({ alarms: { rows: [someAlarm({ since: at, count })], more: 0 } }), 'en')
  expect(page(3)).toContain('(3 times)')
  expect(page(1)).not.toContain('1 time')
})

test('the end of a trouble stands where it was over, not where that was certain', () => {
  const { id, kind, rule, subject, serverName } = someAlarm({ since: at })
  const healed = { id, kind, rule, subject, serverName, change: { kind: 'healed', at: at + 60_000, since: at + 12_000 } } as const
  const page = dossierPage(facts({ steps: { rows: [healed], more: 0 } }), 'en')
  expect(page).toContain('03:00:12')
  expect(page).not.toContain('03:01:00')
})
