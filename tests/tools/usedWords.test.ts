import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import en from '../../src/locales/en.json'

const pluralForm = /_(zero|one|two|few|many|other)$/
const idsOf = (words: object, before = ''): readonly string[] =>
  Object.entries(words).flatMap(([key, value]) =>
    typeof value === 'string' ? [`${before}${key}`.replace(pluralForm, '')] : idsOf(value as object, `${before}${key}.`),
  )

it('every word of the catalogue of the window is used by its code, by its id or by one that is put together', () => {
  const files = globSync('src/renderer/**/*.{ts,tsx}', { exclude: (path) => /\.(test|fixture)\./.test(path) })
  expect(files.length).toBeGreaterThan(100)
  const code = files.map((file) => readFileSync(file, 'utf8')).join('\n')
  const ids = new Set([...code.matchAll(/['"`]([a-z][\w-]*(?:\.[\w-]+)+)['"`]/gi)].map(([, id]) => id))
  // `connection.outcome.${outcome}`
  const patterns = [...code.matchAll(/`([a-z][\w-]*\.[^`\n]*\$\{[^`\n]*)`/gi)].map(
    ([, template = '']) =>
      new RegExp(
        `^${template
          .split(/\$\{[^}]*\}/)
          .map(RegExp.escape)
          .join('[\\w.-]+')}$`,
      ),
  )
  const isUsed = (id: string) => ids.has(id) || patterns.some((pattern) => pattern.test(id))
  const { sentences: _, ...ofWindow } = en
  expect([...new Set(idsOf(ofWindow))].filter((id) => !isUsed(id))).toEqual([])
  expect(isUsed('hosts.noSuchWord')).toBe(false)
})
