import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { onceHostSchema } from '../shared/hosts.ts'
import { snapshotSettingsSchema } from '../shared/snapshots.ts'
import { problemText } from '../shared/words/mistakeText.ts'
import { readConfig } from './config.ts'

// What the documents show may be copied: each block is read as the console would read it.

const blocks = ['README.md', ...globSync('docs/*.md')].flatMap((file) => {
  const text = readFileSync(file, 'utf8')
  return Array.from(text.matchAll(/^ *```(yaml|json)(?: (\S+))?\n(.*?)^ *```$/gms), ({ 1: kind, 2: ofFile, 3: block = '', index }) => ({
    ...{ kind, ofFile, block },
    at: `${file}:${text.slice(0, index).split('\n').length}`,
  }))
})
const yaml = blocks.filter(({ kind }) => kind === 'yaml')

test.each(yaml.filter(({ ofFile }) => ofFile === undefined))('$at is part of a configuration', ({ block }) => {
  const readText = (path: string) => (path.endsWith('.auth') ? 'noc:secret' : path.endsWith('-url') ? 'rtsp://10.0.0.9/tower' : 'secret')
  const read = readConfig({ file: { path: '/etc/mtxdeck.yaml', text: block }, env: {}, flags: {}, cwd: '/', readText })
  expect(read.ok ? [] : read.error.map((one) => problemText(one, 'en'))).toEqual([])
})

test.each(yaml.filter(({ ofFile }) => ofFile !== undefined))('$at is part of a $ofFile', ({ block }) => expect(parse(block)).toBeTypeOf('object'))

const shown = z.union([z.strictObject({ hosts: z.array(onceHostSchema) }), snapshotSettingsSchema])
test.each(blocks.filter(({ kind }) => kind === 'json'))('$at is what REST takes or gives', ({ block }) => {
  expect(shown.safeParse(JSON.parse(block)).error).toBe(undefined)
})

test('there are examples', () => expect(blocks.length).toBeGreaterThan(15))
