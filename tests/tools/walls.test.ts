import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

/** A tree in which each rule of the code is broken: the machine must find every one of them. */
let tree: string
beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), 'mtxdeck-walls-'))
  for (const file of ['.dependency-cruiser.cjs', 'tsconfig.base.json', 'biome.json', 'package.json']) copyFileSync(file, join(tree, file))
  cpSync('tools/lint', join(tree, 'tools/lint'), { recursive: true })
  // A package as an import finds it; one behind a symbolic link would be named by where it really is.
  for (const name of ['react', 'i18next']) plant({ [`node_modules/${name}/package.json`]: `{ "name": "${name}" }`, [`node_modules/${name}/index.js`]: '' })
})
afterAll(() => rmSync(tree, { recursive: true, force: true }))

function plant(files: Readonly<Record<string, string>>) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, name)), { recursive: true })
    writeFileSync(join(tree, name), text)
  }
}
const run = (args: readonly string[]) => spawnSync(process.execPath, args, { cwd: tree, encoding: 'utf8', maxBuffer: 1 << 26 }).stdout

describe('who imports whom', () => {
  /** What each rule finds, as `from → to`. `probes` and `alarms` are nouns that do not exist yet. */
  const planted: Readonly<Record<string, readonly (readonly [from: string, to: string])[]>> = {
    'no-cycles': [['src/shared/one.ts', 'src/shared/other.ts']],
    'no-orphans': [['src/engine/alone.ts', '']],
    'shared-is-pure': [
      ['src/shared/reads.ts', 'node:fs'],
      ['src/shared/knows.ts', 'src/engine/createEngine.ts'],
    ],
    'one-i18next': [['src/renderer/streams/words.ts', 'node_modules/i18next/index.js']],
    'clock-imports-nothing': [['src/clock/late.ts', 'src/shared/plain.ts']],
    'engine-knows-no-host': [
      ['src/engine/createEngine.ts', 'src/main/tray.ts'],
      ['src/engine/window.ts', 'node_modules/react/index.js'],
    ],
    'engine-nouns-apart': [
      ['src/engine/past/past.ts', 'src/engine/history/history.ts'],
      ['src/engine/bundles/bundles.ts', 'src/engine/probes/probes.ts'],
      ['src/engine/probes/probes.ts', 'src/engine/servers/servers.ts'],
    ],
    'store-rooms-by-their-door': [
      ['src/engine/createEngine.ts', 'src/engine/history/codec/varint.ts'],
      ['src/engine/history/history.ts', 'src/engine/history/codec/varint.ts'],
      ['src/engine/history/reading/reading.ts', 'src/engine/history/live/sealWriter.ts'],
    ],
    'store-rooms-in-order': [
      ['src/engine/history/codec/codec.ts', 'src/engine/history/archive/archive.ts'],
      ['src/engine/history/protocol/protocol.ts', 'src/engine/history/codec/codec.ts'],
      ['src/engine/history/threads/threads.ts', 'src/engine/history/history.ts'],
    ],
    'media-is-alone': [['src/media/decode.ts', 'src/engine/createEngine.ts']],
    'demo-shares-no-mistakes': [['src/demo/model.ts', 'src/engine/createEngine.ts']],
    'processes-know-no-program': [['src/processes/keep.ts', 'src/media/decode.ts']],
    'configuration-is-for-every-host': [['src/configuration/config.ts', 'src/main/tray.ts']],
    'media-host-on-an-old-node': [['src/main/mediaHost.ts', 'src/processes/confine.ts']],
    'main-hosts': [['src/main/tray.ts', 'src/engine/probes/probes.ts']],
    'preload-is-thin': [['src/preload/preload.ts', 'src/clock/late.ts']],
    'renderer-in-its-sandbox': [['src/renderer/streams/table.ts', 'src/engine/createEngine.ts']],
    'renderer-nouns-apart': [['src/renderer/alarms/list.ts', 'src/renderer/streams/table.ts']],
    'app-knows-no-nouns': [
      ['src/renderer/app/bar.ts', 'src/renderer/alarms/list.ts'],
      ['src/renderer/app/rail.ts', 'src/renderer/pages/pages.ts'],
      ['src/renderer/app/frame.ts', 'src/renderer/fleet/rows.ts'],
      ['src/renderer/app/title.ts', 'src/shared/alarms.ts'],
    ],
    'ui-knows-no-nouns': [['src/renderer/ui/card.ts', 'src/renderer/streams/table.ts']],
  }

  test('a planted violation of each rule is found', () => {
    const rules = (createRequire(import.meta.url)(resolve('.dependency-cruiser.cjs')) as { readonly forbidden: readonly { readonly name: string }[] }).forbidden
    expect(Object.keys(planted).sort(), 'each rule has a violation planted').toEqual([...new Set(rules.map(({ name }) => name))].sort())

    const all = Object.values(planted).flat()
    const imports = new Map<string, Set<string>>()
    for (const [from, to] of [...all, ['src/shared/other.ts', 'src/shared/one.ts'] as const]) {
      imports.set(from, (imports.get(from) ?? new Set()).add(to))
      if (to.startsWith('src/')) imports.set(to, imports.get(to) ?? new Set())
    }
    const specifier = (from: string, to: string) => {
      if (to.startsWith('node_modules/')) return to.split('/')[1]
      if (!to.startsWith('src/')) return to
      return `${'../'.repeat(from.split('/').length - 1)}${to}`
    }
    for (const [file, targets] of imports)
      plant({
        [file]: [...targets]
          .filter((to) => to !== '')
          .map((to, index) => `import * as i${index} from '${specifier(file, to)}'\nexport { i${index} }\n`)
          .join(''),
      })

    const { summary } = JSON.parse(
      run([resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs'), '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src']),
    ) as { readonly summary: { readonly violations: readonly { readonly rule: { readonly name: string }; readonly from: string; readonly to: string }[] } }
    const found = new Set(summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to.replace(/^node:/, '')}`))
    for (const [rule, pairs] of Object.entries(planted))
      for (const [from, to] of pairs) expect([...found], rule).toContain(`${rule}: ${from} → ${(to === '' ? from : to).replace(/^node:/, '')}`)
  })
})

function lintedLines(file: string, text: string): readonly number[] {
  plant({ [file]: text })
  const { diagnostics } = JSON.parse(run([resolve('node_modules/@biomejs/biome/bin/biome'), 'lint', '--vcs-enabled=false', '--reporter=json', file])) as {
    readonly diagnostics: readonly { readonly location: { readonly start: { readonly line: number } } }[]
  }
  return [...new Set(diagnostics.map(({ location }) => location.start.line))].sort((a, b) => a - b)
}

describe('time', () => {
  const outside = ['src/engine/servers/late.ts', 'src/renderer/streams/late.tsx', 'src/main/late.ts', 'src/demo/late.ts', 'src/processes/late.ts']
  const lines = (text: string) => text.split('\n').map((_, index) => index + 1)

  test.each(outside)('only the clock asks what time it is: %s', (file) => {
    const asks = [
      'export const a = Date.now()',
      'export const b = new Date()',
      'export const c = new Date',
      'export const d = Date()',
      'export const e = globalThis.Date.now()',
      "export const f = globalThis['Date'].now()",
      'export const g = Date.now',
      'export const h = Date',
      'export const { now } = Date',
      'export const i = [Date]',
      'export const j = { Date }',
      'export const k = (Date).now()',
      'export const l = new Date(new Date())',
      'export class Late extends Date {}',
    ].join('\n')
    expect(lintedLines(file, asks)).toEqual(lines(asks))
  })

  test.each(outside)('what converts a time that somebody gave is not asking: %s', (file) => {
    const converts =
      "export const a: Date = new Date(0)\nexport const b = new Date(2026, 10, 14)\nexport const c = Date.UTC(2026) + Date.parse('2026')\nexport function d(one: Date) {\n  return one instanceof Date\n}\n"
    expect(lintedLines(file, converts)).toEqual([])
  })

  test.each(outside.filter((file) => !file.startsWith('src/renderer/')))('a timer is one of the clock: %s', (file) => {
    const timers = [
      'setTimeout(() => {}, 1)',
      'setInterval(() => {}, 1)',
      'export const a = performance.now()',
      'export const b = globalThis.setTimeout(() => {}, 1)',
      'export const c = AbortSignal.timeout(1)',
      'export const d = process.hrtime.bigint()',
      "export { setTimeout as e } from 'node:timers'",
      "export const f = await import('node:timers/promises')",
    ].join('\n')
    expect(lintedLines(file, timers)).toEqual(lines(timers))
    for (const names of ['{ setTimeout as pause }', '{ setInterval as pause }', '{ setImmediate, setTimeout as pause }', 'pause', '* as pause'])
      expect(lintedLines(file, `import ${names} from 'node:timers/promises'\nexport { pause }\n`), names).toContain(1)
    expect(lintedLines(file, "import { setImmediate as turn } from 'node:timers/promises'\nawait turn()\n")).toEqual([])
  })

  test('a window sets timers of its browser', () => {
    expect(lintedLines('src/renderer/streams/timer.ts', 'setTimeout(() => {}, 1)\nexport const a = performance.now()\n')).toEqual([])
  })

  test('the clock itself may', () => {
    expect(lintedLines('src/clock/now.ts', 'export const a = Date.now()\nexport const b = setTimeout(() => {}, 1)\n')).toEqual([])
  })
})

test('the frame asks the engine about no noun', () => {
  const asks = [
    "import { client, orpc } from './client.ts'",
    'export const greeting = client.access.hello()',
    'export const hosts = client.hosts.list()',
    'export const walls = orpc.walls.list.queryOptions()',
    'export const { probes } = orpc',
  ].join('\n')
  expect(lintedLines('src/renderer/app/asks.ts', asks)).toEqual([3, 4, 5])
  expect(lintedLines('src/renderer/hosts/asks.ts', asks)).toEqual([])
})

test('a hook names what it depends on, and stands where it always runs', () => {
  const hook = `import { useEffect, useState } from 'react'
export function useLate(late: number) {
  const [shown, setShown] = useState(0)
  useEffect(() => setShown(late), [])
  if (shown > 1) useEffect(() => {})
}
`
  expect(lintedLines('src/renderer/streams/useLate.tsx', hook)).toEqual([4, 5])
})

test('a function of a module is written as a function; an expression of the module alone, or one inside another function, need not be', () => {
  const text = `export const late = (a: number) => {
  return a
}
type Late = (a: number) => Promise<number>
export const typed: Late = async (a) => {
  return a
}
export const old = function () {
  return 1
}
export const sum = (a: number) => a + 1
export const typedSum: Late = async (a) => a + 1
const ownSum = (a: number) => a + 1
export const table = { one: (a: number) => ownSum(a) }
export function outer() {
  const inner = () => {
    return 1
  }
  const innerTyped: Late = async (a) => {
    return a
  }
  return [inner(), innerTyped]
}
`
  expect(lintedLines('src/engine/servers/late.ts', text)).toEqual([1, 5, 8, 11, 12])
})
