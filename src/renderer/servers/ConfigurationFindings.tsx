import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { configurationFindingWords } from '../../shared/words/configurationText.ts'
import { Copyable } from '../app/Copyable.tsx'
import { orpc } from '../app/client.ts'
import { useLanguage } from '../app/useLanguage.ts'
import { Mark } from '../ui/Mark.tsx'

/** Known mistakes in a server's configuration, each with what to do and the lines that do it. */
export function ConfigurationFindings({ serverId }: { readonly serverId: string }) {
  const { t } = useTranslation()
  const language = useLanguage()
  const { data = [] } = useQuery({ ...orpc.servers.configurationFindings.queryOptions({ input: { id: serverId } }), refetchInterval: 30_000 })
  if (data.length === 0) return null
  return (
    <section className="mb-3 border-line border-b pb-3" aria-label={t('server.findings')}>
      <h3 className="mb-1.5 font-semibold">
        {t('server.findings')} <span className="font-normal text-faint text-sm">{t('server.findingsHint')}</span>
      </h3>
      <ul className="flex flex-col gap-1.5">
        {data.map(({ finding, level, lines }) => {
          const { what, todo } = configurationFindingWords(finding, language)
          return (
            <li key={finding.kind} className="flex items-start gap-2">
              <Mark kind={level === 'risk' ? 'minor' : 'idle'} className="mt-[3px] flex-none" />
              <div className="min-w-0 flex-1">
                <span className={level === 'risk' ? 'font-medium' : ''}>{what}</span> <span className="text-muted">{todo}</span>
                {lines.length > 0 && (
                  <details className="mt-0.5">
                    <summary className="cursor-pointer text-faint text-sm">{t('server.findingLines')}</summary>
                    <Copyable text={lines.join('\n')} />
                  </details>
                )}
              </div>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
