import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../src', import.meta.url))

// The other ways to ask (undici's `request` and pools, `node:http`) follow none by themselves.
test('no fetch of the product follows a redirect by itself (docs/adr/0021)', () => {
  const asked = globSync('{engine,headless,main,media,processes,shared,configuration,demo}/**/*.ts', { cwd: root })
    .filter((file) => !/\.(test|fixture)\.ts$/.test(file))
    .flatMap((file) => {
      const text = readFileSync(`${root}/${file}`, 'utf8')
      return [...text.matchAll(/(?<![.\w])fetch\((?!request)/g)].map(({ index }) => ({ file, call: text.slice(index, index + 300) }))
    })
  expect(asked.length).toBeGreaterThan(3)
  for (const { file, call } of asked) expect([file, call]).toEqual([file, expect.stringMatching(/redirect: '(manual|error)'/)])
})
