import { expect, test } from 'vitest'
import { type CanaryError, canaryErrorSchema } from '../shared/canaries.ts'
import { canaryErrorText } from './gradeText.ts'
import { languages } from './languages.ts'

const samples: Readonly<Record<CanaryError['kind'], CanaryError>> = {
  noAddress: { kind: 'noAddress' },
  credentialsUnfit: { kind: 'credentialsUnfit' },
  refused: { kind: 'refused' },
  withheld: { kind: 'withheld' },
  notPublished: { kind: 'notPublished', error: { kind: 'timedOut', limitMs: 15_000 } },
}

test('each reason why a canary is not published says in each language what is wrong, and what to do', () => {
  for (const language of languages) {
    const said = Object.values(samples).map((error) => canaryErrorText(canaryErrorSchema.parse(error), 'srt', language))
    for (const { what, todo } of said) {
      expect(what).toMatch(/.{8}/)
      expect(todo).toMatch(/.{8}/)
      expect(what + todo).not.toMatch(/undefined|\$\{/)
    }
    expect(new Set(said.map(({ what }) => what)).size).toBe(said.length)
    expect(said[0]?.what).toContain('SRT')
  }
})
