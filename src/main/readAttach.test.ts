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
  ['--attach=', token, expect.stringContaining('without a path')],
  ['--attach=noc.example:8787', token, expect.stringContaining('without a path')],
  ['--attach=ftp://noc.example', token, expect.stringContaining('without a path')],
  ['--attach=https://me:secret@noc.example', token, expect.stringContaining('without a path')],
  ['--attach=https://noc.example/console', token, expect.stringContaining('without a path')],
  ['--attach=https://noc.example', {}, expect.stringContaining('needs the token')],
  ['--attach=https://noc.example', { MTXDECK_TOKEN_FILE: '/nowhere/token' }, expect.stringMatching(/\/nowhere\/token: .*ENOENT/)],
  ['--attach=https://noc.example', { MTXDECK_TOKEN: 'two\nlines' }, expect.stringContaining('characters that no token has')],
])('%s is refused', (arg, env, error) => {
  expect(readAttach([arg], env)).toEqual({ ok: false, error })
})
