// Writes src/shared/messageIds.ts, the ids of src/locales/en.json and their parameters: `node bin/node24.mjs tools/messageIds.ts`.
// With --check it writes nothing, and fails where the file is not what it would write.
import { readFileSync, writeFileSync } from 'node:fs'

interface Catalogue {
  readonly [key: string]: string | Catalogue
}

const file = 'src/shared/messageIds.ts'
const english = JSON.parse(readFileSync('src/locales/en.json', 'utf8')) as Catalogue

/** The placeholders of a text, which i18next's types read parameters from. */
const typeOf = (text: string) => {
  const placeholders = [...new Set([...text.matchAll(/\{\{(\w+)/g)].map(([, name]) => `{{${name}}}`))]
  return placeholders.length === 0 ? 'string' : `'${placeholders.join('')}'`
}
const keyOf = (key: string) => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : `'${key}'`)
const membersOf = (group: Catalogue): string =>
  Object.entries(group)
    .map(([key, value]) => `${keyOf(key)}: ${typeof value === 'string' ? typeOf(value) : `{ ${membersOf(value)} }`}`)
    .join('; ')
/** Ids of a group without the forms that facts choose (`_one`, `_pulled`). */
const idsOf = (group: Catalogue, at: string): string[] =>
  Object.entries(group).flatMap(([key, value]) => (typeof value === 'string' ? [`${at}${key.replace(/_.*/, '')}`] : idsOf(value, `${at}${key}.`)))
const sentenceIds = [...new Set(idsOf(english['sentences'] as Catalogue, ''))]
// Sentences of the engine are said with facts of any kind (`src/i18n/say.ts`).
const lines = Object.entries(english)
  .filter(([key]) => key !== 'sentences')
  .map(([key, value]) => `  ${keyOf(key)}: ${typeof value === 'string' ? typeOf(value) : `{ ${membersOf(value)} }`}`)
const written = `// Generated from src/locales/en.json by tools/messageIds.ts. Do not edit.\n// biome-ignore format: one line a group\nexport interface Messages {\n${lines.join('\n')}\n}\n// biome-ignore format: one line\nexport type SentenceId = ${sentenceIds.map((id) => `'${id}'`).join(' | ')}\n`

if (!process.argv.includes('--check')) writeFileSync(file, written)
else if (readFileSync(file, 'utf8') !== written) {
  console.error(`${file} is not that of src/locales/en.json: run "node bin/node24.mjs tools/messageIds.ts"`)
  process.exit(1)
}
