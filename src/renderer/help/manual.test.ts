import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { chapterOfLink, chapters, findInManual } from './manual.ts'

/** Of no use to an operator: what mtxdeck reads of MediaMTX field by field, and its files byte by byte. */
const forDevelopers = ['mediamtx', 'store']
const docs = globSync('docs/*.md').map((file) => file.slice('docs/'.length, -'.md'.length))

test('each document is a chapter with a title of its own, or for developers', () => {
  expect([...chapters.map(({ name }) => name), ...forDevelopers].sort()).toEqual(docs.sort())
  expect(new Set(chapters.map(({ title }) => title)).size).toBe(chapters.length)
  for (const { name, title, tokens } of chapters) {
    expect(title, name).not.toBe(name)
    expect(tokens.length, name).toBeGreaterThan(3)
  }
})

test('headings of the same words have anchors of their own, as on a forge', () => {
  const anchors = chapters.flatMap(({ name, headings }) => headings.map(({ anchor }) => `${name}#${anchor}`))
  expect(new Set(anchors).size).toBe(anchors.length)
  expect(anchors).toContain('history#a-moment-of-the-past')
  expect(anchors).toContain('headless#backup-restore-check')
})

const links = ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', ...globSync('docs/**/*.md')].flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, href = '']) => (/^https?:/.test(href) ? [] : [{ file, href }])),
)
test('every link of the documents leads to a file that is there, and to a heading in it', () => {
  const headingsIn = (file: string) => chapters.find(({ name }) => file === `docs/${name}.md`)?.headings.map(({ anchor }) => anchor)
  const broken = links.filter(({ file, href }) => {
    const { pathname, hash } = new URL(href, `file:///${file}`)
    const target = decodeURIComponent(pathname).slice(1)
    const headings = headingsIn(target)
    return globSync(target).length === 0 || (hash !== '' && headings !== undefined && !headings.includes(hash.slice(1)))
  })
  expect(broken).toEqual([])
})

test('a link leads within the manual where it has that chapter', () => {
  expect(chapterOfLink('alarms.md#rules', 'start')).toBe('alarms#rules')
  expect(chapterOfLink('#rules', 'alarms')).toBe('alarms#rules')
  expect(chapterOfLink('store.md', 'history')).toBeNull()
  expect(chapterOfLink('../README.md', 'history')).toBeNull()
})

test('a search finds sections with every word, those whose heading says it first, with the text around the first word', () => {
  const { found, total } = findInManual('moment PAST')
  expect(found[0]).toMatchObject({ chapter: { name: 'history' }, heading: { title: 'A moment of the past' } })
  expect(total).toBeGreaterThanOrEqual(found.length)
  expect(findInManual('wsl firewall').found[0]?.text).toMatch(/wsl/i)
  expect(findInManual('no such words anywhere').found).toEqual([])
  expect(findInManual('  ').total).toBe(0)
  // Signs of expressions stand for themselves.
  expect(findInManual('(.*').total).toBeLessThan(5)
})
