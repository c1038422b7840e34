import { describe, expect, it } from 'vitest'
import { type ChannelEntries, channelEntries, channelFields, fieldOfChannel, fieldOfRoute, readChannel, readRoute, routeEntries } from './channelForm.ts'

const fresh = (change: Partial<ChannelEntries>) => ({ ...channelEntries(null, null), ...change })
const shown = (entered: ChannelEntries) =>
  channelFields(false, '', true, false)
    .filter((field) => field.shown?.(entered) ?? true)
    .map(({ id }) => id)

describe('a channel that is entered', () => {
  it('is sent with the keys of the configuration file, without what is left empty', () => {
    const mail = fresh({
      kind: 'email',
      name: ' night ',
      address: 'a@example.org, b@example.org',
      from: 'c@example.org',
      smtp: 'smtp://mail',
      startTls: 'false',
    })
    expect(readChannel(mail, null)).toEqual({
      ok: true,
      value: { name: 'night', email: 'a@example.org, b@example.org', from: 'c@example.org', smtp: 'smtp://mail', startTls: 'false' },
    })
    const hook = fresh({
      name: 'ops',
      address: 'https://hook.example',
      headers: 'X-Team: noc\n\nX-Url: http://a:1',
      acknowledgeLink: '',
      topic: 'of another kind',
    })
    expect(readChannel(hook, null)).toEqual({
      ok: true,
      value: { name: 'ops', webhook: 'https://hook.example', headers: { 'X-Team': 'noc', 'X-Url': 'http://a:1' }, acknowledgeLink: 'false' },
    })
    expect(readChannel(fresh({ headers: 'noc' }), null)).toEqual({ ok: false, error: { headers: 'channels.form.headersWrong' } })
  })
  it('has the fields of its kind', () => {
    expect(shown(fresh({ kind: 'syslog' }))).toEqual(['kind', 'name', 'address', 'facility', 'caFile', 'language', 'atMost', 'perMinutes', 'digestMinutes'])
    expect(shown(fresh({ kind: 'pagerduty' }))).toEqual(['kind', 'name', 'address', 'secret', 'proxy', 'language', 'acknowledgeLink'])
  })
  it('sends only what was changed, and takes away what was emptied', () => {
    const before = channelEntries('email', { name: 'night', email: ['a@example.org'], from: 'c@example.org', smtp: 'smtp://mail', digestMinutes: '30' })
    expect(before).toMatchObject({ kind: 'email', address: 'a@example.org', digestMinutes: '30', secret: '', acknowledgeLink: 'yes' })
    expect(readChannel(before, before)).toEqual({ ok: true, value: {} })
    expect(readChannel({ ...before, secret: 'new', digestMinutes: '' }, before)).toEqual({ ok: true, value: { secret: 'new', digestMinutes: '' } })
    const quiet = channelEntries('webhook', { name: 'ops', acknowledgeLink: 'false' })
    expect(readChannel({ ...quiet, acknowledgeLink: 'yes' }, quiet)).toEqual({ ok: true, value: { acknowledgeLink: '' } })
  })
  it('asks for the public address where links to acknowledge are wanted and lead nowhere', () => {
    const fields = channelFields(false, '', false, true)
    const address = fields.find(({ id }) => id === 'publicUrl')
    expect([fresh({}), fresh({ acknowledgeLink: '' })].map((entered) => address?.shown?.(entered))).toEqual([true, false])
    expect(shown(fresh({}))).not.toContain('publicUrl')
    expect(readChannel(fresh({ name: 'ops', address: 'http://a/', publicUrl: 'https://noc.example.org' }), null)).toMatchObject({
      value: { name: 'ops', publicUrl: 'https://noc.example.org' },
    })
  })
  it('has its mistakes at their fields', () => {
    expect(['webhook', 'email.0', 'headers.X-Team', 'secret'].map(fieldOfChannel)).toEqual(['address', 'address', 'headers', 'secret'])
  })
})

describe('a route that is entered', () => {
  it('is sent without what is left empty, and read back as it was typed', () => {
    const typed = {
      ...routeEntries(null),
      to: 'ops, night',
      critical: 'yes',
      hours: '22:00-06:00',
      zone: 'Europe/Berlin',
      afterMinutes: '10',
      escalateTo: 'boss',
    }
    const route = {
      to: ['ops', 'night'],
      severities: ['critical'],
      hours: ['22:00-06:00'],
      zone: 'Europe/Berlin',
      escalate: { afterMinutes: '10', to: ['boss'] },
    }
    expect(readRoute(typed)).toEqual({ ok: true, value: route })
    expect(routeEntries(route)).toEqual(typed)
    expect(readRoute({ ...routeEntries(null), to: 'ops', zone: 'UTC' })).toEqual({ ok: true, value: { to: ['ops'] } })
  })
  it('has its mistakes at their fields', () => {
    expect(['to.1', 'severities.0', 'zone', 'escalate.to.0', 'escalate.afterMinutes'].map(fieldOfRoute)).toEqual([
      ...['to', 'critical', 'zone', 'escalateTo', 'afterMinutes'],
    ])
  })
})
