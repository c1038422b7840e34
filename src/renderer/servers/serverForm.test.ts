import { describe, expect, it } from 'vitest'
import { emptyForm, nameFromUrl, readForm, readFormForTest, type ServerForm, withUsualPort } from './serverForm.ts'

const filled: ServerForm = { ...emptyForm, name: 'Berlin', url: '10.0.0.5:9997' }
const errorsOf = (form: ServerForm) => {
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
        secret: 'x',
        tags: 'studio, north ,',
        intervalSeconds: '2,5',
        addresses: { ...emptyForm.addresses, hls: ' http://a:8888 ' },
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
  it('names what is wrong at the field where it is', () => {
    expect(errorsOf({ ...filled, name: ' ' }).name).toMatch(/name/)
    expect(errorsOf({ ...filled, url: 'ftp://x' }).url).toMatch(/http/)
    expect(errorsOf({ ...filled, url: 'http://a:b@x' }).url).toMatch(/password/)
    expect(errorsOf({ ...filled, intervalSeconds: 'often' }).intervalSeconds).toMatch(/seconds/)
    expect(errorsOf({ ...filled, intervalSeconds: '0.1' }).intervalSeconds).toMatch(/0.5/)
    expect(errorsOf({ ...filled, fingerprint: 'AB:CD' }).fingerprint).toMatch(/32 bytes/)
    expect(errorsOf({ ...filled, authKind: 'basic' }).user).toMatch(/user/)
    expect(errorsOf({ ...filled, authKind: 'jwt' }).secret).toMatch(/token/)
  })
  it('leaves a stored secret out, so that it stays, and only where the kind is the same', () => {
    const kept = readForm({ ...filled, authKind: 'basic', user: 'noc' }, 'basic')
    expect(kept.ok && kept.value.auth).toEqual({ kind: 'basic', user: 'noc' })
    expect(readForm({ ...filled, authKind: 'jwt' }, 'jwt').ok).toBe(true)
    expect(readForm({ ...filled, authKind: 'jwt' }, 'basic').ok).toBe(false)
  })
  it('can be tested before it has a name', () => {
    const read = readFormForTest({ ...filled, name: '' }, null)
    expect(read.ok && read.value.url).toBe('http://10.0.0.5:9997')
    expect(read.ok && 'name' in read.value).toBe(false)
  })
})
describe('an address as it is typed', () => {
  it('gets the usual port where none was typed', () => {
    expect(['10.0.0.5', 'http://host', 'https://host/', 'host:1234', 'http://host:80', 'https://proxy/mtx', 'http://[::1]', ' '].map(withUsualPort)).toEqual([
      'http://10.0.0.5:9997',
      'http://host:9997',
      'https://host:9997',
      'host:1234',
      'http://host:80',
      'https://proxy/mtx',
      'http://[::1]:9997',
      '',
    ])
  })
  it('lends its host as a name', () => expect(['http://berlin.example:9997', '10.0.0.5', '::'].map(nameFromUrl)).toEqual(['berlin.example', '10.0.0.5', '']))
})
