import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import type { ConfigurationLimits as Limits } from '../../shared/configurationLimits.ts'
import { orpc } from '../app/client.ts'
import { toStream } from '../app/links.ts'
import { keepMoment } from '../app/moment.ts'
import { Mark } from '../ui/Mark.tsx'
import { Panel } from '../ui/Panel.tsx'

/** So many paths are shown; the fullest. */
const mostShown = 8
/** From this share of its limit on, a path is marked. */
const nearShare = 0.8

/** Who may use a server, and how near its paths are to the readers that they may have. Renders nothing as long as its configuration is not known. */
export function ConfigurationLimits({ serverId }: { readonly serverId: string }) {
  const { t } = useTranslation()
  const { data } = useQuery({ ...orpc.configurations.limits.queryOptions({ input: { id: serverId } }), refetchInterval: 5_000, retry: false })
  if (data === undefined) return null
  const more = data.limited - Math.min(mostShown, data.paths.length)
  return (
    <Panel title={t('configurations.limits')} className="max-h-[50%] flex-none max-[959px]:max-h-none" bodyClassName="overflow-y-auto">
      {!data.known && <p className="mb-1.5 text-unknown">{t('configurations.limitsUnknown')}</p>}
      <ul className="flex flex-col gap-0.5">
        {data.paths.slice(0, mostShown).map((one) => (
          <li key={one.path} className="flex items-baseline gap-2">
            <Mark kind={one.readers >= one.limit ? 'major' : one.readers >= one.limit * nearShare ? 'warning' : 'ok'} size={11} />
            <a href={`#${keepMoment(toStream(serverId, one.path))}`} className="min-w-0 truncate font-medium hover:underline" title={one.path}>
              {one.path}
            </a>
            <span className="ml-auto flex-none">{t('configurations.readersOf', one)}</span>
          </li>
        ))}
      </ul>
      {more > 0 && <p className="text-muted text-sm">{t('configurations.moreLimited', { count: more })}</p>}
      {data.unlimited > 0 && <p className="text-muted text-sm">{t('configurations.noLimits', { count: data.unlimited })}</p>}
      <Access limits={data} />
    </Panel>
  )
}

function Access({ limits: { method, users, ranges } }: { readonly limits: Limits }) {
  const { t } = useTranslation()
  return (
    <>
      {(method === 'http' || method === 'jwt') && <p className="mt-2">{t(`configurations.method.${method}`)}</p>}
      {method === 'internal' && users.length > 0 && (
        <>
          <h3 className="mt-2 font-semibold">{t('configurations.users')}</h3>
          <ul className="flex flex-col gap-1">
            {users.map((user, index) => (
              <li key={index}>
                <span className="font-medium">{t(user.user === 'any' ? 'configurations.anybody' : 'configurations.named')}</span>{' '}
                <span className="text-muted">
                  {t(user.hasPassword ? 'configurations.withPassword' : 'configurations.withoutPassword')},{' '}
                  {user.ips.length === 0 ? t('configurations.anywhere') : user.ips.join(', ')}
                </span>
                <span className="block font-mono text-sm [overflow-wrap:anywhere]">
                  {user.permissions.map(({ action, path }) => (path === '' ? action : `${action} ${path}`)).join(', ')}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
      {ranges.length > 0 && (
        <>
          <h3 className="mt-2 font-semibold">{t('configurations.ranges')}</h3>
          <ul className="flex flex-col gap-1">
            {ranges.map(({ path, publish, read }) => (
              <li key={path ?? ''}>
                <span className="font-medium">{path ?? t('configurations.allPaths')}</span>{' '}
                <span className="text-muted">
                  {[
                    publish.length > 0 ? t('configurations.publishFrom', { ips: publish.join(', ') }) : null,
                    read.length > 0 ? t('configurations.readFrom', { ips: read.join(', ') }) : null,
                  ]
                    .filter((one) => one !== null)
                    .join(' · ')}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  )
}
