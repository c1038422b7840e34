import { describe, expect, it } from 'vitest'
import { someServer } from '../../shared/servers.fixture.ts'
import { type Server, serverInputSchema } from '../../shared/servers.ts'
import { readEntries } from '../app/editing/fields.ts'
import { emptyForm, formOf, nameFromUrl, type ServerForm, serverFields, serverInputOf, testedPart, tidyUrl } from './serverForm.ts'

const filled: ServerForm = { ...emptyForm, name: 'Berlin', url: '10.0.0.5:9997' }
const withSecret = (kind: 'basic' | 'jwt') => someServer('s1', { auth: { kind, user: null, hasSecret: true } })
const readForm = (form: ServerForm, server: Server | null) => readEntries(serverFields, serverInputSchema, serverInputOf(form, server), form, server)
/** What the dialog says at each field. */
function errorsOf(form: ServerForm) {
  const read = readForm(form, null)
  return read.ok ? {} : read.error
}

describe('the form of a server', () => {
  it('becomes what the engine takes', () => {
    const read = readForm(
      {
        ...filled,
        authKind: 'basic',
        user: 'noc',
        password: 'x',
        tags: 'studio, north ,',
        intervalSeconds: '2,5',
        hls: ' http://a:8888 ',
      },
      null,
    )
    expect(read).toEqual({
      ok: true,
      value: {
        name: 'Berlin',
        url: 'http://10.0.0.5:9997',
        auth: { kind: 'basic', user: 'noc', password: 'x' },
        fingerprint: null,
        intervalSeconds: 2.5,
        addresses: { hls: 'http://a:8888' },
        tags: ['studio', 'north'],
        paused: false,
      },
    })
  })
  it('keeps the headers and the client certificate of a gate, which are not known here, until others are entered', () => {
    const server = someServer('s1', { gate: { headers: ['CF-Access-Client-Id', 'X-Team'], hasClientCertificate: true } })
    const stored = formOf(server)
    const of = (change: Partial<ServerForm>) => readForm({ ...stored, ...change }, server)
    expect(of({})).toMatchObject({ value: { headers: { 'CF-Access-Client-Id': null, 'X-Team': null } } })
    expect(of({})).not.toMatchObject({ value: { clientCertificate: expect.anything() } })
    expect(of({ headers: 'X-Team: noc\n' })).toMatchObject({ value: { headers: { 'X-Team': 'noc' } } })
    expect(of({ headers: '', clientKind: 'none' })).toMatchObject({ value: { headers: {}, clientCertificate: null } })
    expect(of({ headers: 'X-New:' })).toEqual({ ok: false, error: { headers: 'serverForm.headersWrong' } })
    expect(of({ headers: 'Host: x' })).toEqual({ ok: false, error: { headers: { validationError: { kind: 'headerReserved', name: 'Host' } } } })
    expect(of({ clientCertificate: 'x' })).toMatchObject({
      ok: false,
      error: { clientCertificate: { validationError: { kind: 'notPem', what: 'certificate' } } },
    })
  })
  it('names what is wrong at the field where it is', () => {
    expect(errorsOf({ ...filled, name: ' ' })).toEqual({ name: { validationError: { kind: 'empty' } } })
    expect(readForm({ ...filled, name: 'Ber\u200blin' }, null)).toEqual({
      ...{ ok: false, error: { name: { validationError: { kind: 'hiddenCharacter', code: 'U+200B' } } } },
    })
    expect(errorsOf({ ...filled, url: 'ftp://x' })).toEqual({ url: { validationError: { kind: 'notHttp', scheme: 'ftp:' } } })
    expect(errorsOf({ ...filled, url: 'http://a:b@x' })).toEqual({ url: { validationError: { kind: 'userInAddress' } } })
    expect(errorsOf({ ...filled, intervalSeconds: 'often' })).toEqual({ intervalSeconds: { validationError: { kind: 'notOfType', type: 'number' } } })
    expect(errorsOf({ ...filled, intervalSeconds: '0.1' })).toEqual({ intervalSeconds: { validationError: { kind: 'notWithin', least: 0.5, most: 3600 } } })
    expect(errorsOf({ ...filled, fingerprint: 'AB:CD' })).toEqual({ fingerprint: 'serverForm.fingerprintWrong' })
    expect(errorsOf({ ...filled, authKind: 'basic' })).toEqual({ user: { validationError: { kind: 'empty' } } })
    expect(errorsOf({ ...filled, authKind: 'jwt' })).toEqual({ token: 'hosts.form.missing' })
  })
  it('leaves a stored secret out, so that it stays, and only where the kind is the same', () => {
    const kept = readForm({ ...filled, authKind: 'basic', user: 'noc' }, withSecret('basic'))
    expect(kept.ok && kept.value.auth).toEqual({ kind: 'basic', user: 'noc' })
    expect(readForm({ ...filled, authKind: 'jwt' }, withSecret('jwt')).ok).toBe(true)
    expect(readForm({ ...filled, authKind: 'jwt' }, withSecret('basic')).ok).toBe(false)
  })
  it('can be tested before it has a name', () => {
    const unnamed = { ...filled, name: '' }
    const testSchema = serverInputSchema.omit({ name: true, tags: true, paused: true })
    const read = readEntries(serverFields, testSchema, serverInputOf(unnamed, null), unnamed, null)
    expect(read.ok && read.value.url).toBe('http://10.0.0.5:9997')
    expect(read.ok && 'name' in read.value).toBe(false)
  })
})
describe('an address as it is typed', () => {
  it('gets the usual port where none was typed', () => {
    expect(
      ['10.0.0.5', 'http://host', 'https://host/', 'host:1234', 'http://host:80', 'https://proxy/mtx', 'http://[::1]', ' '].map((url) => tidyUrl(url).url),
    ).toEqual(['http://10.0.0.5:9997', 'http://host:9997', 'https://host:9997', 'host:1234', 'http://host:80', 'https://proxy/mtx', 'http://[::1]:9997', ''])
  })
  it('is used without a path of the API that was copied with it, and says what was left out', () => {
    expect(
      ['10.0.0.5:9997/v3/paths/list', 'http://host/v3/paths/list?page=0', 'https://proxy/mtx/v3/info', 'http://host:9997/v3/', 'http://host/v30'].map(tidyUrl),
    ).toEqual([
      { url: '10.0.0.5:9997', leftOut: '/v3/paths/list' },
      { url: 'http://host:9997', leftOut: '/v3/paths/list?page=0' },
      { url: 'https://proxy/mtx', leftOut: '/v3/info' },
      { url: 'http://host:9997', leftOut: '/v3/' },
      { url: 'http://host/v30', leftOut: null },
    ])
  })
  it('lends its host as a name', () => expect(['http://berlin.example:9997', '10.0.0.5', '::'].map(nameFromUrl)).toEqual(['berlin.example', '10.0.0.5', '']))
})

describe('a test that was made', () => {
  const tested: ServerForm = { ...emptyForm, url: 'http://10.0.0.5:9997' }
  const isOutdated = (of: ServerForm, form: ServerForm) => testedPart(of) !== testedPart(form)
  it('is not outdated by the fields for a user that the dialog offers, only by what is entered there', () => {
    const offered: ServerForm = { ...tested, authKind: 'basic' }
    expect(isOutdated(tested, offered)).toBe(false)
    expect(isOutdated(tested, { ...offered, user: 'noc' })).toBe(true)
    expect(isOutdated({ ...offered, user: 'noc', password: 'a' }, { ...offered, user: 'noc', password: 'b' })).toBe(true)
    expect(isOutdated({ ...offered, user: 'noc', password: 'a' }, tested)).toBe(true)
    expect(isOutdated({ ...tested, authKind: 'jwt', token: 'a' }, { ...tested, authKind: 'bearer', token: 'a' })).toBe(true)
    expect(isOutdated(tested, { ...tested, url: 'http://10.0.0.6:9997' })).toBe(true)
  })
})
