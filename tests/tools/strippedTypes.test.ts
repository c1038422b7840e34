import { globSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { expect, it } from 'vitest'

/** What Node runs without a build. Tests are run by a tool that reads more than Node does. */
const folders = ['src/clock', 'src/demo', 'src/engine', 'src/headless', 'src/media', 'src/shared', 'tools', 'bin']

it('Node itself reads every file that it runs without a build', () => {
  const files = folders.flatMap((folder) => globSync(`${folder}/**/*.ts`, { exclude: (path) => /\.(test|fixture)\./.test(path) }))
  expect(files.length).toBeGreaterThan(500)
  const unread = files.filter((file) => {
    try {
      stripTypeScriptTypes(readFileSync(file, 'utf8'))
      return false
    } catch {
      return true
    }
  })
  expect(unread).toEqual([])
})
