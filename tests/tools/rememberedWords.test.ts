import { globSync, readFileSync } from 'node:fs'
import ts from 'typescript'
import { expect, test } from 'vitest'

/** What is of the window's present language and time zone, by the file that exports it. */
const live = { 'words.ts': ['t', 'language'], 'preferences.ts': ['zone'] } as const

/** Whether a parameter or a variable of a function around `node` has its name. */
function isShadowed(node: ts.Identifier): boolean {
  const declares = (within: ts.Node): boolean =>
    (ts.isBindingElement(within) || ts.isVariableDeclaration(within) || ts.isParameter(within)) &&
    ts.isIdentifier(within.name) &&
    within.name.text === node.text
      ? true
      : (ts.forEachChild(within, (child) => declares(child) || undefined) ?? false)
  return ts.findAncestor(node, (around) => ts.isFunctionLike(around) && declares(around)) !== undefined
}
const isName = (node: ts.Identifier, parent: ts.Node = node.parent) =>
  ((ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent) || ts.isJsxAttribute(parent)) && parent.name === node) ||
  ts.isImportSpecifier(parent) ||
  ts.isTypeNode(parent) ||
  ts.isPropertySignature(parent)

/** Where words are said once and kept: in `useMemo`, or when the file is loaded. */
function keptWords(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const names = new Set<string>()
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const of = Object.entries(live).find(([name]) => (node.moduleSpecifier as ts.StringLiteral).text.endsWith(`/${name}`))?.[1] ?? []
      const bindings = node.importClause?.namedBindings
      if (bindings && ts.isNamedImports(bindings)) for (const { name } of bindings.elements) if (of.some((one) => one === name.text)) names.add(name.text)
      return
    }
    if (ts.isIdentifier(node) && names.has(node.text) && !isName(node) && !isShadowed(node)) {
      const memo = ts.findAncestor(node, (around) => ts.isCallExpression(around) && around.expression.getText() === 'useMemo')
      const isAtLoad = ts.findAncestor(node, ts.isFunctionLike) === undefined
      if (memo || isAtLoad) found.push(`${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${node.text}`)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

test('nothing is said once and kept that another language or time zone writes otherwise', () => {
  const files = globSync('src/renderer/**/*.{ts,tsx}').filter((file) => !/\.(test|fixture)\./.test(file))
  expect(files.length).toBeGreaterThan(300)
  expect(files.flatMap((file) => keptWords(file, readFileSync(file, 'utf8')))).toEqual([])
  const planted = `import { t } from '../app/words.ts'
import { zone } from '../app/preferences.ts'
const title = t('common.name')
const Page = () => { const text = useMemo(() => write(zone), []); const { t } = useTranslation(); return useMemo(() => t('common.name'), [t]) }`
  expect(keptWords('planted.tsx', planted)).toEqual(['planted.tsx:3 t', 'planted.tsx:4 zone'])
})
