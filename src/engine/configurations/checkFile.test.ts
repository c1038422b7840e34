import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkConfigurationFile } from './checkFile.ts'

const check = (text: string, version: string | null = null) =>
  checkConfigurationFile(text, version).mistakes.map(
    ({ line, column, key, validationError: { kind, ...facts } }) =>
      `${line}:${column} ${key} ${kind}${'meant' in facts && facts.meant !== null ? ` ${facts.meant}` : ''}`,
  )

test.each(['1.3.1', '1.5.1', '1.9.3', '1.15.6', '1.17.1', '1.20.1'])('a file that the real %s took has no mistakes', (version) => {
  expect(check(readFileSync(join('tests', 'fixtures', 'recorded', `v${version}`, 'mediamtx.yml'), 'utf8'), version)).toEqual([])
})

// What MediaMTX 1.20.1 itself refuses, one by one and without a line.
test('each mistake has its line and column, and an unknown key the nearest known one', () => {
  expect(
    check(
      [
        'rtspEncryption: no',
        'hls: "yes"',
        'webrtc: yes',
        'writeQueueSize: 5.5',
        'rtspAddress: 8554',
        'rtspTransports: tcp',
        'readTimeot: 10s',
        'authInternalUsers: [{ user: any, passs: x, permissions: [{ acton: read }] }]',
        'pathDefaults: { hls: yes }',
        'paths:',
        '  cam:',
        '  gate: { recrd: yes, record: "yes", maxReaders: 3 }',
      ].join('\n'),
    ),
  ).toEqual([
    '1:17 rtspEncryption notOfType',
    '2:6 hls notOfType',
    '4:17 writeQueueSize notWhole',
    '5:14 rtspAddress notOfType',
    '6:17 rtspTransports notOfType',
    '7:1 readTimeot unknownKey readTimeout',
    '8:34 authInternalUsers[0].passs unknownKey pass',
    '8:60 authInternalUsers[0].permissions[0].acton unknownKey action',
    '9:17 pathDefaults.hls notHere',
    '12:11 paths.gate.recrd unknownKey record',
    '12:31 paths.gate.record notOfType',
  ])
})

test('a key of other versions is one, and between two known versions both count', () => {
  expect(check('moq: true', '1.9.3')).toEqual(['1:1 moq notInVersion'])
  expect(checkConfigurationFile('', '1.12.0').comparedWith).toEqual(['1.9.3', '1.15.6'])
  expect(check('authMethod: internal', '1.7')).toEqual([])
  expect(checkConfigurationFile('', '2.0').comparedWith).toEqual(['1.20.1'])
})

test('a key that is there twice is named where it comes again, in the file and in an entry', () => {
  expect(check('hls: yes\nrtsp: yes\nhls: no\npaths: { cam: { record: no, record: yes }, a: { record: no } }')).toEqual(['3:1  said', '4:29  said'])
})

test('a hostile file costs nothing: no YAML, too long, aliases of aliases, thousands of mistakes', () => {
  expect(check('a: [')[0]).toMatch(/said/)
  expect(check(`a: ${'x'.repeat(1_000_001)}`)).toEqual(['1:1  tooLong'])
  const laughs = Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(10)}]`).join('\n')
  expect(check(`a0: &a0 [x]\n${laughs}`)).toEqual([expect.stringMatching(/aliasUnusable/)])
  const { mistakes, more } = checkConfigurationFile(Array.from({ length: 1_000 }, (_, n) => `zz${n}: 1`).join('\n'), null)
  expect([mistakes.length, more]).toEqual([200, 800])
  expect(check('[]')).toEqual(['1:1  notOfType'])
  // A search among all keys for each of them would take a minute.
  const begun = performance.now()
  expect(check(Array.from({ length: 60_000 }, (_, n) => `k${n}: 1`).join('\n'))).toHaveLength(200)
  expect(performance.now() - begun).toBeLessThan(30_000)
})
