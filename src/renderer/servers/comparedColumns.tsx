import type { TFunction } from 'i18next'
import type { SettingPlace } from '../../shared/comparedConfigurations.ts'
import { settingName } from '../../shared/configurationLevels.ts'
import type { Comparison, FoundSettings, OddSettings } from '../../shared/configurations.ts'
import { toServer } from '../app/links.ts'
import { keepMoment } from '../app/moment.ts'
import type { Column } from '../ui/columns.ts'

export type ComparedRow = Comparison['settings'][number]
export type OddRow = OddSettings['settings'][number]
export type FoundRow = FoundSettings['settings'][number]
/** Names of servers by id. */
export type Names = ReadonlyMap<string, string>

export function placeKey({ level, path, setting }: SettingPlace): string {
  return `${level}\n${path}\n${setting}`
}

const settingColumn = (t: TFunction): Column<SettingPlace> => ({
  id: 'setting',
  head: t('configurations.setting'),
  rank: 0,
  width: 260,
  share: 2,
  value: settingName,
  cell: (row) => (
    <span className="font-mono text-sm" title={settingName(row)}>
      {settingName(row)}
    </span>
  ),
  csv: { setting: settingName },
})

const Value = ({ text }: { readonly text: string | null }) =>
  text === null ? (
    <span className="text-faint">–</span>
  ) : (
    <span className="font-mono text-sm" title={text}>
      {text}
    </span>
  )
const ServerLink = ({ id, names }: { readonly id: string; readonly names: Names }) => (
  <a href={`#${keepMoment(`${toServer(id)}?tab=configuration`)}`} className="font-medium hover:underline">
    {names.get(id) ?? id}
  </a>
)

/** One column a server. */
export function comparedColumns(t: TFunction, names: readonly string[]): readonly Column<ComparedRow>[] {
  return [
    settingColumn(t),
    ...names.map(
      (name, index): Column<ComparedRow> => ({
        id: `server${index}`,
        head: name,
        rank: 0,
        width: 160,
        share: 2,
        value: ({ values }) => values[index] ?? null,
        cell: ({ values }) => <Value text={values[index] ?? null} />,
      }),
    ),
  ]
}

/** How many of the others have which value, the most frequent first. */
function countValues(values: readonly (string | null)[]): readonly (readonly [string | null, number])[] {
  const counts = new Map<string | null, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])
}
/** One server against many: these together. */
export function againstColumns(t: TFunction, name: string, others: string): readonly Column<ComparedRow>[] {
  return [
    ...comparedColumns(t, [name]),
    {
      id: 'others',
      head: others,
      rank: 0,
      width: 240,
      share: 3,
      cell: ({ values }) =>
        countValues(values.slice(1)).map(([value, count]) => (
          <span key={value ?? ''} className="mr-3">
            <Value text={value} /> <span className="text-faint">×{count}</span>
          </span>
        )),
    },
  ]
}

export function oddColumns(t: TFunction, names: Names): readonly Column<OddRow>[] {
  return [
    { ...settingColumn(t), wraps: true },
    {
      id: 'usual',
      head: t('configurations.usual'),
      rank: 0,
      width: 180,
      share: 2,
      wraps: true,
      cell: ({ usual, agree, of }) => (
        <>
          <Value text={usual} /> <span className="text-faint">{t('configurations.agree', { agree, of })}</span>
        </>
      ),
    },
    {
      id: 'others',
      head: t('configurations.others'),
      rank: 0,
      width: 260,
      share: 4,
      wraps: true,
      value: ({ others, moreOthers }) => others.length + moreOthers,
      cell: ({ others, moreOthers }) => (
        <ul className="flex flex-col">
          {others.map(({ id, value }) => (
            <li key={id}>
              <ServerLink id={id} names={names} /> <Value text={value} />
            </li>
          ))}
          {moreOthers > 0 && <li className="text-muted">{t('common.more', { count: moreOthers })}</li>}
        </ul>
      ),
    },
  ]
}

export function foundColumns(t: TFunction, names: Names): readonly Column<FoundRow>[] {
  return [
    {
      id: 'server',
      head: t('pages.server'),
      rank: 0,
      width: 150,
      share: 1,
      value: ({ id }) => names.get(id) ?? id,
      cell: ({ id }) => <ServerLink id={id} names={names} />,
    },
    settingColumn(t),
    {
      id: 'value',
      head: t('configurations.value'),
      rank: 0,
      width: 200,
      share: 3,
      value: ({ value }) => value,
      cell: ({ value }) => <Value text={value} />,
    },
  ]
}
