import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeCertificate } from '../../tests/fakes/certificate.ts'
import { problemText } from '../i18n/validationErrorText.ts'
import { settings } from '../shared/settings.ts'
import type { Problem } from '../shared/validationErrors.ts'
import { type ConfigSources, loadConfig, readConfig, shownConfig } from './config.ts'
import { fileSchema } from './configSchema.ts'

const read = (text: string | null, more: Partial<ConfigSources> & { files?: Record<string, string> } = {}) =>
  readConfig({
    file: text === null ? null : { path: 'etc/mtxdeck.yaml', text },
    env: {},
    flags: {},
    cwd: '/srv',
    readText: (path) => {
      const found = more.files?.[path]
      if (found === undefined) throw Object.assign(new Error('ENOENT: secret path'), { code: 'ENOENT' })
      return found
    },
    ...more,
  })
function good(...args: Parameters<typeof read>) {
  const result = read(...args)
  if (!result.ok) throw new Error(inEnglish(result.error).join('\n'))
  return result.value
}
function problems(...args: Parameters<typeof read>) {
  const result = read(...args)
  return result.ok ? [] : inEnglish(result.error)
}

const inEnglish = (found: readonly Problem[]) => found.map((problem) => problemText(problem, 'en'))

const fingerprint = Array.from({ length: 32 }, () => 'AB').join(':')
const whole = `listen: 0.0.0.0:9000
tokenFile: token
dataDir: ./mtxdeck-data
publicUrl: https://noc.example.org
trustedProxies: [10.0.0.1, "2001:db8::/32"]
plainHttp: true
tls: { certFile: cert.pem, keyFile: /keys/key.pem, hsts: true }
keepDays: 3
keepBytes: 2GB
logDir: log
logLevel: warn
ffmpeg: ../opt/ffmpeg
servers:
  - name: berlin
    url: https://10.0.0.5:9997
    user: noc
    password: secret
    fingerprint: "${fingerprint}"
    intervalSeconds: 5
    tags: [studio, north]
    addresses: { hls: "http://10.0.0.5:8888" }
  - { name: köln, url: "10.0.0.6:9997", token: "user:pass" }
  - { name: bonn, url: "http://10.0.0.7:9997", token: aaa.bbb.ccc }
`

describe('the configuration file', () => {
  test('is read whole, with paths relative to it', () => {
    const config = good(whole)
    expect(config).toMatchObject({
      listen: { host: '0.0.0.0', port: 9000 },
      tokenFile: '/srv/etc/token',
      dataDir: '/srv/etc/mtxdeck-data',
      publicUrls: ['https://noc.example.org'],
      trustedProxies: ['10.0.0.1', '2001:db8::/32'],
      plainHttp: true,
      tls: { certFile: '/srv/etc/cert.pem', keyFile: '/keys/key.pem', hsts: true },
      keepDays: 3,
      keepBytes: 2e9,
      logDir: '/srv/etc/log',
      logLevel: 'warn',
      ffmpeg: '/srv/opt/ffmpeg',
      mediaBackend: null,
      mediaSandbox: null,
    })
    expect(config.servers).toEqual([
      {
        name: 'berlin',
        url: 'https://10.0.0.5:9997',
        auth: { kind: 'basic', user: 'noc', password: 'secret' },
        fingerprint,
        intervalSeconds: 5,
        tags: ['studio', 'north'],
        addresses: { hls: 'http://10.0.0.5:8888' },
        paused: false,
      },
      expect.objectContaining({ name: 'köln', url: 'http://10.0.0.6:9997', auth: { kind: 'bearer', token: 'user:pass' }, intervalSeconds: 2 }),
      expect.objectContaining({ name: 'bonn', auth: { kind: 'jwt', token: 'aaa.bbb.ccc' } }),
    ])
  })

  test('says when and how cameras are checked, and what is wrong with it', () => {
    const { dailyCheck } = good(
      'dailyCheck:\n  at: "06:00"\n  zone: Europe/Berlin\n  wakesOnDemand: yes\n  streams: [yard/*]\n  checks: [black]\n  tell: [mail]\n  atOnce: 8\n',
    )
    expect(dailyCheck).toMatchObject({ enabled: true, at: '06:00', zone: 'Europe/Berlin', wakesOnDemand: true, checks: ['black'], tell: ['mail'], atOnce: 8 })
    expect(good('servers: [{ name: a, url: "http://a:9997", expected: [studio/*, main], newStreams: events }]').servers).toMatchObject([
      { expected: ['studio/*', 'main'], newStreams: 'events' },
    ])
    expect(good('dailyCheck: { exceptions: [{ streams: ["wall/*"], checks: [black] }, { tags: [test], checks: [] }] }').dailyCheck?.exceptions).toEqual([
      { streams: ['wall/*'], tags: [], servers: [], checks: ['black'] },
      { streams: [], tags: ['test'], servers: [], checks: [] },
    ])
    expect(problems('dailyCheck: { exceptions: [{ streams: ["wall/*"], checks: [loudness] }, { stream: a, checks: [] }, { streams: [a] }] }')).toHaveLength(3)
    expect(good('dailyCheck: { enabled: no }\n').dailyCheck).toMatchObject({ enabled: false, windowMinutes: 60, tell: [] })
    expect(good('servers: []\n').dailyCheck).toBeNull()
    const wrong = 'dailyCheck:\n  at: noon\n  zone: Nowhere\n  windowMinutes: 1\n  often: 1\n  checks: [loudness]\n'
    expect(
      problems(wrong).map((problem) =>
        problem
          .split(':')
          .slice(0, 3)
          .join(':')
          .concat(' ', problem.split(' ')[1] ?? ''),
      ),
    ).toHaveLength(3)
    expect(problems('dailyCheck: { at: noon, zone: Nowhere }')).toHaveLength(2)
    expect(problems('dailyCheck:\n  checks:\n'), 'no value is not no check').toHaveLength(1)
  })

  test('says how often snapshots are taken, and what is wrong with it', () => {
    const { snapshots } = good('snapshots:\n  everySeconds: never\n  exceptions: [{ tags: [studio], streams: ["north/*"], everySeconds: 15 }]\n  keepDays: 3\n')
    expect(snapshots).toEqual({
      everySeconds: null,
      exceptions: [{ tags: ['studio'], servers: [], streams: ['north/*'], everySeconds: 15 }],
      megabitsPerSecond: 10,
      atOnce: 2,
      keepDays: 3,
      keepAlarmDays: 90,
      keepMegabytes: 2_000,
    })
    const wrong = 'snapshots:\n  everySeconds: 5\n  atOnce: 9\n  often: 1\n  exceptions: [{ streams: ["~("], everySeconds: soon }]\n'
    expect(problems(wrong).map((problem) => problem.split(': ').slice(0, 2).join(' '))).toEqual([
      'etc/mtxdeck.yaml:2:3 snapshots.everySeconds',
      'etc/mtxdeck.yaml:3:3 snapshots.atOnce',
      'etc/mtxdeck.yaml:4:3 snapshots.often',
      'etc/mtxdeck.yaml:5:35 snapshots.exceptions[0].everySeconds',
    ])
    expect(problems('snapshots: { exceptions: [{ streams: ["~("], everySeconds: 15 }] }')).toHaveLength(1)
  })

  test('may be empty, or not there', () => {
    for (const text of ['', '# nothing yet\n', null]) {
      const config = good(text, { flags: { dataDir: 'd' } })
      expect(config).toMatchObject({ listen: { host: '127.0.0.1', port: 8787 }, dataDir: '/srv/d', tokenFile: '/srv/d/token', servers: [], tls: null })
    }
  })

  test('names every problem at once in the order of the file, with line, column and key', () => {
    const text = `listen: nowhere
keepDay: 3
servers:
  - name: berlin
    url: ftp://10.0.0.5
    usr: noc
    intervalSeconds: two
  - url: http://a
    intervalSeconds: 0.1
  - name: berlin
    url: http://b
  - name: berlin
    url: http://c
  - just text
`
    expect(problems(text)).toEqual([
      expect.stringContaining('etc/mtxdeck.yaml:1:1: listen: expected a value such as 127.0.0.1:8787'),
      'etc/mtxdeck.yaml:2:1: keepDay: unknown key; did you mean keepDays?',
      'etc/mtxdeck.yaml:5:5: servers[0].url: The API speaks HTTP: write http:// or https:// instead of ftp://',
      'etc/mtxdeck.yaml:6:5: servers[0].usr: unknown key; did you mean user?',
      'etc/mtxdeck.yaml:7:5: servers[0].intervalSeconds: expected a number',
      'etc/mtxdeck.yaml:8:5: servers[1]: "name" is missing',
      'etc/mtxdeck.yaml:9:5: servers[1].intervalSeconds: expected a number from 0.5 to 3,600',
      'etc/mtxdeck.yaml:12:5: servers[3].name: “berlin” is given twice',
      'etc/mtxdeck.yaml:14:5: servers[4]: expected keys and values',
    ])
  })

  test.each([
    ['a: [', 'etc/mtxdeck.yaml:1:'],
    ['listen: a:1\nlisten: b:2\n', 'etc/mtxdeck.yaml:2:1: Map keys must be unique'],
    ['- a list\n', 'etc/mtxdeck.yaml:1:1: expected keys and values'],
    ['servers: { name: x }\n', 'etc/mtxdeck.yaml:1:1: servers: expected a list'],
    ['tls: { certFile: a }\n', 'tls: "keyFile" is missing'],
    ['tls: { hsts: true }\n', 'tls: "certFile" is missing'],
    ['webrtcAllowOrigins: https://app.example.org/live\n', 'webrtcAllowOrigins: leave out the path /live'],
    ['publicUrl: noc.example.org/mtx\n', 'publicUrl: expected a value such as https://noc.example.org'],
    ['publicUrl: https://noc.example.org/mtx/../deck\n', 'publicUrl: the path /mtx/../deck does not fit: choose one such as /mtx'],
    ['updates: https://noc:secret@files.example/release.json\n', 'updates: expected a value such as https://files.example/release.json'],
    ['publicUrl: https://noc.example.org/a%2fb\n', 'publicUrl: the path /a%2fb does not fit'],
    ['publicUrl: https://noc.example.org/a//b\n', 'publicUrl: the path '],
    ['publicUrl: https://noc.example.org\\mtx\n', 'publicUrl: the path '],
    [`publicUrl: https://noc.example.org/${'x'.repeat(101)}\n`, 'publicUrl: the path '],
    ['publicUrl: https://noc.example.org/api/deck\n', 'publicUrl: the path /api/deck does not fit'],
    ['publicUrl: [https://noc.example.org/mtx, "http://10.0.0.1"]\n', 'publicUrl: give all addresses the same path'],
    ['trustedProxies:\n  - 10.0.0.1\n  - 10.0.0.0/33\n', ':3:5: trustedProxies[1]: expected a value such as 10.0.0.1, 10.0.0.0/8'],
    ['trustedProxies: proxy.example\n', ':1:1: trustedProxies: expected a value such as 10.0.0.1'],
    ['keepBytes: 5 pounds\n', 'etc/mtxdeck.yaml:1:1: keepBytes: expected a value such as 10MB'],
    ['servers: [{ name: a, url: "http://a", fingerprint: AB }]\n', 'servers[0].fingerprint: expected a value such as AB:CD:… (SHA-256, 32 bytes)'],
    ['servers: [{ name: "ca\\u202em", url: "http://a" }]\n', 'servers[0].name: leave out the invisible character U+202E'],
    ['servers: [{ name: a, url: "http://a", tags: ["no\\u200brth"] }]\n', 'servers[0].tags[0]: leave out the invisible character U+200B'],
    ['servers: [{ name: a, url: "http://a", tags: north }]\n', 'servers[0].tags: expected a list'],
    ['servers: [{ name: a, url: "http://a", addresses: { hsl: x } }]\n', 'servers[0].addresses.hsl: unknown key; did you mean hls?'],
    ['servers: [{ name: a, url: "http://a", tags: north of the river and beyond it }]\n', 'servers[0].tags: expected a list'],
    ['servers: [{ name: ~, url: "http://a" }]\n', 'servers[0].name: expected text'],
    ['servers: [{ name: a, url: "http://a", paused: maybe }]\n', 'servers[0].paused: expected true or false'],
    ['servers: [{ name: a, url: "http://a" }, { name: A, url: "http://b" }]\n', 'servers[1].name: “A” is given twice'],
  ])('refuses %j', (text, words) => {
    expect(problems(text).join('\n')).toContain(words)
  })

  test('may share settings of servers by anchors', () => {
    const text = `servers:
  - &first { name: a, url: "http://a", user: u, password: p, tags: [x] }
  - <<: *first
    name: b
    url: http://b
`
    expect(good(text).servers[1]).toMatchObject({ name: 'b', url: 'http://b', auth: { kind: 'basic', user: 'u', password: 'p' }, tags: ['x'] })
    const many = Array.from({ length: 300 }, (_, index) => `  - { <<: *first, name: s${index} }\n`).join('')
    expect(good(text + many).servers).toHaveLength(302)
    expect(problems(text.replace('tags: [x]', 'tag: [x]'))).toEqual([
      'etc/mtxdeck.yaml:2:62: servers[0].tag: unknown key; did you mean tags?',
      'etc/mtxdeck.yaml:2:62: servers[1].tag: unknown key; did you mean tags?',
    ])
  })
})

describe('YAML that nobody meant', () => {
  test.each([
    '*hunter2',
    '!hunter2 x',
    '!!hunter2 x',
    '!<hunter2> x',
    '!e!hunter2 x',
    '!hunter2! x',
    '|hunter2',
    '>hunter2',
    '@hunter2',
    '`hunter2',
    '"hunter2',
  ])('a password that is YAML to the parser (%s) is refused with its line, and not quoted', (typed) => {
    const said = problems(`servers:\n  - name: a\n    url: http://a\n    user: u\n    password: ${typed}\n`)
    expect(said[0]).toMatch(/^etc\/mtxdeck.yaml:[456]:/)
    expect(said.join('\n')).not.toContain('hunter2')
  })

  const laughs = (of: (before: string) => string) => Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} ${of(`*a${n}`)}\n`).join('')
  test.each([
    [
      'servers:\n  - { name: *nobody }\n',
      'etc/mtxdeck.yaml:2:13: an alias (*) or merge key (<<) cannot be resolved here; put a value that begins with * in quotes',
    ],
    [
      'servers:\n  - &first { <<: *first, name: a }\n',
      'etc/mtxdeck.yaml:2:18: an alias (*) or merge key (<<) cannot be resolved here; put a value that begins with * in quotes',
    ],
    [
      'servers:\n  - { <<: 3, name: a }\n',
      'etc/mtxdeck.yaml:2:11: an alias (*) or merge key (<<) cannot be resolved here; put a value that begins with * in quotes',
    ],
    [
      `a0: &a0 { b: c }\n${laughs((before) => `{ <<: [${before}, ${before}, ${before}] }`)}`,
      'an alias (*) or merge key (<<) cannot be resolved here; put a value that begins with * in quotes',
    ],
    [
      `a0: &a0 [b]\n${laughs((before) => `[${before}, ${before}, ${before}]`)}`,
      'an alias (*) or merge key (<<) cannot be resolved here; put a value that begins with * in quotes',
    ],
    [`a0: &a0 b\nb: [${'*a0, '.repeat(10_000)}]\n`, 'an alias (*) or merge key (<<) cannot be resolved here; put a value that begins with * in quotes'],
  ])('aliases that lead nowhere, in a circle or to a billion values are refused at once: %#', (text, words) => {
    const [only, ...more] = problems(text)
    expect(more).toEqual([])
    expect(only).toContain(words)
  })

  test.each(['['.repeat(20_000), `a: ${'{a: '.repeat(20_000)}${'}'.repeat(20_000)}`, `${'- '.repeat(20_000)}a`])(
    'that is nested without end is said to be so, once: %#',
    (text) => {
      expect(problems(text)).toEqual([expect.stringMatching(/^etc\/mtxdeck\.yaml:1:\d+: nested too deeply$/)])
    },
  )
})

describe('secrets of servers', () => {
  const server = (auth: string) => `servers:\n  - { name: a, url: "http://a", ${auth} }\n`

  test('come from the file itself, another file or the environment, and keep what was typed', () => {
    const more = { files: { '/srv/etc/pw': 'from file\n', '/run/token': 'x.y.z\n' }, env: { PW: 'from env' } }
    const auth = (text: string) => good(server(text), more).servers[0]?.auth
    expect(auth('user: u, password: 0123')).toEqual({ kind: 'basic', user: 'u', password: '0123' })
    expect(auth('user: u, password: ""')).toEqual({ kind: 'basic', user: 'u', password: '' })
    expect(auth('user: u, passwordFile: pw')).toEqual({ kind: 'basic', user: 'u', password: 'from file' })
    expect(auth('user: u, passwordEnv: PW')).toEqual({ kind: 'basic', user: 'u', password: 'from env' })
    expect(auth('tokenFile: /run/token')).toEqual({ kind: 'jwt', token: 'x.y.z' })
    expect(auth('tokenEnv: PW')).toEqual({ kind: 'bearer', token: 'from env' })
  })

  test.each([
    ['user: u, password: a, passwordEnv: B', 'servers[0].passwordEnv: not together with password: give one of password, passwordEnv'],
    ['user: "", password: hunter2', 'servers[0].user: must not be empty'],
    ['user: u', 'servers[0].user: give one of password, passwordFile, passwordEnv'],
    ['password: hunter2', 'servers[0]: "user" is missing'],
    ['user: u, token: hunter2', 'servers[0].user: not together with token: give one of user, token'],
    ['user: u, passwordFile: nowhere', "servers[0].passwordFile: can't read /srv/etc/nowhere: there is no such file"],
    ['user: u, passwordEnv: NOT_SET', 'servers[0].passwordEnv: the environment variable NOT_SET is not set'],
    ['token: ""', 'servers[0].token: must not be empty'],
    ['token: hunter2ß€', 'servers[0].token: must be one line, without control characters'],
  ])('%s: %s', (auth, words) => {
    const text = problems(server(auth)).join('\n')
    expect(text).toContain(words)
    expect(text).not.toContain('hunter2')
  })

  test('what a gate before a server wants may come from files and the environment, too, and a key has to fit its certificate', () => {
    const own = makeCertificate()
    const more = {
      files: {
        '/srv/etc/gate': 'CF-Access-Client-Secret: hunter2\n',
        '/srv/etc/own.crt': own.cert,
        '/srv/etc/own.key': own.key,
        '/srv/etc/other.key': makeCertificate().key,
      },
      env: { GATE: 'X-Team: noc' },
    }
    const all = 'headers: { CF-Access-Client-Id: noc }, headersFile: gate, headersEnv: GATE, clientCertificateFile: own.crt, clientKeyFile: own.key'
    expect(good(server(all), more).servers[0]).toMatchObject({
      headers: { 'CF-Access-Client-Id': 'noc', 'CF-Access-Client-Secret': 'hunter2', 'X-Team': 'noc' },
      clientCertificate: own.cert,
      clientKey: own.key,
    })
    const wrong = (gate: string) => problems(server(gate), more).join('\n')
    expect(wrong('clientCertificateFile: own.crt, clientKeyFile: other.key')).toContain('servers[0].clientKeyFile: The key does not match the certificate')
    expect(wrong('clientCertificateFile: own.crt')).toContain('servers[0].clientCertificateFile: "clientKeyFile" is missing')
    expect(wrong('headers: { Host: hunter2 }')).toContain('servers[0].headers.Host: Leave out Host')
    expect(wrong('headers: { X-Team: }')).toContain('servers[0].headers["X-Team"]: must not be empty')
    expect(wrong('user: noc, password: x, headers: { authorization: hunter2 }')).toContain('Leave out authorization')
    expect(wrong('headers: { Host: hunter2 }')).not.toContain('hunter2')
  })

  test('never stand in a problem or in what is shown of the configuration', () => {
    const broken = [
      'publicUrl: "nonsense://u:hunter2@x"\n',
      'servers: [{ name: a, url: "http://u:hunter2@a" }]\n',
      'servers: [{ name: a, url: "http://u:hunter2@ a b" }]\n',
      'servers:\n  - name: a\n    url: http://a\n    user: u\n    password: "hunter2\n',
      'servers:\n  - name: a\n    url: http://a\n    user: u\n    password: @hunter2\n',
    ]
    for (const text of broken) {
      expect(problems(text)).not.toEqual([])
      expect(problems(text).join('\n')).not.toContain('hunter2')
    }
    const shown = JSON.stringify(shownConfig(good(whole, { env: { MTXDECK_TOKEN: 'hunter2hunter2hunter2' } })))
    for (const secret of ['hunter2', 'secret', 'user:pass', 'aaa.bbb.ccc']) expect(shown).not.toContain(`"${secret}`)
  })
})

describe('environment and flags', () => {
  test('flags win over the environment, which wins over the file', () => {
    const env = { MTXDECK_LISTEN: ':7000', MTXDECK_DATA_DIR: 'fromEnv', MTXDECK_KEEP_DAYS: '30' }
    expect(good(whole, { env })).toMatchObject({ listen: { host: '', port: 7000 }, dataDir: '/srv/fromEnv', keepDays: 30, logLevel: 'warn' })
    expect(good(whole, { env, flags: { listen: '8000', dataDir: '/flag' } })).toMatchObject({ listen: { host: '127.0.0.1', port: 8000 }, dataDir: '/flag' })
  })

  test('every setting has a variable that is read', () => {
    const env = {
      MTXDECK_LISTEN: '[::1]:1',
      MTXDECK_TOKEN_FILE: 'token',
      MTXDECK_TOKEN: 'a-token-of-sixteen',
      MTXDECK_METRICS_LISTEN: '9464',
      MTXDECK_METRICS_TOKEN_FILE: 'metrics',
      MTXDECK_PROBES_TOKEN_FILE: 'probes',
      MTXDECK_DATA_DIR: 'd',
      MTXDECK_PUBLIC_URL: 'https://a.example, https://b.example:444',
      MTXDECK_TRUSTED_PROXIES: '10.0.0.1, 10.1.0.0/16',
      MTXDECK_TLS_CERT_FILE: 'c',
      MTXDECK_TLS_KEY_FILE: 'k',
      MTXDECK_TLS_HSTS: 'true',
      MTXDECK_UPDATES: 'https://files.example/release.json',
      MTXDECK_PLAIN_HTTP: 'true',
      MTXDECK_KEEP_DAYS: '1',
      MTXDECK_KEEP_BYTES: '50MB',
      MTXDECK_LOG_DIR: 'l',
      MTXDECK_LOG_STDERR: '1',
      MTXDECK_LOG_LEVEL: 'debug',
      MTXDECK_DEMO: 'yes',
      MTXDECK_SERVERS: '[{"name":"a","url":"http://a"}]',
      MTXDECK_FFMPEG: 'opt/ffmpeg',
      MTXDECK_MEDIA: 'FFmpeg',
      MTXDECK_SANDBOX: 'off',
      MTXDECK_HOSTS: '[{"name":"here","local":true}]',
      MTXDECK_WEBRTC_ALLOW_ORIGINS: 'https://app.example',
      MTXDECK_CHANNELS: '[{ name: ops, webhook: "http://127.0.0.1:9000/hook", secretEnv: MTXDECK_TOKEN }]',
      MTXDECK_ROUTES: '[{ to: [ops], severities: [critical] }]',
      MTXDECK_HEARTBEAT: '{"url":"https://hc.example/3f0c"}',
      MTXDECK_DRILL: '{ days: MO, at: "10:00", zone: Europe/Berlin }',
      MTXDECK_MAINTENANCE: '[{ name: patch night, tags: [north], start: 2026-11-28T02:00, zone: Europe/Berlin, hours: 2 }]',
      MTXDECK_RULES: '[{ id: hostCpu, above: 90 }]',
      MTXDECK_ON_AIR: '[{ name: office hours, streams: [lobby/*], zone: Europe/Berlin, weekly: [MO-FR 08:00-18:00] }]',
      MTXDECK_SNAPSHOTS: 'everySeconds: never',
      MTXDECK_PROBES: '[{ name: cam1, url: "rtsp://10.0.0.9/cam1" }]',
      MTXDECK_VANTAGES: '[{ name: office, url: "https://10.0.0.8:8787", tokenEnv: MTXDECK_TOKEN }]',
      MTXDECK_CANARIES: '[{ server: a }]',
      MTXDECK_DAILY_CHECK: '{ at: "06:00", zone: Europe/Berlin }',
      MTXDECK_NAMING: '["{place}/{camera}"]',
      MTXDECK_OIDC:
        '{ name: Work, issuer: "https://login.example", clientId: noc, clientSecretEnv: MTXDECK_TOKEN, groups: [{ group: noc, role: user, console: view }] }',
      MEDIAMTX_HOST: 'b',
      MEDIAMTX_WHIP_PORT: '8889',
      MEDIAMTX_RTSP_PORT: '8554',
      MEDIAMTX_WHIP_URL: 'http://b:8889/test/whip',
      MEDIAMTX_WHEP_URL: 'http://b:8889/test/whep',
    }
    expect(Object.keys(env).sort()).toEqual(
      settings
        .map((setting) => setting.env)
        .filter((name) => name !== 'MTXDECK_CONFIG')
        .sort(),
    )
    expect(good(null, { env })).toEqual({
      file: null,
      listen: { host: '::1', port: 1 },
      tokenFile: '/srv/token',
      token: 'a-token-of-sixteen',
      metricsTokenFile: '/srv/metrics',
      probesTokenFile: '/srv/probes',
      metricsListen: { host: '127.0.0.1', port: 9_464 },
      dataDir: join('/srv/d', 'demo'),
      publicUrls: ['https://a.example', 'https://b.example:444'],
      webrtcOrigins: ['https://app.example'],
      trustedProxies: ['10.0.0.1', '10.1.0.0/16'],
      plainHttp: true,
      tls: { certFile: '/srv/c', keyFile: '/srv/k', hsts: true },
      keepDays: 1,
      keepBytes: 50e6,
      logDir: '/srv/l',
      logStderr: true,
      logLevel: 'debug',
      ffmpeg: '/srv/opt/ffmpeg',
      updates: 'https://files.example/release.json',
      mediaBackend: 'ffmpeg',
      mediaSandbox: 'off',
      demo: true,
      servers: [expect.objectContaining({ name: 'a' }), expect.objectContaining({ name: 'b' })],
      hosts: [expect.objectContaining({ name: 'here' })],
      defaultStreams: { server: 'b', whip: 'test', whep: 'test' },
      channels: [expect.objectContaining({ name: 'ops' })],
      routes: [expect.objectContaining({ to: ['ops'] })],
      heartbeat: expect.objectContaining({ url: 'https://hc.example/3f0c' }),
      drill: expect.objectContaining({ zone: 'Europe/Berlin' }),
      maintenance: [expect.objectContaining({ name: 'patch night' })],
      rules: [expect.objectContaining({ id: 'hostCpu' })],
      onAir: [expect.objectContaining({ name: 'office hours' })],
      probes: [expect.objectContaining({ name: 'cam1' })],
      vantages: [expect.objectContaining({ name: 'office' })],
      canaries: [expect.objectContaining({ server: 'a' })],
      snapshots: expect.objectContaining({ everySeconds: null }),
      dailyCheck: expect.objectContaining({ at: '06:00' }),
      naming: ['{place}/{camera}'],
      oidc: expect.objectContaining({ clientSecret: 'a-token-of-sixteen' }),
    })
  })

  test('there is one for every setting of the file, and a list in it stands in place of the one in the file', () => {
    const { shape } = fileSchema({ dir: '/', env: {}, readText: () => '', serverNames: [], channelNames: [] })
    const named = new Set(settings.flatMap(({ key }) => (key === null ? [] : [key.replace(/\..*/, '')])))
    expect(Object.keys(shape).filter((key) => !named.has(key))).toEqual([])
    const file = 'channels: [{ name: ops, webhook: "http://127.0.0.1:9000/hook" }]\nroutes: [{ to: [ops] }]\nnaming: ["{a}"]\n'
    const env = {
      MTXDECK_CHANNELS: '[{ name: night, webhook: "http://127.0.0.1:9001/hook", secretFile: hook }]',
      MTXDECK_ROUTES: '[{ to: [night] }]',
      MTXDECK_NAMING: '',
    }
    const { channels, routes, naming } = good(file.replace('[ops]', '[night]'), { env, files: { '/srv/hook': 'a-key-of-sixteen' } })
    expect([channels.map(({ name }) => name), routes?.map(({ to }) => to), naming]).toEqual([['night'], [['night']], ['{a}']])
    expect(problems(file, { env: { MTXDECK_RULES: '[{ id: hostCpu, above: x }]' } })).toEqual([
      expect.stringMatching(/^MTXDECK_RULES:1:\d+: rules\[0\]\.above: /),
    ])
  })

  test('problems name the variable', () => {
    expect(
      problems(null, {
        env: { MTXDECK_LISTEN: 'x', MTXDECK_TOKEN: ' ', MTXDECK_SERVERS: '[{ name: a }]', MTXDECK_MEDIA: 'vlc', MTXDECK_SANDBOX: 'jail' },
        flags: { listen: 'y' },
      }),
    ).toEqual([
      expect.stringMatching(/^--listen: /),
      expect.stringMatching(/^MTXDECK_LISTEN: /),
      'MTXDECK_SERVERS:1:2: servers[0]: "url" is missing',
      'MTXDECK_TOKEN: must not be empty',
      'MTXDECK_MEDIA: expected one of node-av, ffmpeg',
      'MTXDECK_SANDBOX: expected one of bwrap, off',
    ])
  })
})

test('naming templates stand in the file as texts, and mistakes in them with their lines', () => {
  expect(good("naming: ['{examId}_{participantId}_{timestamp}', '{place}/{camera}']").naming).toEqual([
    '{examId}_{participantId}_{timestamp}',
    '{place}/{camera}',
  ])
  expect(good('naming:').naming).toEqual([])
  expect(good('servers: []').naming).toBeNull()
  expect(problems("naming:\n  - '{place}{camera}'\n  - camera\n")).toEqual([
    expect.stringMatching(/^etc.mtxdeck.yaml:2:5: naming\[0\]: the template cannot be read at “\{place\}\{camera\}”/),
    expect.stringMatching(/^etc.mtxdeck.yaml:3:5: naming\[1\]: the template cannot be read at “camera”/),
  ])
})

describe('the hosts of the configuration file', () => {
  const files = {
    '/etc/mtxdeck/id_ed25519': '-----BEGIN OPENSSH PRIVATE KEY-----',
    '/etc/mtxdeck/id.pub': 'ssh-ed25519 AAAA noc',
    '/etc/mtxdeck/known_hosts': '',
    '/srv/etc/pass': 'open sesame\n',
    '/srv/etc/empty': '\n',
    '/srv/etc/two': 'a\nb\n',
  }
  const servers = 'servers:\n  - { name: berlin, url: "http://10.0.0.5:9997" }\n'
  const host = (lines: string) => `${servers}hosts:\n  - name: h\n    ssh: noc@10.0.0.5\n${lines}`

  test('are read as the example says, with files relative to it and secrets resolved', () => {
    const config = good(
      `${servers}hosts:
  - name: berlin-host
    ssh: noc@10.0.0.5:22
    keyFile: /etc/mtxdeck/id_ed25519
    passphraseFile: pass
    knownHostsFile: /etc/mtxdeck/known_hosts
    jump: [noc@bastion.example:22, "noc@[fe80::1]:2222"]
    server: berlin
  - { name: by-password, ssh: noc@10.0.0.6, passwordFile: pass, server: elsewhere }
  - { name: by-variable, ssh: noc@10.0.0.7, passwordEnv: HOST_PASSWORD }
  - { name: by-agent, ssh: noc@10.0.0.8, agent: true }
  - { name: here, local: true, server: Berlin }
`,
      { files, env: { HOST_PASSWORD: 'from the environment' } },
    )
    const usual = { jump: [], knownHostsFile: null, intervalSeconds: 1, server: null }
    expect(config.hosts).toEqual([
      {
        name: 'berlin-host',
        ssh: 'noc@10.0.0.5:22',
        auth: { kind: 'key', keyFile: '/etc/mtxdeck/id_ed25519', passphrase: 'open sesame' },
        jump: ['noc@bastion.example:22', 'noc@[fe80::1]:2222'],
        knownHostsFile: '/etc/mtxdeck/known_hosts',
        intervalSeconds: 1,
        server: 'berlin',
      },
      { ...usual, name: 'by-password', ssh: 'noc@10.0.0.6', auth: { kind: 'password', password: 'open sesame' }, server: 'elsewhere' },
      { ...usual, name: 'by-variable', ssh: 'noc@10.0.0.7', auth: { kind: 'password', password: 'from the environment' } },
      { ...usual, name: 'by-agent', ssh: 'noc@10.0.0.8', auth: { kind: 'agent' } },
      { ...usual, name: 'here', ssh: null, auth: null, server: 'Berlin' },
    ])
    const shown = JSON.stringify(shownConfig(config))
    expect(shown).not.toContain('sesame')
    expect(shown).not.toContain('from the environment')
    expect(shown).toContain('/etc/mtxdeck/id_ed25519')
  })

  test.each([
    ['hosts:\n  - { ssh: noc@a, agent: true }', '2:5: hosts[0]: "name" is missing'],
    ['hosts:\n  - { name: a }', '2:5: hosts[0]: give one of ssh, local'],
    ['hosts:\n  - { name: a, local: false }', '2:5: hosts[0]: give one of ssh, local'],
    ['hosts:\n  - { name: a, ssh: noc@a, agent: true, local: maybe }', '2:41: hosts[0].local: expected true or false'],
    ['hosts:\n  - { name: a, local: true, ssh: noc@a }', '2:29: hosts[0].ssh: not together with local: give one of local, ssh'],
    ['hosts:\n  - { name: a, local: true, keyFile: x }', '2:29: hosts[0].keyFile: not together with local: give one of local, ssh'],
    ['hosts:\n  - { name: a, ssh: 10.0.0.5, agent: true }', '2:16: hosts[0].ssh: expected a value such as noc@10.0.0.5, noc@10.0.0.5:22'],
    ['hosts:\n  - { name: a, ssh: "noc@a:70000", agent: true }', '2:16: hosts[0].ssh: expected a number from 1 to 65,535'],
    ['hosts:\n  - { name: a, ssh: noc@a, jump: [bastion], agent: true }', '2:35: hosts[0].jump[0]: expected a value such as noc@10.0.0.5, noc@10.0.0.5:22'],
    ['hosts:\n  - { name: a, ssh: noc@a, jump: noc@b, agent: true }', '2:28: hosts[0].jump: expected a list'],
    ['hosts:\n  - { name: a, ssh: noc@a, agent: true, jumps: [] }', '2:41: hosts[0].jumps: unknown key; did you mean jump?'],
    ['hosts: 7', '1:1: hosts: expected a list'],
    [host('    agent: true\n    keyfile: x'), '7:5: hosts[0].keyfile: unknown key; did you mean keyFile?'],
    [host('    server: berlin'), '4:5: hosts[0]: give one of keyFile, passwordFile, passwordEnv, agent'],
    [host('    agent: false'), '4:5: hosts[0]: give one of keyFile, passwordFile, passwordEnv, agent'],
    [host('    agent: yes please'), '6:5: hosts[0].agent: expected true or false'],
    [host('    keyFile: id'), "6:5: hosts[0].keyFile: can't read /srv/etc/id: there is no such file"],
    [host('    keyFile: /etc/mtxdeck/id.pub'), '6:5: hosts[0].keyFile: /etc/mtxdeck/id.pub is a public key: give the private one, without .pub'],
    [host('    keyFile: /etc/mtxdeck/id_ed25519\n    passphraseFile: two'), '7:5: hosts[0].passphraseFile: must be one line, without control characters'],
    [host('    passwordFile: empty'), '6:5: hosts[0].passwordFile: must not be empty'],
    [host('    passwordEnv: NOT_SET'), '6:5: hosts[0].passwordEnv: the environment variable NOT_SET is not set'],
    [host('    passwordFile: pass\n    agent: true'), '7:5: hosts[0].agent: not together with passwordFile: give one of passwordFile, agent'],
    [host('    agent: true\n    passphraseFile: pass'), '7:5: hosts[0].passphraseFile: "keyFile" is missing'],
    [host('    agent: true\n    knownHostsFile: nowhere'), "7:5: hosts[0].knownHostsFile: can't read /srv/etc/nowhere: there is no such file"],
    [host('    agent: true\n    server: belrin'), '7:5: hosts[0].server: there is no "belrin"; did you mean berlin?'],
    ['hosts:\n  - { name: a, local: true }\n  - { name: A, local: true }', '3:7: hosts[1].name: “A” is given twice'],
  ])('say what is wrong and where: %j', (text, words) => {
    expect(problems(text, { files })).toEqual([`etc/mtxdeck.yaml:${words}`])
  })

  test('may come from the environment', () => {
    expect(good(null, { env: { MTXDECK_HOSTS: '[{ name: here, local: true }]' } }).hosts).toMatchObject([{ name: 'here', ssh: null }])
    expect(problems(null, { env: { MTXDECK_HOSTS: '[{ name: here }]' } })).toEqual([
      expect.stringMatching(/^MTXDECK_HOSTS:1:2: hosts\[0\]: give one of ssh, local/),
    ])
  })
})

describe('the channels of the configuration file, and their routes', () => {
  const files = { '/srv/etc/hook.key': 'hunter2\n' }
  const text = `channels:
  - { name: ops, webhook: "http://127.0.0.1:9000/hook?token=hunter2", secretFile: hook.key, headers: { X-Team: noc }, language: de }
  - { name: night, webhook: "https://hooks.example/T0/hunter2" }
routes:
  - { to: [ops], severities: [critical, major], tags: [studio] }
  - { to: [ops, night] }
`
  test('are read as the example says, with the secret resolved', () => {
    const { channels, routes } = good(text, { files })
    expect(channels).toEqual([
      { name: 'ops', webhook: 'http://127.0.0.1:9000/hook?token=hunter2', secret: 'hunter2', headers: { 'X-Team': 'noc' }, language: 'de' },
      { name: 'night', webhook: 'https://hooks.example/T0/hunter2' },
    ])
    expect(routes).toEqual([{ to: ['ops'], severities: ['critical', 'major'], tags: ['studio'] }, { to: ['ops', 'night'] }])
  })

  test('a route may count at hours and on days of a named zone', () => {
    const { routes } = good(`channels: [{ name: night, webhook: "http://a/" }]
routes:
  - { to: [night], hours: 22:00-06:00, zone: Europe/Berlin }
  - { to: [night], days: [SA, SU], zone: Asia/Seoul }
  - { to: [night], days: "MO-FR, SU", hours: ["06:00-08:00", "18:00-22:00"], zone: UTC }
`)
    expect(routes?.map(({ times }) => times)).toEqual([
      { weekly: ['MO-SU 22:00-06:00'], zone: 'Europe/Berlin' },
      { weekly: ['SA,SU 00:00-24:00'], zone: 'Asia/Seoul' },
      { weekly: ['MO-FR,SU 06:00-08:00', 'MO-FR,SU 18:00-22:00'], zone: 'UTC' },
    ])
  })

  test('a heartbeat and a drill are read, without showing what may be secret', () => {
    const config = good(
      `heartbeat: { urlFile: beat.url, everySeconds: 30 }
drill: { days: [TU, FR], at: "10:00", zone: Europe/Berlin }
`,
      { files: { '/srv/etc/beat.url': 'https://hc.example/hunter2\n' } },
    )
    expect(config.heartbeat).toEqual({ url: 'https://hc.example/hunter2', everySeconds: 30 })
    expect(config.drill).toEqual({ weekly: ['TU,FR 10:00-24:00'], zone: 'Europe/Berlin' })
    expect(JSON.stringify(shownConfig(config))).not.toContain('hunter2')
    expect(good('heartbeat: { url: "http://a/" }\ndrill: { at: "09:30", zone: UTC }')).toMatchObject({
      heartbeat: { url: 'http://a/', everySeconds: 60 },
      drill: { weekly: ['MO 09:30-24:00'] },
    })
    const wrong = (text: string) => problems(text).join('\n')
    expect(wrong('heartbeat: {}')).toContain('"url" is missing')
    expect(wrong('heartbeat: { url: "ftp://hunter2" }')).toContain('such as https://')
    expect(wrong('heartbeat: { url: "ftp://hunter2" }')).not.toContain('hunter2')
    expect(wrong('heartbeat: { url: "http://a/", everySeconds: 1 }')).toContain('from 10 to 86,400')
    expect(wrong('drill: { at: ten, zone: UTC }')).toContain('such as 10:00')
    expect(wrong('drill: { at: "10:00" }')).toContain('"zone"')
  })

  test('channels, the heartbeat and calendars may have a proxy, syslog none', () => {
    const config = good(`channels:
  - { name: ops, webhook: "http://a/", proxy: "http://proxy.example.org:3128" }
heartbeat: { url: "http://a/", proxy: system }
maintenance:
  - { name: plan, zone: UTC, calendar: "https://a/plan.ics", proxy: system }
`)
    expect([config.channels[0]?.proxy, config.heartbeat?.proxy, config.maintenance[0]?.proxy]).toEqual(['http://proxy.example.org:3128', 'system', 'system'])
    const found = problems(`channels:
  - { name: ops, webhook: "http://a/", proxy: "http://user:hunter2@proxy:3128" }
  - { name: log, syslog: "udp://10.0.0.9", proxy: system }
`).join('\n')
    expect(found).toContain('http://proxy.example.org:3128')
    expect(found).toContain('channels[1].proxy: unknown key')
    expect(found).not.toContain('hunter2')
  })

  test('a channel may have a limit, unless it follows each incident by its key, and no links to acknowledge', () => {
    const { channels } = good(`channels:
  - { name: ops, webhook: "http://a/", atMost: 5, perMinutes: 10, digestMinutes: 30, acknowledgeLink: false }
  - { name: log, syslog: "udp://10.0.0.9", atMost: 100 }
`)
    expect(channels).toEqual([
      { name: 'ops', webhook: 'http://a/', atMost: 5, perMinutes: 10, digestMinutes: 30, acknowledgeLink: false },
      { name: 'log', syslog: 'udp://10.0.0.9', atMost: 100 },
    ])
    const found = problems(`channels:
  - { name: ops, webhook: "http://a/", perMinutes: 10 }
  - { name: am, alertmanager: "http://a/", atMost: 5 }
  - { name: none, webhook: "http://a/", atMost: 0.5 }
`)
    for (const [line, words] of [
      [2, '"atMost" is missing'],
      [3, 'channels\\[1\\].atMost: unknown key'],
      [4, 'expected a whole number from 1 to 10,000'],
    ] as const)
      expect(found).toContainEqual(expect.stringMatching(new RegExp(`^[^:]+:${line}:.*${words}`)))
  })

  test('a route may escalate', () => {
    const { routes } = good(`channels: [{ name: ops, webhook: "http://a/" }, { name: boss, webhook: "http://b/" }]
routes: [{ to: [ops], escalate: { afterMinutes: 10, to: [boss] } }]
`)
    expect(routes).toEqual([{ to: ['ops'], escalate: { afterMinutes: 10, to: ['boss'] } }])
    const found = problems(`channels: [{ name: ops, webhook: "http://a/" }]
routes:
  - { to: [ops], escalate: { afterMinutes: 0, to: [boss] } }
  - { to: [ops], escalate: { after: 5, to: [ops] } }
`)
    for (const [line, words] of [
      [3, 'routes\\[0\\].escalate.afterMinutes: expected a whole number from 1 to 10,080'],
      [3, 'routes\\[0\\].escalate.to\\[0\\]: expected one of ops'],
      [4, 'did you mean afterMinutes'],
    ] as const)
      expect(found).toContainEqual(expect.stringMatching(new RegExp(`^[^:]+:${line}:.*${words}`)))
  })

  test('times of a route that are none are named, and so is a zone that is missing', () => {
    const found = problems(`channels: [{ name: night, webhook: "http://a/" }]
routes:
  - { to: [night], hours: "22:00" }
  - { to: [night], days: [MO, holidays], zone: UTC }
  - { to: [night], hours: 25:00-26:00, zone: Europe/Atlantis }
  - { to: [night], zone: UTC }
  - { to: [night], hours: [], zone: UTC }
`)
    for (const [line, words] of [
      [3, 'such as 22:00-06:00'],
      [3, '"zone" is missing'],
      [4, 'such as MO-FR'],
      [5, 'such as 22:00-06:00'],
      [5, 'Europe/Berlin'],
      [6, '"hours" is missing'],
      [7, 'such as 22:00-06:00'],
    ] as const)
      expect(found).toContainEqual(expect.stringMatching(new RegExp(`^[^:]+:${line}:.*${words}`)))
  })

  test('without routes everything goes to every channel', () => {
    expect(good('channels: [{ name: ops, webhook: "http://a/" }]').routes).toBeNull()
  })

  test('of e-mail are read with their server, its user and the files that they name', () => {
    const mail = (keys: string) => `channels: [{ name: mail, from: mtxdeck@example.org, smtp: "smtp://mail.example.org", email: noc@example.org, ${keys} }]`
    const read = good(mail('user: noc, secretEnv: SMTP, startTls: true, caFile: ca.pem'), {
      env: { SMTP: 'hunter2' },
      files: { '/srv/etc/ca.pem': '-----BEGIN' },
    })
    expect(read.channels).toEqual([
      {
        name: 'mail',
        email: ['noc@example.org'],
        from: 'mtxdeck@example.org',
        smtp: 'smtp://mail.example.org',
        user: 'noc',
        secret: 'hunter2',
        startTls: true,
        caFile: '-----BEGIN',
      },
    ])
    expect(JSON.stringify(shownConfig(read))).not.toContain('hunter2')
    expect(good(mail('').replace('email: noc@example.org', 'email: [a@b.org, c@d.org]')).channels).toMatchObject([{ email: ['a@b.org', 'c@d.org'] }])
    const wrong = (from: string, to: string) => problems(mail('').replace(from, to), { env: { SMTP: 'hunter2' } }).join()
    for (const [from, to, words] of [
      ['smtp://mail', 'http://mail', 'such as smtp://mail.example.org:587'],
      ['smtp://mail', 'smtp://noc:hunter2@mail', 'Leave the user and password out'],
      ['email: noc@example.org', 'email: []', 'must not be empty'],
      ['email: noc@example.org', 'email: "noc@example.org\\nBcc:x@y"', 'such as noc@example.org'],
      ['email: noc@example.org', 'email: noc@example.org, user: noc', 'give one of'],
      ['email: noc@example.org', 'email: noc@example.org, secretEnv: SMTP', '"user" is missing'],
      ['email: noc@example.org', 'email: noc@example.org, webhook: "http://a"', 'not together with webhook'],
    ] as const) {
      expect(wrong(from, to)).toContain(words)
      expect(wrong(from, to)).not.toContain('hunter2')
    }
  })

  test('of webhooks may have a template, which is read with them', () => {
    const templates = { '/srv/etc/good.liquid': '{{ title | json }}', '/srv/etc/bad.liquid': '{{ title | jsn }}' }
    const hook = (name: string) => `channels: [{ name: ops, webhook: "http://a/", templateFile: ${name}.liquid }]`
    expect(good(hook('good'), { files: templates }).channels).toMatchObject([{ templateFile: '{{ title | json }}' }])
    expect(problems(hook('bad'), { files: templates }).join()).toContain('not a valid template: undefined filter: jsn')
    expect(problems(hook('gone'), { files: templates }).join()).toContain('gone.liquid')
  })

  test('of services are read with their secrets, which are not shown', () => {
    const services = `channels:
  - { name: am, alertmanager: "http://127.0.0.1:9093", user: noc, secretEnv: KEY }
  - { name: pd, pagerduty: "https://events.pagerduty.com", secretEnv: KEY }
  - { name: bot, slack: "#noc", secretEnv: KEY }
  - { name: hook, slack: "https://hooks.slack.com", secretEnv: URL }
  - { name: teams, teams: "https://x.example", secretEnv: URL }
  - { name: tg, telegram: -1001234, topic: 5, secretEnv: BOT }
  - { name: ntfy, ntfy: "https://ntfy.sh/hunter2-noc" }
  - { name: ap, apprise: "http://127.0.0.1:8000/notify/hunter2", tag: night }
  - { name: log, syslog: "tls://[::1]:6514", facility: LOCAL3 }
`
    const env = { KEY: 'hunter2', URL: 'https://hooks.slack.com/services/hunter2', BOT: '1:hunter2' }
    const read = good(services, { env })
    expect(read.channels).toMatchObject([
      { alertmanager: 'http://127.0.0.1:9093', user: 'noc', secret: 'hunter2' },
      { pagerduty: 'https://events.pagerduty.com', secret: 'hunter2' },
      { slack: '#noc', secret: 'hunter2' },
      { slack: 'https://hooks.slack.com', secret: env.URL },
      { teams: 'https://x.example', secret: env.URL },
      { telegram: '-1001234', topic: 5, secret: '1:hunter2' },
      { ntfy: 'https://ntfy.sh/hunter2-noc' },
      { apprise: 'http://127.0.0.1:8000/notify/hunter2', tag: 'night' },
      { syslog: 'tls://[::1]:6514', facility: 'local3' },
    ])
    expect(JSON.stringify(shownConfig(read))).not.toContain('hunter2')
    const wrong = problems(
      `channels:
  - { name: am, alertmanager: "http://127.0.0.1:9093", user: noc }
  - { name: pd, pagerduty: "https://events.pagerduty.com" }
  - { name: bot, slack: noc, secretEnv: KEY }
  - { name: bot2, slack: "#noc" }
  - { name: teams, teams: "ftp://x.example", secretEnv: URL }
  - { name: tg, telegram: me, topic: 0, secretEnv: KEY }
  - { name: ntfy, ntfy: "https://ntfy.sh/" }
  - { name: log, syslog: "http://logs", facility: local9, secretEnv: KEY }
`,
      { env },
    )
    expect(wrong.join('\n')).not.toContain('hunter2')
    for (const [line, words] of [
      [2, 'give one of'],
      [3, 'give one of'],
      [4, 'such as C0123456789'],
      [5, 'give one of'],
      [6, 'such as https://example.org'],
      [7, 'such as -1001234567890'],
      [7, 'a whole number from 1'],
      [7, 'such as 123456:ABC-DEF'],
      [8, 'such as https://ntfy.sh/noc'],
      [9, 'such as tls://logs.example.org:6514'],
      [9, 'expected one of kern, '],
      [9, 'unknown key'],
    ] as const)
      expect(wrong).toContainEqual(expect.stringMatching(new RegExp(`^[^:]+:${line}:.*${words}`)))
  })

  test('show no URL and no secret', () => {
    const shown = JSON.stringify(shownConfig(good(text, { files })))
    expect(shown).not.toContain('hunter2')
    expect(shown).toContain('{"name":"night","kind":"webhook","origin":"https://hooks.example"}')
  })

  test('every problem is named in words, with its line, and without what may be a secret', () => {
    const found = problems(
      `channels:
  - { name: ops, webhook: "nonsense hunter2" }
  - { name: ops, webhook: "ftp://a/hunter2", secretFile: gone.key, language: fr }
  - { name: "", webhook: "http://a", headers: { "a b": "c" } }
  - { name: x, webhok: "http://a" }
  - { name: nowhere }
  - { name: both, webhook: "http://a", secretFile: hook.key, secretEnv: HOOK }
routes:
  - { to: [opps], severities: [worst] }
`,
      { files },
    )
    expect(found.join('\n')).not.toContain('hunter2')
    for (const part of [
      ':2:',
      'such as https://example.org',
      'gone.key',
      'en, de, zh, ru, ko',
      'must not be empty',
      'did you mean webhook?',
      'give one of webhook',
      'secretEnv: not together with secretFile',
      'HOOK is not set',
      'routes[0].to[0]: expected one of ops',
      'critical, major, minor, warning',
    ])
      expect(found.join('\n')).toContain(part)
  })
})

describe('the maintenance windows of the configuration file', () => {
  test('are read as the example says, once, by a rule, or from a calendar beside the file', () => {
    const { maintenance } = good(`maintenance:
  - { name: patch night, tags: [north], start: 2026-11-28T02:00, zone: Europe/Berlin, hours: 2, rrule: "FREQ=MONTHLY;BYDAY=-1SA" }
  - { name: lens, streams: [north/*], servers: [Berlin], start: 2026-11-28T02:00, zone: UTC, hours: 0.5 }
  - { name: plan, zone: UTC, calendar: plan.ics }
  - { name: their plan, zone: UTC, calendar: "https://calendar.example/hunter2/basic.ics" }
`)
    const all = { tags: [], servers: [], streams: [], start: null, hours: null, rrule: null, calendar: null }
    expect(maintenance).toEqual([
      { ...all, name: 'patch night', tags: ['north'], start: '2026-11-28T02:00', zone: 'Europe/Berlin', hours: 2, rrule: 'FREQ=MONTHLY;BYDAY=-1SA' },
      { ...all, name: 'lens', streams: ['north/*'], servers: ['Berlin'], start: '2026-11-28T02:00', zone: 'UTC', hours: 0.5 },
      { ...all, name: 'plan', zone: 'UTC', calendar: '/srv/etc/plan.ics' },
      { ...all, name: 'their plan', zone: 'UTC', calendar: 'https://calendar.example/hunter2/basic.ics' },
    ])
    expect(JSON.stringify(shownConfig(good('maintenance: [{ name: x, zone: UTC, calendar: "https://calendar.example/hunter2/basic.ics" }]')))).not.toContain(
      'hunter2',
    )
  })

  test('every problem is named in words, with its line', () => {
    const found = problems(`maintenance:
  - { name: a, start: 2026-11-28T02:00, zone: Europe/Atlantis, hours: 2 }
  - { name: b, start: 2026-02-30T02:00, zone: UTC, hours: two }
  - { name: c, start: 2026-11-28T02:00, zone: UTC, hours: 2, rrule: "FREQ=HOURLY" }
  - { name: d, zone: UTC }
  - { name: e, zone: UTC, calendar: plan.ics, hours: 2 }
  - { name: f, start: 2026-11-28T02:00, zone: UTC, hours: 2, stream: cam1 }
`).join('\n')
    for (const part of [
      ':2:',
      'maintenance[0].zone: expected a value such as Europe/Berlin, UTC',
      'maintenance[1].hours: expected a number',
      'maintenance[2].rrule: "FREQ=HOURLY" is not supported',
      'maintenance[3]: "start" is missing',
      'maintenance[4].hours: not together with calendar',
      'did you mean streams?',
    ])
      expect(found).toContain(part)
  })

  test('two of one name are refused', () => {
    expect(problems('maintenance: [{ name: a, zone: UTC, calendar: x.ics }, { name: A, zone: UTC, calendar: y.ics }]')).toEqual([
      expect.stringContaining('maintenance[1].name: “A” is given twice'),
    ])
  })
})

describe('the rules of the configuration file', () => {
  test('change shipped ones, and add limits', () => {
    const { rules } = good(`rules:
  - { id: streamGone, onDelaySeconds: 4 }
  - id: slowLink
    metric: path.rtt
    above: 300
    clear: 200
    severity: Major
    streams: ["north/*"]
    runbook: Call the site.
    exceptions: [{ tags: [moon], above: 2800, reason: far away }]
`)
    expect(rules).toEqual([
      { id: 'streamGone', onDelaySeconds: 4 },
      {
        id: 'slowLink',
        metric: 'path.rtt',
        above: 300,
        clear: 200,
        severity: 'major',
        streams: ['north/*'],
        runbook: 'Call the site.',
        exceptions: [{ tags: ['moon'], above: 2800, reason: 'far away' }],
      },
    ])
    expect(good('rules:').rules).toEqual([])
  })

  test('have levels and changes', () => {
    const { rules } = good(`rules:
  - { id: diskUsed, levels: [{ above: 85, clear: 83, severity: warning }, { above: 95, severity: Critical }] }
  - { id: drop, metric: path.bitrateIn, fallsBy: 50%, withinSeconds: 60 }
  - { id: leak, metric: host.memoryPercent, risesBy: 10, withinSeconds: 3600 }
`)
    expect(rules).toEqual([
      {
        id: 'diskUsed',
        levels: [
          { above: 85, clear: 83, severity: 'warning' },
          { above: 95, severity: 'critical' },
        ],
      },
      { id: 'drop', metric: 'path.bitrateIn', fallsBy: 50, withinSeconds: 60 },
      { id: 'leak', metric: 'host.memoryPercent', risesBy: 10, withinSeconds: 3_600 },
    ])
    expect(problems('rules: [{ id: a, streams: 3 }, { id: b, metric: path.rtt, risesBy: a lot, withinSeconds: 60 }]').join('\n')).toMatch(
      /rules\[1\].risesBy: expected a number/,
    )
  })

  test.each([
    ['{ id: streamGon, onDelaySeconds: 4 }', 'rules[0].id: mtxdeck has no rule "streamGon"; did you mean streamGone? A rule of your own needs metric:'],
    ['{ id: slow, metric: path.rt, above: 3 }', 'rules[0].metric: there is no "path.rt"; did you mean path.rtt?'],
    ['{ id: slow, metric: path.rtt, above: many }', 'rules[0].above: expected a number'],
    ['{ id: slow, metric: path.rtt }', 'rules[0]: give one of above, below, beyond'],
    ['{ id: slow, metric: path.rtt, above: 3, clear: 4 }', 'rules[0].clear: expected 3 or less'],
    ['{ id: slow, metric: path.rtt, above: 3, below: 4 }', 'rules[0].below:'],
    ['{ id: streamGone, streams: ["~("] }', 'rules[0].streams[0]: "~(" is not a valid pattern'],
    ['{ id: streamGone, exceptions: [{ streams: [a] }] }', 'rules[0].exceptions[0]: "reason" is missing'],
    ['{ id: streamGone }, { id: streamGone }', 'rules[1].id: “streamGone” is given twice'],
    ['{ id: streamGone, colour: red }', 'rules[0].colour: unknown key'],
  ])('%s is refused with what is wrong', (rule, said) => {
    expect(problems(`rules: [${rule}]`).join('\n')).toContain(said)
  })
})

describe('the times on air of the configuration file', () => {
  test('are read as the example says', () => {
    const { onAir } = good(`onAir:
  - { name: office hours, streams: [lobby/*], zone: Europe/Berlin, weekly: [MO-FR 08:00-18:00, SA 10:00-14:00] }
  - { name: the show, streams: [event/stage], servers: [Köln], zone: UTC, calendar: show.ics }
`)
    const all = { tags: [], servers: [], weekly: [], calendar: null }
    expect(onAir).toEqual([
      { ...all, name: 'office hours', streams: ['lobby/*'], zone: 'Europe/Berlin', weekly: ['MO-FR 08:00-18:00', 'SA 10:00-14:00'] },
      { ...all, name: 'the show', streams: ['event/stage'], servers: ['Köln'], zone: 'UTC', calendar: '/srv/etc/show.ics' },
    ])
  })

  test('every problem is named in words, with its line', () => {
    const found = problems(`onAir:
  - { name: a, streams: [], zone: UTC, weekly: [MO 08:00-18:00] }
  - { name: b, streams: [x], zone: UTC, weekly: [daily] }
  - { name: c, streams: [x], zone: UTC }
  - { name: d, streams: [x], zone: UTC, weekly: [MO 08:00-18:00], calendar: x.ics }
  - { name: e, streams: [x], zone: Mars, calendar: x.ics }
`).join('\n')
    for (const part of [
      'onAir[0].streams: "streams" is missing',
      'onAir[1].weekly[0]: expected a value such as MO-FR 08:00-18:00',
      'onAir[2]: "weekly" is missing',
      'onAir[3].weekly: not together with calendar',
      'onAir[4].zone: expected a value such as Europe/Berlin, UTC',
    ])
      expect(found).toContain(part)
  })
})

describe('canaries', () => {
  test('stand in the file with the name of their server, by RTSP and read by everything unless it says otherwise', () => {
    const config = good('canaries: [{ server: hamburg }, { server: oslo, publishBy: srt, readBy: [srt], path: tests/mtxdeck-canary }]')
    expect(config.canaries).toEqual([
      { server: 'hamburg', publishBy: 'rtsp', readBy: ['rtsp', 'rtmp', 'srt', 'hls', 'whep'], path: null },
      { server: 'oslo', publishBy: 'srt', readBy: ['srt'], path: 'tests/mtxdeck-canary' },
    ])
    expect(good('').canaries).toEqual([])
  })

  test('are refused with what is wrong', () => {
    const found = problems('canaries: [{ server: a, path: cam1 }, { server: b, publishBy: hls }]').concat(problems('canaries: [{ server: b }, { server: B }]'))
    expect(found.map((line) => line.replace(/^etc\/mtxdeck.yaml:\d+:\d+: /, ''))).toEqual([
      expect.stringMatching(/^canaries\[0\].path: .*mtxdeck-canary/),
      expect.stringMatching(/^canaries\[1\].publishBy: /),
      expect.stringMatching(/^canaries\[1\].server: /),
    ])
  })
})

describe('other consoles', () => {
  test('have their tokens in files, and stand in no shown configuration with them', () => {
    const config = good('vantages: [{ name: Hamburg, url: "https://noc2:8787", tokenFile: hamburg.token }, { name: Oslo, url: "noc3:8787", tokenEnv: OSLO }]', {
      files: { '/srv/etc/hamburg.token': 'of-hamburg\n' },
      env: { OSLO: 'of-oslo' },
    })
    expect(config.vantages).toEqual([
      { name: 'Hamburg', url: 'https://noc2:8787', fingerprint: null, token: 'of-hamburg' },
      { name: 'Oslo', url: 'http://noc3:8787', fingerprint: null, token: 'of-oslo' },
    ])
    expect(JSON.stringify(shownConfig(config))).not.toMatch(/of-hamburg|of-oslo/)
  })

  test('are refused with what is wrong', () => {
    const found = problems(
      'vantages: [{ name: a, url: "https://noc2/deck?a=b", token: x }, { name: b, url: "https://noc2" }, { name: A, url: "https://noc2", token: x, tokenEnv: y }]',
    )
    expect(found.map((line) => line.replace(/^etc\/mtxdeck.yaml:\d+:\d+: /, ''))).toEqual([
      expect.stringMatching(/^vantages\[0\].url: /),
      'vantages[1]: "tokenFile" is missing',
      'vantages[2].tokenEnv: the environment variable y is not set',
      'vantages[2].tokenEnv: not together with token: give one of token, tokenFile, tokenEnv',
    ])
    const nine = Array.from({ length: 9 }, (_, no) => `{ name: a${no}, url: "https://noc${no}", token: x }`)
    expect(problems(`vantages: [${nine.join()}]`)).toEqual([expect.stringMatching(/: vantages: at most 8$/)])
  })
})

describe('probes', () => {
  test('are streams by their addresses, with credentials of a file in place of their own', () => {
    const files = { '/srv/etc/cam1.auth': 'noc:p@ss:word/1\n', '/run/secrets/tower': 'srt://10.0.0.9:8890?streamid=read:tower&passphrase=hidden-words\n' }
    const { probes } = good(
      `probes:
  - { name: cam1, url: "rtsp://10.0.0.9/cam1", project: north, intervalSeconds: 10, credentialsFile: cam1.auth, checks: [black, frozen, silent] }
  - { name: tower, urlFile: /run/secrets/tower, mode: continuous, contract: { videoCodec: h264, fps: { least: 24, most: 26 } }, profile: studio, checks: [transport], thresholds: { frozenDb: -60 } }`,
      { files },
    )
    expect(probes).toMatchObject([
      {
        name: 'cam1',
        url: 'rtsp://noc:p%40ss%3Aword%2F1@10.0.0.9/cam1',
        project: 'north',
        intervalSeconds: 10,
        mode: 'turns',
        retries: 3,
        contract: null,
        profile: null,
        checks: ['black', 'frozen', 'silent'],
      },
      {
        name: 'tower',
        url: 'srt://10.0.0.9:8890?streamid=read:tower&passphrase=hidden-words',
        mode: 'continuous',
        contract: { videoCodec: 'h264', fps: { least: 24, most: 26 } },
        profile: 'studio',
        checks: ['transport'],
        thresholds: { frozenDb: -60 },
      },
    ])
  })

  test('are refused with the line of each mistake, and never with a secret', () => {
    const found = problems(`probes:
  - { name: a, url: "ftp://noc:s3cret@10.0.0.9/cam1" }
  - { name: b }
  - { name: c, url: "rtsp://10.0.0.9/c", intervalSeconds: 1, mode: always }
  - { name: A, url: "rtsp://10.0.0.9/d", checks: [blue], profile: film, thresholds: { sound: 1 }, colour: 1 }
  - { name: e, url: "rtsp://10.0.0.9/e", contract: { colour: blue } }
  - { name: f, url: "rtsp://10.0.0.9/f", thresholds: { frozenDb: 3 } }`)
    expect(found.join('\n')).not.toContain('s3cret')
    expect(found.map((line) => line.replace(/^etc\/mtxdeck.yaml:\d+:\d+: /, ''))).toEqual([
      'probes[0].url: expected a value such as rtsp://…, rtsps://…, rtmp://…, rtmps://…, srt://…, http://…, https://…, whep://…, wheps://…, udp://…',
      'probes[1]: "url" is missing',
      'probes[2].intervalSeconds: expected a whole number from 5 to 86,400',
      'probes[2].mode: expected one of turns, continuous',
      'probes[3].checks[0]: expected one of black, oneColour, colourBars, frozen, noMotion, silent, clipped, loudness, transport',
      'probes[3].profile: expected one of studio, slides, nightCamera, muted',
      'probes[3].thresholds.sound: unknown key; known are blackPercent, darkPercent, frozenDb, motionPercent, silentDbfs, targetLufs',
      'probes[3].colour: unknown key; known are name, url, urlFile, urlEnv, credentialsFile, project, intervalSeconds, lookSeconds, retries, mode, contract, profile, checks, thresholds',
      'probes[4].contract.colour: unknown key; known are videoCodec, widthPx, heightPx, fps, bitrateBps, gopMs, audioCodec, audioLayout, sampleRateHz',
      'probes[5].thresholds.frozenDb: expected a number from -90 to -20',
    ])
  })
})

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mtxdeck-load-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const problemsOf = (path: string) => {
  const result = loadConfig(path, { env: {}, flags: {}, cwd: dir })
  return result.ok ? [] : result.error.map((problem) => problemText(problem, 'en'))
}

test('the configuration, and each file that it names, is an ordinary file of at most 10 MB', () => {
  writeFileSync(join(dir, 'mtxdeck.yaml'), 'listen: 127.0.0.1:9000\n')
  expect(problemsOf('mtxdeck.yaml')).toEqual([])
  expect(problemsOf('/dev/zero')).toEqual(["can't read /dev/zero: it is no ordinary file"])
  expect(problemsOf('.')).toEqual(["can't read .: it is no ordinary file"])
  writeFileSync(join(dir, 'large.yaml'), '')
  truncateSync(join(dir, 'large.yaml'), 10e6 + 1)
  expect(problemsOf('large.yaml')).toEqual(["can't read large.yaml: it is larger than 10 MB"])
  writeFileSync(join(dir, 'mtxdeck.yaml'), 'servers: [{ name: a, url: http://a:9997, user: u, passwordFile: /dev/zero }]\n')
  expect(problemsOf('mtxdeck.yaml')).toEqual(["mtxdeck.yaml:1:51: servers[0].passwordFile: can't read /dev/zero: it is no ordinary file"])
})
