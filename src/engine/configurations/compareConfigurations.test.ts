import { describe, expect, test } from 'vitest'
import { type ConfigurationLevels, packConfiguration, settingName } from '../../shared/configurationLevels.ts'
import { comparedSettings, isOfOneServer } from './compareConfigurations.ts'

function pack(levels: ConfigurationLevels) {
  const steps = packConfiguration(levels)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}
const defaults = { source: 'publisher', maxReaders: 0, record: false }
const server = (global: object, paths: readonly object[] = [], own: object = {}) => {
  const all = { ...defaults, ...own }
  return pack({
    global: { readTimeout: '10s', rtspTransports: ['udp', 'tcp'], ...global },
    pathDefaults: all,
    paths: paths.map((path) => ({ ...all, ...path })),
  })
}
const rows = (...configurations: ReturnType<typeof server>[]) => [...comparedSettings(configurations, true)].filter((row) => row !== null)
/** Of what differs the value of each server. */
const different = (...configurations: ReturnType<typeof server>[]) =>
  rows(...configurations)
    .filter(({ values }) => values.length > 1)
    .map((row) => [settingName(row), ...configurations.map((_, index) => row.values.find(({ servers }) => servers.includes(index))?.value)])

describe('configurations side by side', () => {
  test('tell what differs, of servers, of defaults, and of paths', () => {
    const a = server({ rtspAddress: ':8554' }, [{ name: 'cam1', maxReaders: 5 }, { name: 'cam2' }])
    const b = server({ rtspAddress: ':9554', readTimeout: '30s', moq: true }, [{ name: 'cam1' }, { name: 'cam3', source: 'rtsp://10.0.0.9/x' }], {
      record: true,
    })
    expect(different(a, b)).toEqual([
      ['moq', null, 'true'],
      ['readTimeout', '10s', '30s'],
      ['rtspAddress', ':8554', ':9554'],
      ['pathDefaults.record', 'false', 'true'],
      ['paths.cam1.maxReaders', '5', '0'],
      ['paths.cam2', 'publisher', null],
      ['paths.cam3', null, 'rtsp://10.0.0.9/x'],
    ])
    expect(different(a, a)).toEqual([])
    expect(rows(a, b).map(settingName)).toContain('rtspTransports')
  })

  test('tell users whose names are hidden apart by what they may, however many each server has', () => {
    const user = (action: string, path = '', ips: readonly string[] = []) => ({ user: '***', pass: '***', ips, permissions: [{ action, path }] })
    const withUsers = (...authInternalUsers: readonly object[]) => server({ authInternalUsers })
    const both = withUsers(user('publish', 'cam1'), user('api'))
    expect(different(both, withUsers(user('api'), user('publish', 'cam1')))).toEqual([])
    expect(different(both, withUsers(user('api')))).toEqual([
      ['authInternalUsers[*** (publish cam1)]', 'ips: [], pass: ***, permissions: [action: publish, path: cam1], user: ***', null],
    ])
    // The same users of another order of their content, one of them from elsewhere.
    expect(different(both, withUsers(user('api', '', ['10.0.0.0/8']), user('publish', 'cam1'))).map(([setting]) => setting)).toEqual([
      'authInternalUsers[*** (api)]',
    ])
  })

  test('put the value of most servers first, and values that are only spelled otherwise together', () => {
    const values = (...timeouts: readonly (string | undefined)[]) =>
      rows(...timeouts.map((readTimeout) => server(readTimeout === undefined ? {} : { readTimeout }))).find(({ setting }) => setting === 'readTimeout')?.values
    expect(values('30s', undefined, undefined)).toEqual([
      { value: '10s', servers: [1, 2] },
      { value: '30s', servers: [0] },
    ])
    expect(values('0m10s', undefined, undefined)).toEqual([{ value: '0m10s', servers: [0, 1, 2] }])
  })

  test('tell of a path only the servers that have it, but for its source', () => {
    const found = rows(server({}, [{ name: 'cam1', maxReaders: 5 }]), server({}), server({}, [{ name: 'cam1' }])).filter(({ path }) => path === 'cam1')
    expect(found.map((row) => [settingName(row), row.values])).toEqual([
      [
        'paths.cam1',
        [
          { value: 'publisher', servers: [0, 2] },
          { value: null, servers: [1] },
        ],
      ],
      [
        'paths.cam1.maxReaders',
        [
          { value: '5', servers: [0] },
          { value: '0', servers: [2] },
        ],
      ],
    ])
  })

  test('know what differs only because servers are different ones', () => {
    const own = ['rtspAddress', 'webrtcLocalUDPAddress', 'apiServerCert', 'recordPath', 'webrtcAdditionalHosts', 'rtspTrustedProxies', 'source']
    const policy = ['authHTTPAddress', 'readTimeout', 'authInternalUsers[1].ips', 'rtspTransports', 'apiAllowOrigins', 'maxReaders', 'sourceOnDemand']
    expect([own.filter(isOfOneServer), policy.filter(isOfOneServer)]).toEqual([own, []])
  })
})
