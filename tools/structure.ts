// Measures the structure of a checkout: `node bin/node24.mjs tools/structure.ts [folder] [--picture file.svg]`. Tests and fixtures are left out.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import ts from 'typescript'
import { type DrawnRoom, drawRooms } from './structure/drawRooms.ts'
import { circlesOf, floorsOf } from './structure/floors.ts'

interface SourceFile {
  readonly path: string
  readonly lines: number
  /** Files it imports, without those of which it needs only types. */
  readonly imports: readonly string[]
  readonly types: readonly string[]
  readonly functions: readonly { readonly name: string; readonly lines: number }[]
}

const [checkout = '.', ...flags] = process.argv.slice(2)
const picture = flags[0] === '--picture' ? flags[1] : undefined

function pathsIn(folder: string): string[] {
  return readdirSync(join(checkout, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return pathsIn(path)
    return /\.tsx?$/.test(path) && !/(\.(test|fixture|d)\.tsx?|\/test[A-Z]\w*\.tsx?)$/.test(path) ? [path] : []
  })
}

function parse(path: string, known: ReadonlySet<string>): SourceFile {
  const text = readFileSync(join(checkout, path), 'utf8')
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const imports = new Set<string>()
  const types = new Set<string>()
  const functions: { name: string; lines: number }[] = []
  const lineOf = (at: number): number => source.getLineAndCharacterOfPosition(at).line
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      const target = posix.join(dirname(path), node.moduleSpecifier.text)
      if (known.has(target)) (isOfTypes(node) ? types : imports).add(target)
    }
    if (ts.isFunctionLike(node) && 'body' in node && node.body) {
      const named = node.name ?? (ts.isVariableDeclaration(node.parent) || ts.isPropertyAssignment(node.parent) ? node.parent.name : undefined)
      functions.push({ name: named?.getText() ?? '(without a name)', lines: lineOf(node.end) - lineOf(node.getStart()) + 1 })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return { path, lines: text.split('\n').length - 1, imports: [...imports], types: [...types].filter((each) => !imports.has(each)), functions }
}

/** `import type`, or one that names nothing but types. */
function isOfTypes(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(node)) return node.isTypeOnly
  const clause = node.importClause
  if (!clause) return false
  if (clause.isTypeOnly) return true
  return (
    !clause.name &&
    clause.namedBindings !== undefined &&
    ts.isNamedImports(clause.namedBindings) &&
    clause.namedBindings.elements.every((one) => one.isTypeOnly)
  )
}

/** The folder in which a file is drawn: layers, nouns of engine and window, rooms of the history. */
function roomOf(path: string): string {
  const parts = path.split('/').slice(0, -1)
  return parts.slice(0, parts[1] === 'engine' && parts[2] === 'history' ? 4 : parts[1] === 'engine' || parts[1] === 'renderer' ? 3 : 2).join('/')
}
const nounOf = (path: string): string | null => /^src\/engine\/(\w+)\//.exec(path)?.[1] ?? null

const paths = pathsIn('src')
const known = new Set(paths)
const files = paths.map((path) => parse(path, known))
const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)
const graph = new Map(files.map(({ path, imports }) => [path, imports]))
const longest = files.flatMap(({ path, functions }) => functions.map((one) => ({ ...one, path }))).sort((a, b) => b.lines - a.lines)

/** Pairs of nouns of which one imports the other. */
function pairs(of: 'imports' | 'types'): ReadonlySet<string> {
  const shared = new Set(['http', 'storage', 'watching', 'history'])
  return new Set(
    files.flatMap((file) =>
      file[of].flatMap((target) => {
        const [from, to] = [nounOf(file.path), nounOf(target)]
        return from !== null && to !== null && from !== to && !shared.has(to) ? [`${from} → ${to}`] : []
      }),
    ),
  )
}
function roomsIn(folder: string): string {
  const inside = files.filter(({ path }) => path.startsWith(`${folder}/`))
  const floors = floorsOf(new Map(inside.map(({ path, imports }) => [path, imports.filter((target) => target.startsWith(`${folder}/`))])))
  const folders = new Set(inside.map(({ path }) => dirname(path)))
  return `${inside.length} files, ${sum(inside.map(({ lines }) => lines))} lines, ${folders.size} folders, ${Math.max(...floors.values()) + 1} floors`
}
const longer = (lines: number): number => longest.filter((one) => one.lines >= lines).length

console.log(`files: ${files.length}
lines: ${sum(files.map(({ lines }) => lines))}
folders: ${new Set(files.map(({ path }) => dirname(path))).size}
median and longest file: ${files.map(({ lines }) => lines).sort((a, b) => a - b)[files.length >> 1]}, ${Math.max(...files.map(({ lines }) => lines))} lines
imports: ${sum(files.map(({ imports }) => imports.length))}, and ${sum(files.map(({ types }) => types.length))} of types alone
files in circles: ${
  circlesOf(graph)
    .map((circle) => circle.join(' '))
    .join('; ') || 'none'
}
nouns of the engine: ${new Set(files.flatMap(({ path }) => nounOf(path) ?? [])).size}
pairs of nouns of which one imports the other: ${[...pairs('imports')].join(', ') || 'none'}; as types alone: ${pairs('types').size}
src/engine/history: ${roomsIn('src/engine/history')}
functions of 100, 150, 200 lines and more: ${longer(100)}, ${longer(150)}, ${longer(200)}
longest functions:
${longest
  .slice(0, 10)
  .map(({ lines, name, path }) => `  ${lines} ${name} (${path})`)
  .join('\n')}`)

if (picture !== undefined) {
  const rooms = Map.groupBy(files, ({ path }) => roomOf(path))
  const drawn: DrawnRoom[] = [...rooms].map(([name, inside]) => ({
    name,
    files: inside.map(({ path, lines }) => ({ name: path, lines })),
    imports: [...new Set(inside.flatMap(({ imports }) => imports.map(roomOf)))].filter((target) => target !== name),
  }))
  writeFileSync(picture, drawRooms(drawn))
}
