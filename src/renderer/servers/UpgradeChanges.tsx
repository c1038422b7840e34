import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { upgradeChangeText } from '../../shared/words/configurationText.ts'
import { orpc } from '../app/client.ts'
import { useLanguage } from '../app/useLanguage.ts'

/** What an upgrade would change for a server's configuration. Renders nothing if it changes nothing. */
export function UpgradeChanges({ serverId }: { readonly serverId: string }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { data } = useQuery({ ...orpc.configurations.upgrade.queryOptions({ input: { id: serverId } }), refetchInterval: 30_000, retry: false })
  if (data === undefined || data.changes.length === 0) return null
  return (
    <details className="mb-3 border-line border-b pb-3">
      <summary className="cursor-pointer">
        <span className="font-semibold">{t('configurations.upgrade', { version: data.newest })}</span>{' '}
        <span className="text-faint text-sm">
          {t('configurations.upgradeHint')} · {data.changes.length}
        </span>
      </summary>
      <ul className="mt-1.5 flex list-disc flex-col gap-1 pl-6">
        {data.changes.map(({ change }) => {
          const text = upgradeChangeText(change, language)
          return <li key={text}>{text}</li>
        })}
      </ul>
    </details>
  )
}
