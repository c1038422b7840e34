import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { makeCertificate } from '../../tests/fakes/certificate.ts'
import { problemText } from '../i18n/validationErrorText.ts'
import { onceHostSchema } from '../shared/hosts.ts'
import { snapshotSettingsSchema } from '../shared/snapshots.ts'
import { readConfig } from './config.ts'

// What the documents show may be copied: each block is read as the console would read it.

const blocks = ['README.md', ...globSync('docs/*.md')].flatMap((file) => {
  const text = readFileSync(file, 'utf8')
  return Array.from(text.matchAll(/^ *```(yaml|json)(?: (\S+))?\n(.*?)^ *```$/gms), ({ 1: kind, 2: ofFile, 3: block = '', index }) => ({
    ...{ kind, ofFile, block },
    at: `${file}:${text.slice(0, index).split('\n').length}`,
  }))
})
const own = makeCertificate()
const yaml = blocks.filter(({ kind }) => kind === 'yaml')

test.each(yaml.filter(({ ofFile }) => ofFile === undefined))('$at is part of a configuration', ({ block }) => {
  const files: Readonly<Record<string, string>> = { '.auth': 'noc:secret', '-url': 'rtsp://10.0.0.9/tower', 'client.crt': own.cert, 'client.key': own.key }
  const readText = (path: string) => Object.entries(files).find(([end]) => path.endsWith(end))?.[1] ?? 'secret'
  const read = readConfig({ file: { path: '/etc/mtxdeck.yaml', text: block }, env: {}, flags: {}, cwd: '/', readText })
  expect(read.ok ? [] : read.error.map((one) => problemText(one, 'en'))).toEqual([])
})

test.each(yaml.filter(({ ofFile }) => ofFile !== undefined))('$at is part of a $ofFile', ({ block }) => expect(parse(block)).toBeTypeOf('object'))

const shown = z.union([z.strictObject({ hosts: z.array(onceHostSchema) }), snapshotSettingsSchema])
test.each(blocks.filter(({ kind }) => kind === 'json'))('$at is what REST takes or gives', ({ block }) => {
  expect(shown.safeParse(JSON.parse(block)).error).toBe(undefined)
})

test('there are examples', () => expect(blocks.length).toBeGreaterThan(15))
