import { expect, test } from 'vitest'
import { problemText } from '../i18n/validationErrorText.ts'
import { readConfig } from './config.ts'

const read = (env: Readonly<Record<string, string>>, text: string | null = null) =>
  readConfig({ file: text === null ? null : { path: 'mtxdeck.yaml', text }, env, flags: {}, cwd: '/srv', readText: () => '' })
function servers(...args: Parameters<typeof read>) {
  const result = read(...args)
  if (!result.ok) throw new Error(result.error.map((problem) => problemText(problem, 'en')).join('\n'))
  return result.value.servers
}
function problems(...args: Parameters<typeof read>) {
  const result = read(...args)
  return result.ok ? [] : result.error.map((problem) => problemText(problem, 'en'))
}

/** As applications have them. */
const usual = {
  MEDIAMTX_HOST: 'localhost',
  MEDIAMTX_WHIP_PORT: '8889',
  MEDIAMTX_RTSP_PORT: '8554',
  MEDIAMTX_WHIP_URL: 'http://localhost:8889/test/whip',
  MEDIAMTX_WHEP_URL: 'http://localhost:8889/test/whep',
}

test('a server is watched that variables of an application name, with its ports', () => {
  expect(servers(usual)).toMatchObject([
    { name: 'localhost', url: 'http://localhost:9997', auth: { kind: 'none' }, addresses: { webrtc: 'http://localhost:8889', rtsp: 'rtsp://localhost:8554' } },
  ])
  expect(servers({ MEDIAMTX_HOST: '10.0.0.5:9000' })).toMatchObject([{ name: '10.0.0.5', url: 'http://10.0.0.5:9000', addresses: {} }])
  expect(servers({ MEDIAMTX_HOST: '::1', MEDIAMTX_RTSP_PORT: '554' })).toMatchObject([{ url: 'http://[::1]:9997', addresses: { rtsp: 'rtsp://[::1]:554' } }])
  expect(servers({ MEDIAMTX_WHEP_URL: 'https://media.example/exam/whep' })).toMatchObject([
    { name: 'media.example', url: 'http://media.example:9997', addresses: { webrtc: 'https://media.example' } },
  ])
  expect(servers({ MEDIAMTX_HOST: ' ', MEDIAMTX_WHIP_PORT: '' })).toEqual([])
})

test('the streams of the addresses are those that WHIP and WHEP lead to where a request names none', () => {
  const usualOf = (env: Readonly<Record<string, string>>, text: string | null = null) => {
    const result = read(env, text)
    return result.ok ? result.value.defaultStreams : result.error
  }
  expect(usualOf(usual)).toEqual({ server: 'localhost', whip: 'test', whep: 'test' })
  expect(usualOf({ MEDIAMTX_WHIP_URL: 'https://a/exam%201/cam/whip/' })).toEqual({ server: 'a', whip: 'exam 1/cam', whep: null })
  expect(usualOf({ MEDIAMTX_WHEP_URL: 'https://a/whep' })).toEqual({ server: 'a', whip: null, whep: null })
  expect(usualOf(usual, 'servers: [{ name: exams, url: "http://127.0.0.1:9997" }]')).toMatchObject({ server: 'exams' })
  expect(usualOf({})).toBeNull()
})

test('a server of the configuration file gets its addresses, and is not watched twice', () => {
  const file = 'servers: [{ name: exams, url: "http://127.0.0.1:9997", user: noc, password: x, addresses: { hls: "http://a:1", rtsp: "rtsp://b" } }]'
  expect(servers(usual, file)).toMatchObject([
    {
      name: 'exams',
      url: 'http://127.0.0.1:9997',
      auth: { kind: 'basic' },
      addresses: { hls: 'http://a:1', rtsp: 'rtsp://localhost:8554', webrtc: 'http://localhost:8889' },
    },
  ])
  expect(servers({ MEDIAMTX_HOST: 'berlin' }, 'servers: [{ name: Berlin, url: "http://10.0.0.1:9997" }]').map(({ name }) => name)).toEqual([
    'Berlin',
    'berlin (MEDIAMTX_HOST)',
  ])
})

test('what is wrong with a variable is said with its name, and what to write', () => {
  expect(
    problems({ ...usual, MEDIAMTX_HOST: 'http://localhost', MEDIAMTX_WHIP_PORT: '88890', MEDIAMTX_WHIP_URL: 'localhost:8889', MEDIAMTX_WHEP_URL: 'x' }),
  ).toEqual([
    'MEDIAMTX_HOST: expected a value such as localhost',
    'MEDIAMTX_WHIP_URL: expected a value such as http://localhost:8889/test/whip',
    'MEDIAMTX_WHEP_URL: expected a value such as http://localhost:8889/test/whip',
    'MEDIAMTX_WHIP_PORT: expected a number from 1 to 65,535',
  ])
  expect(problems({ MEDIAMTX_RTSP_PORT: '8554' })).toEqual(['MEDIAMTX_RTSP_PORT: "MEDIAMTX_HOST" is missing'])
  expect(problems({ ...usual, MEDIAMTX_WHIP_PORT: '8890' })).toEqual(['MEDIAMTX_WHIP_PORT: expected one of 8889'])
  expect(problems({ ...usual, MEDIAMTX_WHEP_URL: 'http://other:8889/test/whep' })).toEqual(['MEDIAMTX_WHEP_URL: expected one of http://localhost:8889'])
  const [withPassword = ''] = problems({ MEDIAMTX_WHIP_URL: 'http://student:geheim@localhost:8889/test/whip' })
  expect(withPassword).toMatch(/^MEDIAMTX_WHIP_URL: /)
  expect(withPassword).not.toContain('geheim')
})

test('a host that is longer than a name may be is watched under its beginning', () => {
  const host = (letters: number) => `${'a'.repeat(60)}.${'b'.repeat(letters - 61)}`
  const [one] = servers({ MEDIAMTX_HOST: host(110) })
  expect(one).toMatchObject({ name: host(110).slice(0, 100), url: `http://${host(110)}:9997` })
  const taken = host(95)
  const names = servers({ MEDIAMTX_HOST: taken }, `servers:\n  - { name: ${taken}, url: "http://10.0.0.9:9997" }\n`).map(({ name }) => name)
  expect(names).toEqual([taken, `${taken.slice(0, 80)} (MEDIAMTX_HOST)`])
})
