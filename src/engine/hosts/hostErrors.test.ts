import { describe, expect, it } from 'vitest'
import { hostErrorText } from '../../i18n/errorText.ts'
import { hostErrorKindSchema, hostFailureSchema } from '../../shared/errors.ts'
import { quoted } from '../../shared/visibleText.ts'
import { hostError, quotedCause } from './hostErrors.ts'

describe('the errors of hosts', () => {
  const kinds = hostErrorKindSchema.options
  const facts = { target: '10.0.0.5:22', user: 'noc', keyType: 'ssh-ed25519', fingerprint: 'SHA256:new', knownFingerprint: 'SHA256:old' }

  it.each(kinds)('have whole sentences for %s, with and without the words of the other side', (kind) => {
    for (const said of [null, quotedCause('and this is why.')]) {
      const error = hostError(kind, { ...facts, said })
      expect(hostFailureSchema.parse(error)).toEqual(error)
      expect(hostErrorText(error, 'en')).toMatch(/^[A-Zai0-9].*[.")]$/s)
      expect(hostErrorText(error, 'en')).not.toMatch(/undefined|null| {2}|\.\./)
    }
  })

  it('have words of their own each', () => {
    expect(new Set(kinds.map((kind) => hostErrorText(hostError(kind, facts), 'en'))).size).toBe(kinds.length)
  })

  it('hold no text of another host that could not be shown', () => {
    const { said } = hostError('authRefused', { ...facts, said: { kind: 'otherMethods', offered: `a\u001b[31m,\nb${'x'.repeat(1_000)}` } })
    expect(said).toEqual({ kind: 'otherMethods', offered: expect.stringMatching(/^a, bx+…$/) })
    expect(JSON.stringify(said).length).toBeLessThan(600)
  })

  it('quote others in one line without control characters, and not at length', () => {
    expect(quoted('a\u001b[31mred\u001b[0m\r\nline\u0000\u202e!')).toBe('ared line !')
    expect(quoted('   \n ')).toBeNull()
    expect(quoted('x'.repeat(1_000))).toHaveLength(160)
  })
})
