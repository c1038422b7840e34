import { expect, test } from 'vitest'
import { readAttach } from './readAttach.ts'

const token = { MTXDECK_TOKEN: 'a-token-of-16-chars' }

test('without --attach the desk has an engine of its own', () => {
  expect(readAttach(['.', '--demo'], token)).toEqual({ ok: true, value: null })
})

test('an engine elsewhere is named by its origin, its token comes by the environment', () => {
  expect(readAttach(['--attach=https://noc.example:8787/'], token)).toEqual({
    ok: true,
    value: { url: 'https://noc.example:8787', token: 'a-token-of-16-chars' },
  })
})

test.each([
  ['--attach=', token, /--attach=https/],
  ['--attach=noc.example:8787', token, /--attach=https/],
  ['--attach=ftp://noc.example', token, /--attach=https/],
  ['--attach=https://me:secret@noc.example', token, /--attach=https/],
  ['--attach=https://noc.example/console', token, /without a path/],
  ['--attach=https://noc.example', {}, /MTXDECK_TOKEN/],
  ['--attach=https://noc.example', { MTXDECK_TOKEN_FILE: '/nowhere/token' }, /can't be read/],
  ['--attach=https://noc.example', { MTXDECK_TOKEN: 'two\nlines' }, /characters/],
])('%s is refused in words', (arg, env, words) => {
  const read = readAttach([arg], env)
  expect(read.ok ? '' : read.error).toMatch(words)
})
