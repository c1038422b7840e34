import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isPulled, protocolWord } from '../../i18n/media.ts'
import * as rules from './apiFields.ts'
import { namesOf } from './apiFields.ts'

const root = join(import.meta.dirname, '../../..')
/** What the API descriptions of MediaMTX name, by list or object; names in the order of the releases that added them. */
const described = JSON.parse(readFileSync(join(root, 'tests/fixtures/mediamtxFields.json'), 'utf8')) as {
  readonly fields: Readonly<Record<string, string>>
  readonly kinds: Readonly<Record<'PathSourceType' | 'PathReaderType', string>>
}
const namesIn = (ofRules: Parameters<typeof namesOf>[0]) => Object.keys(ofRules).flatMap((name) => namesOf(ofRules, name))

/** These only name settings: to show, compare, rename and change them. */
const justNamed = /^shownConfiguration\.ts$/
/** All of our own code that decides something, as one text. */
function decidingCode(): string {
  const files = ['src/engine', 'src/shared'].flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
  return files
    .filter(
      ({ name, parentPath }) => /\.ts$/.test(name) && !justNamed.test(name) && !/\.(test|fixture)\.ts$/.test(name) && !/[\\/]words([\\/]|$)/.test(parentPath),
    )
    .map(({ name, parentPath }) => readFileSync(join(parentPath, name), 'utf8'))
    .join('\n')
}

const isOfSettings = (list: string): boolean => /Conf$|^Auth|^AlwaysAvailableTrack$|^WebRTCICEServer$/.test(list)
/** Names that we read of each: of answers by the one table of fields, of settings by their mention. */
function readOf(list: string, names: readonly string[], code: string): readonly string[] {
  if (isOfSettings(list)) {
    // Some are named for every listener, as `${listener}AllowOrigin`.
    const ends = [...code.matchAll(/\$\{\w+\}([A-Z]\w+)/g)].map(([, end = '']) => end)
    const words = new Set(code.match(/\w+/g))
    return names.filter((name) => words.has(name) || ends.some((end) => name.endsWith(end)))
  }
  if (list === 'RTSPConn') return []
  if (list === 'RecordingSegment') return ['start']
  const ofLists: Readonly<Record<string, Parameters<typeof namesOf>[0]>> = {
    List: rules.pageFields,
    Path: rules.pathFields,
    PathSource: rules.endFields,
    PathReader: rules.endFields,
    PathTrack: rules.trackFields,
    ForwardDest: rules.forwardFields,
    PathConfForwardDest: rules.forwardConfFields,
    Recording: rules.recordingFields,
    Info: rules.infoFields,
    StaticSource: rules.pulledSourceFields,
  }
  return namesIn(ofLists[list] ?? (list.startsWith('PathTrackCodecProps') ? rules.codecFields : rules.sessionFields))
}

/** The table of what is not read: names by list. */
function documented(): ReadonlyMap<string, readonly string[]> {
  const rows = readFileSync(join(root, 'docs/mediamtx.md'), 'utf8').matchAll(/^\| `(\w+)` \| ([^|]*) \|/gm)
  const found = new Map<string, readonly string[]>()
  for (const [, list = '', names = ''] of rows)
    found.set(list, [...(found.get(list) ?? []), ...[...names.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name)])
  return found
}

test('every field of every list and setting of MediaMTX is read, or stands in the table of what is not', () => {
  const code = decidingCode()
  const known = documented()
  for (const [list, text] of Object.entries(described.fields)) {
    const names = text.split(' ')
    const read = readOf(list, names, code)
    const missing = names.filter((name) => !read.includes(name) && !known.get(list)?.includes(name))
    expect(missing, `of ${list}: read them, or say in docs/mediamtx.md why not`).toEqual([])
    const invalid = known.get(list)?.filter((name) => !names.includes(name) || (!isOfSettings(list) && read.includes(name)))
    expect(invalid ?? [], `of ${list}: docs/mediamtx.md says that they are not read`).toEqual([])
  }
  expect([...known.keys()].filter((list) => !(list in described.fields))).toEqual([])
})

test('every kind of source and reader is known: its protocol, and whether the server pulls it', () => {
  const { PathSourceType, PathReaderType } = described.kinds
  // A path that redirects has no media, and hidden readers are not listed.
  for (const type of [...PathSourceType.split(' '), ...PathReaderType.split(' ')].filter((one) => one !== 'redirect' && one !== 'hidden')) {
    expect(protocolWord(type), type).not.toBe(type)
    expect(isPulled(type), type).toBe(type.endsWith('Source'))
  }
  expect(isPulled('redirect')).toBe(false)
})
