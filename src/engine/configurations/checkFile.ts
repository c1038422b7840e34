import type { YAMLMap } from 'yaml'
import keys from '../../shared/configurationKeys.json' with { type: 'json' }
import type { CheckedFile } from '../../shared/configurations.ts'
import { nearestWord } from '../../shared/nearestWord.ts'
import { isBefore } from '../../shared/serverVersions.ts'
import type { ValidationError } from '../../shared/validationErrors.ts'
import { openForeignYaml, yaml } from '../yaml.ts'

// A `mediamtx.yml` before it is used. The keys are those of recorded servers (`configurationKeys.json`: type, first and last version that has it), and the
// deprecated ones that the newest still takes. A server itself names the first mistake only, and no line.

const mostMistakes = 200

type Kind = 'boolean' | 'text' | 'list' | 'object' | 'number' | 'whole' | 'any'
type Level = Readonly<Record<string, readonly unknown[]>>
type Range = readonly [first: number, last: number]
const { versions } = keys
const lastIndex = versions.length - 1
const items: Readonly<Record<string, Readonly<Record<string, string>>>> = keys.items

/** The known versions that a version lies at or between: what either has, it may have. */
function rangeOf(version: string): Range {
  const older = versions.findLastIndex((known) => !isBefore(version, known))
  const newer = versions.findIndex((known) => !isBefore(known, version))
  return [Math.max(0, older), newer < 0 ? lastIndex : newer]
}

/** As MediaMTX reads YAML: the words of YAML 1.1 are truths unless quoted. */
const truths = /^(?:yes|no|on|off)$/i
const longestShown = 100

/** Checks a configuration file against the keys of a version of MediaMTX, and the types of their values; null: the newest known. */
export function checkConfigurationFile(text: string, asked: string | null): CheckedFile {
  const newest = versions[lastIndex] as string
  const version = asked?.replace(/^v/, '') ?? newest
  const [first, last] = rangeOf(version.split('.').length < 3 ? `${version}.0` : version)
  const about = { version, comparedWith: [...new Set([versions[first] as string, versions[last] as string])] }
  const opened = openForeignYaml(text)
  if (!opened.ok) return { ...about, mistakes: opened.error.map((mistake) => ({ ...mistake, key: '' })), more: 0 }
  const { document, placeOf } = opened.value
  const { isAlias, isMap, isScalar, isSeq, visit } = yaml()
  const mistakes: CheckedFile['mistakes'] = []
  let more = 0
  const wrong = (node: unknown, key: string, validationError: ValidationError) => {
    if (mistakes.length >= mostMistakes) more++
    else mistakes.push({ ...placeOf(node), key: key.slice(0, longestShown), validationError })
  }
  /** Looked for where it is shown only: each takes a comparison with every key. */
  const nearest = (word: string, known: () => readonly string[]) => (mistakes.length < mostMistakes ? nearestWord(word.slice(0, longestShown), known()) : null)
  /** What each alias stands for, found in one pass: the library looks through the whole document for each. */
  const [anchors, targets] = [new Map<string, unknown>(), new Map<unknown, unknown>()]
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) targets.set(node, anchors.get(node.source))
      else if ('anchor' in node && node.anchor) anchors.set(node.anchor, node)
    },
  })
  const meant = (node: unknown): unknown => (isAlias(node) ? targets.get(node) : node)
  const isNothing = (node: unknown) => node === null || node === undefined || (isScalar(node) && node.value === null)
  const checkKind = (kind: string, node: unknown, key: string): void => {
    const value = meant(node)
    if (isNothing(value) || kind === 'any') return
    const plain = isScalar(value) ? value.value : undefined
    const isTruth = typeof plain === 'boolean' || (typeof plain === 'string' && isScalar(value) && value.type === 'PLAIN' && truths.test(plain))
    const fits: Readonly<Record<Kind, boolean>> = {
      boolean: isTruth,
      text: typeof plain === 'string' && !isTruth,
      list: isSeq(value),
      object: isMap(value),
      number: typeof plain === 'number',
      whole: typeof plain === 'number',
      any: true,
    }
    if (!fits[kind as Kind]) wrong(node, key, { kind: 'notOfType', type: kind === 'whole' ? 'number' : (kind as Exclude<Kind, 'whole' | 'any'>) })
    else if (kind === 'whole' && !Number.isInteger(plain)) wrong(node, key, { kind: 'notWhole' })
  }
  /** The entries of a map, those that it merges too; anything else is a mistake. */
  const entriesOf = (node: unknown, key: string): YAMLMap['items'] => {
    const map = meant(node)
    if (isNothing(map)) return []
    if (isMap(map)) return map.items.filter((entry) => !(isScalar(entry.key) && typeof entry.key.value === 'symbol'))
    wrong(node, key, { kind: 'notOfType', type: 'object' })
    return []
  }
  const nameOf = (key: unknown) => (isScalar(key) ? String(key.value) : '')
  const checkItems = (name: string, node: unknown, key: string) => {
    const [of, list] = [items[name], meant(node)]
    if (of === undefined || !isSeq(list)) return
    for (const [index, item] of list.items.entries())
      for (const { key: inner, value } of entriesOf(item, `${key}[${index}]`)) {
        const kind = of[nameOf(inner)]
        const path = `${key}[${index}].${nameOf(inner)}`
        if (kind === undefined) wrong(inner, path, { kind: 'unknownKey', meant: nearest(nameOf(inner), () => Object.keys(of)), known: [] })
        else {
          checkKind(kind, value, path)
          checkItems(`${name}.${nameOf(inner)}`, value, path)
        }
      }
  }
  const isKnown = ([, from, until]: readonly unknown[]) => Number(from) <= last && Number(until) >= first
  const checkLevel = (level: Level, other: Level, node: unknown, prefix: string, more: readonly string[] = []) => {
    const known = () => [...Object.keys(level).filter((name) => isKnown(level[name] ?? [])), ...more]
    for (const { key, value } of entriesOf(node, prefix)) {
      const name = nameOf(key)
      if (more.includes(name)) continue
      const path = prefix === '' ? name : `${prefix}.${name}`
      const found = Object.hasOwn(level, name) ? level[name] : undefined
      if (found === undefined && Object.hasOwn(other, name) && isKnown(other[name] ?? [])) wrong(key, path, { kind: 'notHere' })
      else if (found === undefined) wrong(key, path, { kind: 'unknownKey', meant: nearest(name, known), known: [] })
      else if (!isKnown(found))
        wrong(key, path, { kind: 'notInVersion', version, since: versions[Number(found[1])] as string, until: versions[Number(found[2])] as string })
      else {
        checkKind(String(found[0]), value, path)
        checkItems(name, value, path)
      }
    }
  }
  checkLevel(keys.global, keys.path, document.contents, '', ['pathDefaults', 'paths'])
  for (const { key, value } of isMap(meant(document.contents)) ? entriesOf(document.contents, '') : []) {
    if (nameOf(key) === 'pathDefaults') checkLevel(keys.path, keys.global, value, 'pathDefaults')
    if (nameOf(key) === 'paths')
      for (const { key: path, value: entry } of entriesOf(value, 'paths')) checkLevel(keys.path, keys.global, entry, `paths.${nameOf(path)}`)
  }
  return { ...about, mistakes: mistakes.sort((a, b) => a.line - b.line || a.column - b.column), more }
}
